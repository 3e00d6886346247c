"""What a loss was made of: which weights the inputs of which other weights have gone through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch  # pyright: ignore[reportMissingImports]

# What gives the same numbers in another shape: a weight that has gone through is that weight.
VIEWS = {
    *("Alias", "AsStrided", "Clone", "Expand", "Permute", "Reshape", "Select", "Slice", "Split"),
    *("SplitWithSizes", "Squeeze", "T", "ToCopy", "Transpose", "Unbind", "UnsafeView"),
    *("Unsqueeze", "View", "Chunk", "Narrow", "Contiguous"),
}
TURNS = {"T", "Transpose"}  # and of two axes no other one does
# What sets things beside each other: none of them goes through another.
JOINTS = {"Add", "Cat", "Stack", "Sub", "Where", "Copyslices"}


class Node(NamedTuple):
    """One step of the graph, or one weight at its end."""

    step: Any

    @property
    def name(self) -> str:
        """Such as "Addmm", of an AddmmBackward0."""
        return self.step.name().partition("Backward")[0]

    @property
    def weight(self) -> torch.Tensor | None:
        return getattr(self.step, "variable", None)

    def inputs(self) -> list[Node]:
        return [Node(step) for step, _ in self.step.next_functions if step is not None]


def in_order(output: torch.Tensor) -> Iterator[Node]:
    """Every step behind an output, after all that it was made of."""
    if output.grad_fn is None:
        return
    met, stack = set(), [(Node(output.grad_fn), False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in met:
            met.add(node)
            stack += [(node, True), *((one, False) for one in node.inputs())]


class Way(NamedTuple):
    """Where a weight lies on the way from the inputs to the loss.

    before: the weights that its inputs have gone through. bypassed: whether its inputs also go on
    past all weights, as they do in a residual block. joins: whether what it gives is added at
    once to what it was made of. units: the axis of its units, of two axes, where inputs were
    multiplied by it as by a matrix. straight: the matrices whose products it takes as they are.
    """

    before: set[torch.Tensor]
    bypassed: bool
    joins: bool
    units: int | None
    straight: set[torch.Tensor]


class Graph:
    """All steps behind an output, and the weights at their ends.

    Bits of one whole number say which weights lie behind a step, so that the graph of a model with
    a thousand weights takes no longer than its forward pass.
    """

    def __init__(self, output: torch.Tensor) -> None:
        self.weights: list[torch.Tensor] = []
        self._behind: dict[Node, int] = {}
        self._itself: dict[Node, int] = {}  # steps that are still one weight: which
        self._turned: set[Node] = set()  # of these, those that have been transposed
        self._units: dict[int, int] = {}
        self._takers: dict[Node, list[Node]] = {}
        self._uses: dict[Node, set[int]] = {}  # steps with weights, beside their other inputs
        for node in in_order(output):
            self._add(node)

    def _add(self, node: Node) -> None:
        if node.weight is not None:
            self._itself[node], self._behind[node] = len(self.weights), 1 << len(self.weights)
            self.weights.append(node.weight)
            return
        self._behind[node] = 0
        for one in node.inputs():
            self._behind[node] |= self._behind[one]
            self._takers.setdefault(one, []).append(node)
        if alone := {self._itself[one] for one in node.inputs() if one in self._itself}:
            if node.name in VIEWS:
                self._itself[node] = alone.pop()
                if (node.name in TURNS) != any(one in self._turned for one in node.inputs()):
                    self._turned.add(node)
            elif node.name not in JOINTS:
                self._uses[node] = alone
                if node.name in ("Mm", "Addmm"):
                    self._note_units(node)

    def _note_units(self, node: Node) -> None:
        """Of a product's right factor the columns are units, of its left one the rows."""
        factors = [step and Node(step) for step, _ in node.step.next_functions][-2:]
        for left, factor in zip((True, False), factors, strict=True):
            if factor in self._itself:
                self._units[self._itself[factor]] = int(left == (factor in self._turned))

    def ways(self) -> dict[torch.Tensor, Way]:
        """Of every weight."""
        before, bypassed, joins, straight = ([0] * len(self.weights) for _ in range(4))
        for node, numbers in self._uses.items():
            past, added = self._goes_past(node), self._is_added(node)
            products = self._products(node)
            for n in numbers:
                bypassed[n] |= past
                joins[n] |= added
                straight[n] |= products if n in self._units else 0
                for one in self._data(node):
                    before[n] |= self._behind[one]
        return {
            W: Way(
                before=self._of(before[n]),
                bypassed=bool(bypassed[n]),
                joins=bool(joins[n]),
                units=self._units.get(n),
                straight=self._of(straight[n]),
            )
            for n, W in enumerate(self.weights)
        }

    def _of(self, bits: int) -> set[torch.Tensor]:
        return {W for n, W in enumerate(self.weights) if bits >> n & 1}

    def _data(self, node: Node) -> list[Node]:
        """The inputs of a step that are more than a weight."""
        return [one for one in node.inputs() if one not in self._itself]

    def _goes_past(self, node: Node) -> bool:
        """Whether a step without weights takes what this one takes, or what that was made of.

        What has gone through a norm, or a function of one array, is still the same.
        """
        while len(inputs := self._data(node)) == 1:
            (one,) = inputs
            if any(taker != node and taker not in self._uses for taker in self._all_takers(one)):
                return True
            if one in self._uses and "Norm" not in one.name:
                return False
            node = one
        return False

    def _products(self, node: Node) -> int:
        """The matrices whose products a step takes, be it in another shape, as bits."""
        found = 0
        for one in self._data(node):
            while one.name in VIEWS and len(self._data(one)) == 1:
                (one,) = self._data(one)
            matrices = (n for n in self._uses.get(one, ()) if n in self._units)
            found |= sum(1 << n for n in matrices)
        return found

    def _is_added(self, node: Node) -> bool:
        """To what it was made of itself, as at the end of a residual block."""
        for taker in self._all_takers(node):
            summands = self._data(taker)
            if taker.name in ("Add", "Sub") and len(summands) > 1:
                return all(not self._behind[one] & ~self._behind[node] for one in summands)
        return False

    def _all_takers(self, node: Node) -> Iterator[Node]:
        """Also of what is only another view of it."""
        for taker in self._takers.get(node, ()):
            if taker.name in VIEWS:
                yield from self._all_takers(taker)
            else:
                yield taker
