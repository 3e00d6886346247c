"""What a loss was made of: which weights the inputs of which other weights have gone through.

A framework's adapter tells the steps, by PyTorch's names for them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import nan
from typing import NamedTuple

from .layer import Fields, matrix

# What gives the same numbers in another shape: a weight that has gone through is that weight.
VIEWS = {
    *("Alias", "AsStrided", "Clone", "Expand", "Permute", "Reshape", "Select", "Slice", "Split"),
    *("SplitWithSizes", "Squeeze", "T", "ToCopy", "Transpose", "Unbind", "UnsafeView"),
    *("Unsqueeze", "View", "Chunk", "Narrow", "Contiguous"),
}
TURNS = {"T", "Transpose"}  # and of two axes no other one does
# What makes one weight of several, and what makes another one of a weight. (Most other steps may
# take a batch as well, which has no gradient, and so is no part of the graph.)
MIXES = {"Mm", "Bmm", "Add", "Mul", "Div", "Sub", "NativeBatchNorm", "WeightNormInterface"}
TURNS_INTO = {
    "Mul",
    "Div",
    "Sum",
    "Mean",
    "Var",
    "Norm",
    "LinalgVectorNorm",
    "Sqrt",
    "Rsqrt",
    "Pow",
    "Exp",
}
# What sets things beside each other: none of them goes through another.
JOINTS = {"Add", "Cat", "Stack", "Sub", "Where", "Copyslices"}
# What only moves and stretches, where it takes one thing that is more than a weight: a bias, a
# gain, a dropout's mask.
SINES = {"Sin", "sin"}
STRETCHES = {"Add", "Sub", "Mul", "Div", "NativeDropout"}


@dataclass(eq=False, slots=True)
class Node:
    """One step of the graph, or one weight at its end.

    name: such as "Addmm". weight: the weight that it is, and axes: how many that has. units: of a
    product, its factors and of each the axis of its units. hidden: whether it takes something
    without a gradient as well, a number or a batch.
    """

    name: str
    inputs: list[Node] = field(default_factory=list)
    weight: Hashable | None = None
    axes: int = 0
    units: list[tuple[Node, int]] = field(default_factory=list)
    hidden: bool = False


class Way(NamedTuple):
    """Where a weight lies on the way from the inputs to the loss.

    before: the weights that its inputs have gone through. bypassed: whether its inputs also go on
    past all weights, as they do in a residual block. joins: whether what it gives is added at
    once to what it was made of. units: the axis of its units, of two axes, where inputs were
    multiplied by it as by a matrix. straight: the matrices whose products it takes as they are.
    sine: whether what it gives goes into a sine.
    """

    before: frozenset
    bypassed: bool
    joins: bool
    units: int | None
    straight: frozenset
    sine: bool

    def among(self, names: Mapping) -> Fields:
        """The fields of ``Layer``, by the names that the model has for its weights."""
        before, straight = (
            frozenset(names[other] for other in others if other in names)
            for others in (self.before, self.straight)
        )
        return {
            "before": before,
            "bypassed": self.bypassed,
            "joins": self.joins,
            "straight": straight,
            **({"activation": "sin"} if self.sine else {}),
        }


class Graph:
    """All steps behind an output, and the weights at their ends.

    Bits of one whole number say which weights lie behind a step, so that the graph of a model with
    a thousand weights takes no longer than its forward pass.

    nodes: each after all that it was made of.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._weights: list[Node] = []
        self._behind: dict[Node, int] = {}
        self._itself: dict[Node, int] = {}  # steps that are still one weight: which
        self._turned: set[Node] = set()  # of these, those that have been transposed
        self._made: dict[Node, set[int]] = {}  # steps made of nothing but weights: which
        self._sets: dict[int, frozenset] = {}
        self._sisters: list[set[int]] = []  # weights of which one weight is made
        self._units: dict[int, int] = {}
        self._takers: dict[Node, list[Node]] = {}
        self._uses: dict[Node, set[int]] = {}  # steps with weights, beside their other inputs
        for node in nodes:
            self._add(node)

    def _add(self, node: Node) -> None:
        if node.weight is not None:
            self._itself[node], self._behind[node] = len(self._weights), 1 << len(self._weights)
            self._made[node] = {len(self._weights)}
            self._weights.append(node)
            return
        self._behind[node] = 0
        for one in node.inputs:
            self._behind[node] |= self._behind[one]
            self._takers.setdefault(one, []).append(node)
        own = [one for one in node.inputs if one in self._made]
        if alone := set().union(*(self._made[one] for one in own)):
            if node.name in VIEWS and own[0] in self._itself:
                self._itself[node] = self._itself[own[0]]
                if (node.name in TURNS) != (own[0] in self._turned):
                    self._turned.add(node)
            mixed = MIXES if len(own) > 1 else VIEWS | TURNS_INTO
            if len(own) == len(node.inputs) and node.name in mixed:
                self._made[node] = alone
                self._sisters += [alone] * (len(alone) > 1)
            elif node.name not in JOINTS:
                self._uses[node] = alone
                for factor, axis in node.units:
                    if factor in self._itself:
                        self._units[self._itself[factor]] = axis ^ (factor in self._turned)

    def ways(self) -> dict[Hashable, Way]:
        """Of every weight."""
        before, bypassed, joins, straight, sine = ([0] * len(self._weights) for _ in range(5))
        for node, numbers in self._uses.items():
            past, added = self._goes_past(node), self._is_added(node)
            products = self._products(node)
            for n in numbers:
                bypassed[n] |= past
                joins[n] |= added
                sine[n] |= any(taker.name in SINES for taker in self._all_takers(node))
                straight[n] |= products if n in self._units else 0
                for one in self._data(node):
                    before[n] |= self._behind[one]
        for sisters in self._sisters:
            for n in sisters:
                before[n] |= sum(1 << other for other in sisters - {n})
        return {
            node.weight: Way(
                before=self._of(before[n]),
                bypassed=bool(bypassed[n]),
                joins=bool(joins[n]),
                units=self._units.get(n),
                straight=self._of(straight[n]),
                sine=bool(sine[n]),
            )
            for n, node in enumerate(self._weights)
        }

    def _of(self, bits: int) -> frozenset:
        """The weights that bits stand for; many ask for the same ones."""
        if bits not in self._sets:
            some = (node.weight for n, node in enumerate(self._weights) if bits >> n & 1)
            self._sets[bits] = frozenset(some)
        return self._sets[bits]

    def _data(self, node: Node) -> list[Node]:
        """The inputs of a step that are more than a weight."""
        return [one for one in node.inputs if one not in self._made]

    def _is_same(self, node: Node) -> bool:
        """Whether a step only shapes, moves or stretches what it takes."""
        if node.name in ("Add", "Sub") and node.hidden:
            return False  # it may be the end of a shortcut from X
        return node.name in VIEWS or (node.name in STRETCHES and len(self._data(node)) == 1)

    def _is_matrix(self, node: Node) -> bool:
        """Whether a step takes weights of several axes; those of one only move and stretch."""
        return any(self._weights[n].axes > 1 for n in self._uses.get(node, ()))

    def _goes_past(self, node: Node) -> bool:
        """Whether a step without weights takes what this one takes, or what that was made of.

        What has gone through a norm, or a function, is still the same.
        """
        made_of, stack = {node}, self._data(node)
        while stack:
            if (one := stack.pop()) not in made_of:
                made_of.add(one)
                stack += [] if self._is_matrix(one) else self._data(one)
        takers = (taker for one in made_of - {node} for taker in self._all_takers(one))
        return any(taker not in made_of and taker not in self._uses for taker in takers)

    def _products(self, node: Node) -> int:
        """The matrices whose products a step takes, be it in another shape, as bits."""
        found = 0
        for one in self._data(node):
            while self._is_same(one) and len(self._data(one)) == 1:
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
        """Also of what is the same, but for its shape, place and size."""
        for taker in self._takers.get(node, ()):
            if self._is_same(taker):
                yield from self._all_takers(taker)
            else:
                yield taker


def multiplied(way: Way, shape: tuple[int, ...]) -> tuple[Fields, int | None]:
    """What is known of a matrix of somebody's own, for which there is no default, and the axis of
    its units; of what is none, its role alone."""
    if way.units is None or len(shape) != 2:
        return {"role": "other"}, None
    return matrix(shape[1 - way.units], shape[way.units], nan), way.units
