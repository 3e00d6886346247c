"""What does not fit is said before anything is drawn, and what does fit is let through."""

import re
import tracemalloc
from dataclasses import replace
from itertools import count
from math import inf

import numpy as np
import pytest

import initviz as iv
from initviz.measure import sweeps
from initviz.networks import memory as system
from initviz.training import memory

GB = 10**9
WIDE = iv.init_network((2, 3000, 3000, 1))
# As wide as 20,000 units, in the memory of one number
UNITS = iv.Network(
    tuple(np.broadcast_to(1.0, (1, *fans)) for fans in ((20000, 2), (20000, 20000), (1, 20000))),
    tuple(np.broadcast_to(1.0, (1, fan, 1)) for fan in (20000, 20000, 1)),
    "tanh",
    "sigmoid",
)
MOONS, DIGITS = iv.DATASETS["moons"], iv.DATASETS["digits"]
LINE = iv.Dataset("line", np.linspace(0, 1, 50)[:, np.newaxis], np.linspace(0, 1, 50), "regression")


@pytest.fixture
def eight_gb(monkeypatch):
    for module in (memory, system, sweeps):
        monkeypatch.setattr(module, "free_bytes", lambda: 8 * GB)


@pytest.mark.parametrize(
    ("settings", "data"),
    [
        ({"restarts": 2000, "epochs": 3}, MOONS),
        ({"restarts": 2000, "epochs": 5000}, MOONS),
        ({"restarts": 2000, "epochs": 5000}, LINE),
        ({"restarts": 1, "epochs": 300_000, "hidden_layers": (2,)}, MOONS),
        ({"restarts": 2, "epochs": 2, "hidden_layers": (1500, 1500)}, MOONS),
        ({"restarts": 2, "epochs": 2, "hidden_layers": (1000, 1000), "dtype": "float64"}, MOONS),
        ({"restarts": 20, "epochs": 2, "hidden_layers": (300,)}, DIGITS),
    ],
)
def test_the_estimate_is_below_what_is_taken_and_not_far_below(settings, data, monkeypatch):
    experiment = iv.Experiment(**{"hidden_layers": (16, 16)} | settings)
    if experiment.epochs > 100:  # the loop takes nothing that grows with them
        monkeypatch.setattr("initviz.training.loop.train", lambda *_: None)
    tracemalloc.start()
    try:
        iv.train(experiment, data, loop="plain")  # it counts what compiled code takes by itself
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak / 4 < memory.bytes_of(experiment, data) < 1.05 * peak


@pytest.mark.usefixtures("eight_gb")
@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"restarts": 10**9}, "restarts"),
        ({"restarts": 2**63}, "restarts"),
        ({"epochs": 10**9}, "epochs"),
        ({"epochs": 10**20}, "epochs"),
        ({"hidden_layers": (10**6, 10**6)}, "hidden_layers"),
        ({"hidden_layers": (200,) * 10**5, "epochs": 3}, "hidden_layers"),
        ({"restarts": 10**7, "epochs": 10**4}, "restarts"),
        ({"restarts": 10**3, "epochs": 10**8}, "epochs"),
    ],
)
def test_it_names_the_setting_and_what_would_fit(settings, name, monkeypatch):
    monkeypatch.setattr("initviz.training.train.initial_network", None)  # nothing is drawn
    experiment = iv.Experiment(**settings)
    with pytest.raises(ValueError, match=rf"^{name}=.* of memory, and 8 GB are free; ") as error:
        iv.train(experiment)
    assert "\n" not in str(error.value)
    said = str(error.value).partition("free; ")[2].removesuffix(" would fit")
    if not said.endswith("…"):
        fits = replace(experiment, **{name: eval(said)})
        memory.check_size(fits, MOONS)
        assert memory.bytes_of(fits, MOONS) > GB


