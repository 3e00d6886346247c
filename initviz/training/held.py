"""Training with the last layer held, as a model has it that ends in an activation of its own.

A loss that takes logits bends what it is given. Where a model has bent its output already, it is a
network with one layer more: a last hidden layer as narrow as the output, and behind it the weight 1
and the bias 0, which nobody trains.
"""

import numpy as np

from ..networks.losses import accuracy, encode_targets
from ..networks.network import Network, gradient, weighted_sums
from .experiment import Experiment, dataset_for, loss_and_output
from .run import Run


@np.errstate(all="ignore")
def train_held(experiment: Experiment, network: Network) -> Run:
    """Train these networks by all samples at once, with momentum, but for their last layer.

    network: in the shape that the experiment says; one hidden layer at least.
    """
    data = dataset_for(experiment)
    loss, output = loss_and_output(experiment, data)
    targets = encode_targets(data.y, loss, data.outputs)
    held = 2 * len(network.weights) - 2
    speeds = [np.zeros_like(array) for array in network.arrays]
    losses, rights, kept = [], [], []
    for _ in range(experiment.epochs + 1):
        value, slopes = gradient(network, data.X, data.y, loss)
        losses.append(value)
        rights.append(accuracy(weighted_sums(network, data.X)[0][-1], targets))
        kept.append(network.arrays)
        for n, (speed, slope) in enumerate(zip(speeds, slopes.arrays, strict=True)):
            speed *= experiment.momentum
            speed -= experiment.learning_rate * slope * (n not in (held, held + 1))
        network = network.with_arrays(map(np.add, network.arrays, speeds))
    arrays = [np.stack(each) for each in zip(*kept, strict=True)]
    return Run(
        experiment=experiment,
        dataset=data,
        loss_name=loss,
        output=output,
        losses=np.array(losses),
        accuracies=np.array(rights),
        snapshots=np.arange(experiment.epochs + 1),
        weights=tuple(arrays[0 : held + 2 : 2]),
        biases=tuple(arrays[1 : held + 2 : 2]),
    )
