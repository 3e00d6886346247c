"""How fast ensembles are trained, beside PyTorch, JAX and scikit-learn, in one run.

    make engine

All train the same networks from the same weights, full batch, plain gradient descent, float32, and
hand back the loss of every network before every step; they are checked to agree to 1e-3. What is
timed is a call as a user makes it, in rounds that take turns; the medians go to `engine.md` and
`engine.png` beside this file. initviz also measures accuracies and keeps weights: that is what
`train` does, by its compiled loop or its plain one. "gradients" is the loop that is written with
`initviz.gradients` and nothing else.

The machine's limit is the time that the flops of the matrix products and the exponentials alone
would take at the speed with which this machine does large ones, measured in the same minute.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from statistics import geometric_mean, median
from time import perf_counter, sleep

import numpy as np
from sklearn.datasets import make_moons
from threadpoolctl import threadpool_limits

import initviz as iv

HERE = Path(__file__).parent
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
RATE = 0.1
SECONDS = 12  # that the rounds of one problem take, at least three of them
SLOW = "gradients", "scikit-learn"
LOOP = 10  # networks that scikit-learn's loop goes through; the rest is multiplied
EPOCHS = {  # so that every call takes a good part of a second, and compilers are not kept waiting
    "2-16-1": {1: 2000, 10: 1000, 100: 400, 1000: 100},
    "2-16-16-16-1": {1: 1000, 10: 500, 100: 200, 1000: 40},
    "64-64-64-10": {1: 200, 10: 60, 100: 8, 1000: 3},
}


@dataclass(frozen=True)
class Problem:
    """Networks of one shape to be trained on some data."""

    name: str
    data: iv.Dataset
    network: iv.Network
    epochs: int

    @property
    def restarts(self) -> int:
        return self.network.restarts


def problems() -> Iterator[Problem]:
    X, y = map(np.asarray, make_moons(200, noise=0.2, random_state=0))
    moons = iv.Dataset("moons", X, y, "binary")
    digits = iv.DATASETS["digits"]
    digits = iv.Dataset("digits", digits.X, digits.y, digits.task)  # no test part: nobody else has
    for name, epochs in EPOCHS.items():
        layers = tuple(map(int, name.split("-")))
        data = digits if layers[0] == 64 else moons
        for restarts, count in epochs.items():
            network = iv.init_network(layers, restarts=restarts, dtype="float32")
            yield Problem(name, data, network, count)


# The peers: each prepares a call that trains the networks and returns (epochs, restarts) losses.


def initviz(problem: Problem, loop: str = "compiled") -> Callable[[], np.ndarray]:
    experiment = iv.Experiment(
        dataset=problem.data.name,
        hidden_layers=problem.network.layers[1:-1],
        learning_rate=RATE,
        epochs=problem.epochs,
        restarts=problem.restarts,
    )
    given = {"network": problem.network, "loop": loop}
    return lambda: iv.train(experiment, problem.data, **given).losses[:-1]


def plain(problem: Problem) -> Callable[[], np.ndarray]:
    return initviz(problem, "plain")


def readable(problem: Problem) -> Callable[[], np.ndarray]:
    loss = "softmax_cross_entropy" if problem.data.outputs > 1 else "binary_cross_entropy"

    def step(parameters: tuple, slopes: tuple) -> tuple:
        return tuple(p - np.float32(RATE) * g for p, g in zip(parameters, slopes, strict=True))

    def train():
        network, losses = problem.network, []
        for _ in range(problem.epochs):
            value, dW, db = iv.gradients(network, problem.data.X, problem.data.y, loss)
            weights, biases = step(network.weights, dW), step(network.biases, db)
            network = replace(network, weights=weights, biases=biases)
            losses.append(value)
        return np.stack(losses)

    return train


def torch_eager(problem: Problem, wrap: Callable = lambda f: f) -> Callable[[], np.ndarray]:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    classes, shape = problem.data.outputs > 1, (problem.restarts, len(problem.data.X))
    X = torch.tensor(problem.data.X.T, dtype=torch.float32).expand(problem.restarts, -1, -1)
    y = torch.tensor(problem.data.y, dtype=torch.long if classes else torch.float32).expand(shape)

    @wrap
    def loss(weights, biases):
        a = X
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a = torch.sigmoid(torch.baddbmm(b, W, a))
        z = torch.baddbmm(biases[-1], weights[-1], a)
        if classes:
            return cross_entropy(z, y, reduction="none").mean(1)
        return binary_cross_entropy_with_logits(z[:, 0], y, reduction="none").mean(1)

    def train():
        weights = [torch.tensor(w, requires_grad=True) for w in problem.network.weights]
        biases = [torch.tensor(b, requires_grad=True) for b in problem.network.biases]
        optimizer = torch.optim.SGD([*weights, *biases], lr=RATE)
        losses = []
        for _ in range(problem.epochs):
            value = loss(weights, biases)
            losses.append(value.detach())
            optimizer.zero_grad()
            value.sum().backward()
            optimizer.step()
        return torch.stack(losses).numpy()

    return train


def torch_compile(problem: Problem) -> Callable[[], np.ndarray]:
    import torch

    torch.compiler.reset()
    return torch_eager(problem, torch.compile(dynamic=False))


def jax(problem: Problem) -> Callable[[], np.ndarray]:
    import jax  # pyright: ignore[reportMissingImports]
    import jax.numpy as jnp  # pyright: ignore[reportMissingImports]

    data, classes = problem.data, problem.data.outputs > 1
    X = jnp.asarray(data.X.T, jnp.float32)
    y = jnp.asarray(np.eye(data.outputs)[:, data.y.astype(int)] if classes else data.y, jnp.float32)

    def loss(parameters):
        *hidden, (last, bias) = parameters
        a = X
        for W, b in hidden:
            a = jax.nn.sigmoid(W @ a + b)
        z = last @ a + bias
        if classes:
            return -(jax.nn.log_softmax(z, axis=0) * y).sum(0).mean()
        return (jnp.logaddexp(0, z[0]) - y * z[0]).mean()

    def step(parameters, _):
        value, gradients = jax.value_and_grad(loss)(parameters)
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients), value

    def train_one(parameters):
        return jax.lax.scan(step, parameters, None, length=problem.epochs)[1]

    train_all = jax.jit(jax.vmap(train_one))

    def train():
        pairs = zip(problem.network.weights, problem.network.biases, strict=True)
        return np.asarray(train_all([(jnp.asarray(w), jnp.asarray(b)) for w, b in pairs])).T

    return train


def scikit_learn(problem: Problem) -> Callable[[], np.ndarray]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    X, y, network = problem.data.X.astype(np.float32), problem.data.y, problem.network
    settings = {
        "hidden_layer_sizes": network.layers[1:-1],
        "activation": "logistic",
        "solver": "sgd",
        "alpha": 0,
        "batch_size": len(X),
        "learning_rate_init": RATE,
        "momentum": 0,
        "shuffle": False,
        "tol": 0,
        "n_iter_no_change": problem.epochs + 1,
        "warm_start": True,
    }

    def train_one(r: int) -> list[float]:
        model = MLPClassifier(max_iter=1, **settings).fit(X, y)
        model.coefs_ = [np.ascontiguousarray(w[r].T) for w in network.weights]
        model.intercepts_ = [b[r, :, 0].copy() for b in network.biases]
        return model.set_params(max_iter=problem.epochs).fit(X, y).loss_curve_[-problem.epochs :]

    def train():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return np.transpose([train_one(r) for r in range(min(LOOP, problem.restarts))])

    return train


PEERS = {
    "initviz": initviz,
    "plain loop": plain,
    "gradients": readable,
    "PyTorch": torch_eager,
    "torch.compile": torch_compile,
    "JAX": jax,
    "scikit-learn": scikit_learn,
}


def peers() -> list[str]:
    """Those that can be measured here."""
    needs = {"PyTorch": "torch", "torch.compile": "torch", "JAX": "jax"}
    missing = [peer for peer in PEERS if peer in needs and find_spec(needs[peer]) is None]
    for peer in missing:
        print(f"{peer} is left out: {needs[peer]} is not installed")
    return [peer for peer in PEERS if peer not in missing]


def measure(problem: Problem, names: list[str]) -> dict:
    """Microseconds a step of the whole ensemble for every peer, and the first calls' seconds."""
    calls, first, losses = {}, {}, {}
    for name in names:
        start = perf_counter()
        calls[name] = PEERS[name](problem)
        losses[name] = calls[name]()
        first[name] = perf_counter() - start
    for name, found in losses.items():
        expected = losses["initviz"][:, : found.shape[1]]
        worst = np.abs(found - expected).max()
        assert worst < 1e-3, f"{name} finds other losses at {problem.name}: {worst}"
    times: dict[str, list[float]] = {name: [] for name in names}
    end = perf_counter() + SECONDS
    while perf_counter() < end or len(times["initviz"]) < 3:
        for name, call in calls.items():
            if name in SLOW and times[name] and perf_counter() > end - SECONDS / 2:
                continue  # these would take all the time; they are never near
            sleep(0.05)  # until the worker threads of the one before have stopped waiting for work
            start = perf_counter()
            call()
            times[name].append(perf_counter() - start)
    steps = {name: median(seconds) / problem.epochs * 1e6 for name, seconds in times.items()}
    steps["scikit-learn"] *= max(1, problem.restarts / LOOP)
    return {
        "layers": problem.name,
        "restarts": problem.restarts,
        "steps": steps,
        "first": first,
        "limit": limit(problem),
    }