def test_whatever_memory_there_is_training_ends(monkeypatch):
    monkeypatch.setattr("initviz.training.memory.free_bytes", lambda: inf)
    endless = iv.Experiment(epochs=10**9, restarts=1)
    with pytest.raises(ValueError, match=r"^epochs=1000000000: .*; give 100,000,000 or fewer$"):
        iv.train(endless)
    with pytest.raises(ValueError, match=r"^epochs=1000000000: "):
        iv.sweep(endless, {"scale": [1, 2]})


@pytest.mark.usefixtures("eight_gb")
def test_where_no_one_setting_is_enough_all_are_named():
    with pytest.raises(ValueError, match=r"restarts=.*; make restarts, epochs, hidden_layers sma"):
        iv.train(iv.Experiment(restarts=10**10, epochs=10**10))


@pytest.mark.usefixtures("eight_gb")
def test_sweeps_too_large_are_answered_at_once():
    e, refused = iv.Experiment(), r"of memory, and 8 GB are free; "
    with pytest.raises(ValueError, match=rf"^over='100,000,000 settings of 16 .* {refused}take"):
        iv.sweep(e, {"scale": range(10**4), "seed": range(10**4)})
    with pytest.raises(ValueError, match=rf"^over='2 settings of 1,000,000,000 .* {refused}take"):
        iv.sweep(e, {"scale": [1, 2]}, restarts=10**9)
    with pytest.raises(ValueError, match=rf"^epochs=.* {refused}"):
        iv.sweep(e, {"epochs": [1, 10**12]})


@pytest.mark.usefixtures("eight_gb")
@pytest.mark.parametrize(
    ("layers", "restarts", "name"),
    [
        ((2, 3, 1), 10**9, "restarts"),
        ((2, 3, 1), 10**40, "restarts"),
        ((2, 10**6, 10**6, 1), 1, "layers"),
        ((2, 10**6, 10**6, 1), 10**9, "layers"),
    ],
)
def test_networks_too_large_are_not_drawn(layers, restarts, name):
    with pytest.raises(ValueError, match=rf"^{name}=.* of memory, and 8 GB are free; give fewer"):
        iv.init_network(layers, restarts=restarts)


@pytest.mark.usefixtures("eight_gb")
def test_a_map_too_large_is_answered_at_once():
    with pytest.raises(ValueError, match=r"^restarts=1000000000: .* and 8 GB are free; .* fit$"):
        next(iv.stream_trainability(iv.Experiment(restarts=10**9)))


@pytest.mark.usefixtures("eight_gb")
def test_values_too_many_to_list_are_counted_only():
    with pytest.raises(ValueError, match=r"^over='1,000,000,000,000 settings"):
        iv.sweep(iv.Experiment(), seed=range(10**12))
    with pytest.raises(ValueError, match=r"^hidden_layers=1000+: give a whole number below 1e\+06"):
        iv.sweep(iv.Experiment(), hidden_layers=[10**30])


def test_the_system_says_how_much_is_free():
    total = system.os.sysconf("SC_PHYS_PAGES") * system.os.sysconf("SC_PAGE_SIZE")
    assert 2**26 < system.free_bytes() <= total


def test_a_limit_of_the_process_counts(monkeypatch):
    resource = pytest.importorskip("resource")
    taken = int(system.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (taken + 2**27, taken + 2**27))
    assert 2**26 < system.free_bytes() <= 2**27
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    assert system.free_bytes() == 0


def test_a_system_that_says_nothing_sets_no_limit(monkeypatch):
    monkeypatch.delattr(system.os, "sysconf")
    monkeypatch.setattr(system.Path, "read_text", lambda _: "")
    monkeypatch.setitem(__import__("sys").modules, "resource", None)
    assert system.free_bytes() == np.inf


def test_small_experiments_do_not_ask_the_system(monkeypatch):
    monkeypatch.setattr(memory, "free_bytes", lambda: pytest.fail("it asks"))
    iv.train(iv.Experiment(epochs=2))


