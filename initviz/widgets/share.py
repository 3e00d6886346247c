"""Settings that somebody has kept, to be opened again."""

from pathlib import Path
from typing import Any

from ..errors import bad
from ..networks.datasets import DATASETS
from ..training.experiment import Experiment, check_experiment
from ..training.run import Run
from ..words.common import same_data


def settings_of(given: Any, argument: str = "experiment") -> Experiment:
    """The experiment that is given, of a run or an explorer, or in a file that Export wrote.

    Raises ValueError where there is none, or where a run's data is known by no name.
    """
    if isinstance(given, str | Path):
        return _read(given, argument)
    experiment = getattr(given, "experiment", given)
    check_experiment(experiment, argument)
    if isinstance(given, Run):
        named = DATASETS.get(experiment.dataset)
        if named is None or not same_data(named, given.dataset):
            remedy = "an explorer trains on data with a name; see @initviz.datasets.dataset"
            raise bad("dataset", given.dataset.name, remedy)
    return experiment


def _read(file: str | Path, argument: str) -> Experiment:
    name = Path(file).name or str(file)
    try:
        text = Path(file).read_text(encoding="utf-8-sig")  # Windows likes to begin with a mark
    except (OSError, ValueError) as error:  # a letter that no file's name can have is a ValueError
        reason = getattr(error, "strerror", None) or error
        remedy = 'give an initviz.Experiment, such as Experiment("moons"), or a file from Export'
        raise bad(argument, name, f"{remedy} ({reason})") from None
    try:
        return Experiment.from_json(text)
    except ValueError as error:
        raise bad(argument, name, f"in this file, {error}") from None
