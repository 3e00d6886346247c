"""The steps that autograd has noted, as ``checkups.graph`` takes them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any

import torch  # pyright: ignore[reportMissingImports]

from ..graph import Graph, Node, Way


def ways(output: torch.Tensor) -> dict[Any, Way]:
    """Of every weight that an output was made of."""
    return Graph(nodes(output, lambda W: W)).ways()


def nodes(output: torch.Tensor, key: Callable[[torch.Tensor], Hashable]) -> Iterator[Node]:
    """Every step behind an output, after all that it was made of.

    key: of a weight, what it goes by; None for what is no weight.
    """
    made: dict = {None: None}
    stack: list[Any] = [output.grad_fn]
    while stack:
        step = stack[-1]
        left = [] if step in made else [one for one, _ in step.next_functions if one not in made]
        stack += left
        if not left:
            stack.pop()
        if not left and step not in made:
            made[step] = _node(step, [made[one] for one, _ in step.next_functions], key)
            yield made[step]


def name_of(step) -> str:
    """Such as "Addmm", of an AddmmBackward0."""
    return step.name().partition("Backward")[0]


def _node(step, inputs: list[Node | None], key: Callable) -> Node:
    weight = getattr(step, "variable", None)
    node = Node(
        name=name_of(step),
        inputs=[one for one in inputs if one is not None],
        weight=None if weight is None else key(weight),
        axes=0 if weight is None else weight.dim(),
        hidden=None in inputs,
    )
    if node.name in ("Mm", "Addmm"):  # rows of the left factor are units, columns of the right one
        node.units = [(one, axis) for axis, one in enumerate(inputs[-2:]) if one is not None]
    return node