@pytest.mark.usefixtures("eight_gb")
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: iv.forward(WIDE, np.zeros((10**6, 2))), "X.shape=(1000000, 2)"),
        (
            lambda: iv.jacobian(iv.init_network((2, 10**5, 1)), MOONS.X[0]),
            "network.layers=(2, 100000, 1)",
        ),
        (lambda: iv.directions_in_use(iv.init_network((2, 10**5, 1))), "network.layers"),
        (lambda: iv.match_units(*[iv.init_network((2, 10**5, 1))] * 2), "network.layers"),
        (lambda: iv.participation_ratio(iv.init_network((2, 10**5, 1)), MOONS.X), "network.layers"),
        (lambda: iv.theory.variance_map(np.ones(10**7), "tanh", 1.0), "q.shape=(10000000,)"),
        (lambda: iv.theory.correlation_map(np.zeros(10**6), "tanh", 1.0), "c.shape=(1000000,)"),
        (
            lambda: iv.initializers.normal(np.random.default_rng(0), (10**6, 10**6)),
            "shape=(1000000",
        ),
        (
            lambda: iv.initializers.zero_hadamard(np.random.default_rng(0), (10**5, 1)),
            "shape=(1000",
        ),
        (lambda: iv.proportion_interval(range(10**12)), "hits=range(0, 1000000000000)"),
        (lambda: iv.forward(WIDE, np.broadcast_to(1.0, (10**9, 2))), "X=array("),
    ],
)
def test_measurements_too_large_are_answered_before_they_begin(call, name):
    with pytest.raises(ValueError, match=rf"^{re.escape(name)}.* of memory, and 8 GB are free; "):
        call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: iv.theory.propagate(10**7, 1.0, 0.5, "relu", 2**0.5),
            "layers=10000000: give a wh",
        ),
        (
            lambda: iv.lsuv(WIDE, MOONS.X, 1e-300, 10**9),
            "max_tries=1000000000: give a whole number",
        ),
        (lambda: iv.symmetry(UNITS), "network.layers=(2, 20000, 20000, 1): the singular values of"),
        (
            lambda: iv.jacobian_singular_values(UNITS, MOONS.X[0]),
            "network.layers=(2, 20000, 20000, 1): ",
        ),
        (lambda: iv.checkup(WIDE, MOONS.X, MOONS.y, steps=10**9), "steps=1000000000: give a whole"),
        (
            lambda: iv.sweep(iv.Experiment(), scale=[1, 2], n_jobs=10**9),
            "n_jobs=1000000000: give at",
        ),
        (
            lambda: iv.explore_clinic(restarts=10**6),
            "restarts=1000000: an explorer takes at most 10",
        ),
        (lambda: iv.explore_phase(hidden_layers=(8,) * 10**4), "hidden_layers='10,000 layers': an"),
        (lambda: iv.Experiment(hidden_layers=(8,) * 10**6), "hidden_layers=(8, 8, 8, 8, 8"),
        (lambda: next(iv.progress(count())), "items=count(1000001): give what has a length, or n"),
    ],
)
def test_what_would_take_for_ever_is_answered_at_once(call, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}"):
        call()


def test_an_end_that_is_far_is_no_bar_to_a_progress_bar():
    assert next(iv.progress(range(10**12))) == 0


def test_a_batch_norm_looks_at_all_samples_together():
    pytest.importorskip("numba")
    X = np.random.default_rng(0).normal(size=(20_000, 2))
    data = iv.Dataset("many", X, (X[:, 0] > 0).astype(int), "binary")
    e = iv.Experiment(hidden_layers=(32,) * 4, norm="batch", epochs=1, restarts=1)
    iv.train(e, loop="compiled")  # which loads it
    tracemalloc.start()
    iv.train(e, data, loop="compiled")  # a single network is trained by one thread
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.8 * taken < memory.bytes_of(e, data) < 1.2 * taken
