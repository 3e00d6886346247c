"""What every map of many trained networks answers as a ``Run`` does, for explorers and words."""

from dataclasses import dataclass

from ..networks.datasets import Dataset
from ..training.experiment import Experiment, loss_and_output


@dataclass(frozen=True, eq=False)
class Map:
    """experiment: what all its networks have in common. It shows them trained, and no moment
    before."""

    experiment: Experiment
    dataset: Dataset

    @property
    def loss_name(self) -> str:
        return loss_and_output(self.experiment, self.dataset)[0]

    @property
    def epoch(self) -> int:
        return self.experiment.epochs

    def snapshot_at(self, epoch: int) -> int:
        return self.epoch