# The machine's limit


def fastest(call: Callable[[], object], rounds: int = 20) -> float:
    """The shortest of some calls, in seconds."""

    def once() -> float:
        start = perf_counter()
        call()
        return perf_counter() - start

    return min(once() for _ in range(rounds))


def limit(problem: Problem) -> float:
    """Microseconds a step, were there nothing but products and exponentials at full speed."""
    size, rng = 1024, np.random.default_rng(0)
    A, B, C = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(3))
    with threadpool_limits(CORES, user_api="blas"):
        flops = 2 * size**3 / fastest(lambda: np.matmul(A, B, out=C))
    z = rng.standard_normal(2**14).astype(np.float32)
    exponentials = CORES * len(z) / fastest(lambda: np.exp(z, out=C.ravel()[: len(z)]), 200)

    layers, samples = problem.network.layers, len(problem.data.X) * problem.restarts
    products = [n * m for n, m in zip(layers[1:], layers[:-1], strict=True)]
    # forward, the weights' gradient, and the deltas, which the first layer does not send on
    work = 2 * samples * (3 * sum(products) - products[0])
    return (work / flops + samples * sum(layers[1:]) / exponentials) * 1e6


# Many restarts: the cost of each, and the memory


def many_restarts() -> dict:
    """Microseconds a step and restart, and peak memory over results, at few and many restarts.

    Each in a process of its own, so that the peak is its own.
    """
    script = f"{HERE / 'engine.py'}"
    found = {}
    for restarts in (100, 1000, 10_000):
        output = subprocess.run(
            [sys.executable, script, "--restarts", str(restarts)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found[restarts] = json.loads(output)
    return found


def one_ensemble(restarts: int) -> dict:
    import tracemalloc

    e = iv.Experiment(hidden_layers=(16,), restarts=restarts, epochs=100)
    network = iv.init_network((2, 16, 1), restarts=restarts, dtype="float32")

    def seconds() -> float:
        start = perf_counter()
        iv.train(e, network=network)
        return perf_counter() - start

    seconds()
    cost = median(seconds() for _ in range(5 if restarts > 1000 else 25))
    tracemalloc.start()
    run = iv.train(e, network=network)
    peak = tracemalloc.get_traced_memory()[1]
    arrays = [run.losses, run.accuracies, *run.weights, *run.biases]
    return {
        "cost": cost / e.epochs / restarts * 1e6,
        "peak": peak,
        "results": sum(a.nbytes for a in arrays),
    }


# What is written


def table(rows: list[dict], names: list[str]) -> str:
    heads = [f"{name} µs" for name in names]
    ratios = [name for name in ("PyTorch", "torch.compile", "JAX") if name in names]
    heads += [f"{name} / initviz" for name in ratios] + ["initviz / limit"]
    heads += [f"{name} first call s" for name in ratios[1:]]
    lines = ["| layers | R | " + " | ".join(heads) + " |", "|:--|--:|" + "--:|" * len(heads)]
    for row in rows:
        steps, first = row["steps"], row["first"]
        cells = [f"{steps[name]:,.0f}" for name in names]
        cells += [f"{steps[name] / steps['initviz']:.2f}" for name in ratios]
        cells += [f"{steps['initviz'] / row['limit']:.1f}"]
        cells += [f"{first[name]:.1f}" for name in ratios[1:]]
        lines.append(f"| {row['layers']} | {row['restarts']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def summary(rows: list[dict], names: list[str]) -> str:
    lines = []
    for name in ("PyTorch", "torch.compile", "JAX"):
        if name in names:
            ratios = {
                (row["layers"], row["restarts"]): row["steps"][name] / row["steps"]["initviz"]
                for row in rows
            }
            worst = min(ratios, key=ratios.__getitem__)
            lines.append(
                f"- {name} takes {geometric_mean(ratios.values()):.2f} times as long in the "
                f"geometric mean, {ratios[worst]:.2f} times at {worst[0]} with R = {worst[1]}."
            )
    return "\n".join(lines)


def scaling(found: dict) -> str:
    few, many = found[100], found[10_000]
    beyond = [f"{(row['peak'] - row['results']) / 2**20:.1f}" for row in found.values()]
    return (
        f"2-16-1, 100 epochs: a step of one restart costs {many['cost']:.2f} µs at R = 10,000, "
        f"{many['cost'] / few['cost']:.2f} times what it costs at R = 100. At its peak memory is "
        f"{', '.join(beyond)} MiB more than the results at R = 100, 1,000 and 10,000."
    )


COLOURS = ("#2b6cb0", "#6a92c1", "#bcd3ea", "#d9730d", "#e3a857", "#22303c", "#8a96a3")


def plot(rows: list[dict], names: list[str]) -> None:
    from matplotlib.figure import Figure

    from initviz.plots.style import styled

    colours = dict(zip(PEERS, COLOURS, strict=True))
    with styled():
        figure = Figure(figsize=(10, 3.6), layout="constrained")
        axes = figure.subplots(1, len(EPOCHS), sharey=True)
        for ax, layers in zip(axes, EPOCHS, strict=True):
            shown = [row for row in rows if row["layers"] == layers]
            R = [row["restarts"] for row in shown]
            for name in names:
                cost = [row["steps"][name] / row["restarts"] for row in shown]
                ax.loglog(R, cost, marker="o", ms=4, color=colours[name], label=name)
            limits = [row["limit"] / row["restarts"] for row in shown]
            ax.loglog(R, limits, ":", color=colours["scikit-learn"], label="machine's limit")
            ax.set_title(layers)
            ax.set_xlabel("restarts")
            ax.set_xticks(R, [f"{r:,}" for r in R])
            ax.minorticks_off()
        axes[0].set_ylabel("µs a step and restart")
        figure.legend(handles=axes[0].get_lines(), loc="outside right", frameon=False)
        figure.savefig(HERE / "engine.png", dpi=130)


def commit() -> str:
    asked = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
    told = subprocess.run(asked, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def processor() -> str:
    """Its name, and whether it has AVX-512, which counts for much here."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    wide = any("avx512f" in line for line in lines)
    return f"{names[0] if names else platform.machine()}, {'with' if wide else 'no'} AVX-512"


def main() -> None:
    names, rows = peers(), []
    for problem in problems():
        rows.append(measure(problem, names))
        print(table(rows[-1:], names).splitlines()[-1], flush=True)
    text = f"{table(rows, names)}\n\n{summary(rows, names)}\n\n{scaling(many_restarts())}\n"
    (HERE / "engine.md").write_text(
        "# How fast ensembles are trained\n\n"
        f"Written by `make engine` on {date.today()} at commit {commit()}, on {CORES} cores of "
        f"{processor()}. Microseconds for one step of the whole "
        f"ensemble of R networks. {' '.join((__doc__ or '').split(chr(10) * 2)[2].split())}\n\n"
        + text
    )
    plot(rows, names)
    print(text)


if __name__ == "__main__":
    if "--restarts" in sys.argv:
        print(json.dumps(one_ensemble(int(sys.argv[-1]))))
    else:
        main()
