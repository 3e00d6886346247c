"""Whatever somebody's own initializer or data set raises while a slider moves stands under the
picture, and the next setting is trained as if nothing had been."""

import numpy as np
import pytest
from hands import put, words

import initviz as iv
from initviz.networks.datasets import DATASETS
from initviz.networks.initializers import INITIALIZERS
from initviz.training.place import Place
from initviz.widgets.versions import open_widgets

SMALL = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=2)


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("this error cannot even say what it is")


class Own(BaseException):
    pass


RAISED = {
    ArithmeticError("no such number"): "no such number",
    Own("of another kind"): "Own: of another kind",
    KeyboardInterrupt(): "stopped",
    SystemExit(3): "SystemExit: 3",
    GeneratorExit(): "GeneratorExit",
    MuteError(): "MuteError",
}


@pytest.fixture
def functions():
    """What the functions raise, and their entries in the tables."""
    raised = []

    @iv.initializers.initializer
    def own(rng, shape):
        if raised:
            raise raised[0]
        return rng.normal(size=shape)

    @iv.datasets.dataset
    def mine():
        raise raised[0]

    yield raised
    del INITIALIZERS["own"], DATASETS._builders["mine"]


@pytest.mark.usefixtures("no_rest")
@pytest.mark.parametrize("heard", [True, False])
def test_what_they_raise_is_said_and_the_explorer_goes_on(functions, heard, monkeypatch):
    monkeypatch.setattr("initviz.widgets.trainer.place", lambda: Place("here", heard, heard))
    explorer = iv.explore(SMALL, initializer="own", views=["losses"])
    for error, said in RAISED.items():
        for control, value in (("scale", 2.0), ("dataset", "mine")):
            functions[:] = [error]
            put(explorer, control, value)
            assert "cannot be trained" in words(explorer)
            assert said in words(explorer)
            functions.clear()
            put(explorer, control, {"scale": 1.0, "dataset": "moons"}[control])
            assert "After 10 epochs" in words(explorer)
    assert np.isfinite(explorer.run.losses).all()
    explorer.close()


@pytest.mark.parametrize("error", [*RAISED], ids=lambda error: type(error).__name__)
def test_an_explorer_that_cannot_be_opened_leaves_nothing(functions, error):
    before = len(open_widgets())
    functions[:] = [error]
    for show in (iv.explore, lambda start: iv.compare(SMALL, start)):
        for own in ({"dataset": "mine"}, {"initializer": "own"}):
            start = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=2, **own)
            with pytest.raises(BaseException) as caught:  # noqa: PT011
                show(start)
            assert isinstance(caught.value, type(error) | ValueError)
    assert len(open_widgets()) == before
