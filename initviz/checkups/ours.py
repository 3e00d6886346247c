"""A batch through an ``initviz.Network``; of several restarts, every number is the median."""

from ..errors import bad
from ..measure.examination import Examination
from ..measure.vitals import vitals
from ..networks.losses import check_loss
from ..networks.network import Network
from ..words.vitals import examination

LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "softmax_cross_entropy",
    "identity": "squared_error",
}


def examine(network: Network, X, y=None, loss=None, learning_rate=None) -> Examination:
    """See ``checkups.checkup``; y is needed, and loss is a name in ``LOSSES``."""
    if y is None:
        raise bad("y", None, "a Network is checked with its targets: give them")
    loss = check_loss(LOSS_OF[network.output] if loss is None else loss)
    return examination(vitals(network, X, y, loss, learning_rate))
