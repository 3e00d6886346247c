"""Training with the last layer held, against PyTorch's model that ends in an activation."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.training.experiment import initial_network
from initviz.training.held import train_held

SET = iv.Experiment(
    "circles", (5, 1), "tanh", "glorot_normal", learning_rate=0.3, momentum=0.9, dtype="float64"
)
CIRCLES = iv.DATASETS["circles"]


def ending_in_tanh(experiment):
    drawn = initial_network(experiment, CIRCLES)
    return replace(drawn, weights=(*drawn.weights[:-1], np.ones_like(drawn.weights[-1])))


def test_it_is_torchs_training_of_a_model_that_ends_in_a_tanh(torch):
    e = replace(SET, epochs=12, restarts=2)
    network = ending_in_tanh(e)
    run = train_held(e, network)
    X, y = torch.tensor(CIRCLES.X), torch.tensor(CIRCLES.y, dtype=torch.float64)[:, None]
    for r in range(2):
        first, last = torch.nn.Linear(2, 5), torch.nn.Linear(5, 1)
        model = torch.nn.Sequential(first, torch.nn.Tanh(), last, torch.nn.Tanh()).double()
        for layer, W, b in zip((first, last), network.weights, network.biases, strict=False):
            layer.weight.data, layer.bias.data = torch.tensor(W[r]), torch.tensor(b[r, :, 0])
        descent = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
        for epoch in range(13):
            descent.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(X), y)
            loss.backward()
            assert run.losses[epoch, r] == pytest.approx(loss.item(), rel=1e-9)
            descent.step()


def test_the_last_layer_stays_and_the_others_move():
    run = train_held(replace(SET, epochs=3, restarts=2), ending_in_tanh(replace(SET, restarts=2)))
    assert (run.network_at(3).weights[-1] == 1).all()
    assert not run.network_at(3).biases[-1].any()
    for n in range(2):
        assert (run.network_at(3).weights[n] != run.network_at(0).weights[n]).all()
    right = (iv.forward(run.network_at(3), CIRCLES.X)[-1][:, 0] > 0.5) == (CIRCLES.y > 0)
    assert run.accuracies is not None
    assert run.accuracies[-1] == pytest.approx(right.mean(axis=1))
