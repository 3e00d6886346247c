"""The steps of a JAX programme, as ``checkups.graph`` takes them."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Node

# PyTorch's names for what JAX calls otherwise; all other steps keep their own.
NAMES = {
    "add": "Add",
    "add_any": "Add",
    "broadcast_in_dim": "Expand",
    "concatenate": "Cat",
    "conv_general_dilated": "Convolution",
    "convert_element_type": "ToCopy",
    "copy": "Clone",
    "div": "Div",
    "dot_general": "Mm",
    "mul": "Mul",
    "reshape": "Reshape",
    "select_n": "Where",
    "slice": "Slice",
    "squeeze": "Squeeze",
    "sub": "Sub",
}
INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # where a step holds a programme of its own
LOOPS = ("scan", "while", "cond")  # whose programme runs as often as they like


def nodes(programme) -> Iterator[Node]:
    """Every step that leads to the output, after all that it was made of; its inputs are weights,
    by their numbers."""
    weights = {
        v: Node("Weight", weight=n, axes=len(v.aval.shape))
        for n, v in enumerate(programme.jaxpr.invars)
    }
    every = [*weights.values()]
    made = _run(programme.jaxpr, dict(weights), every)
    live = set(filter(None, (made.get(v) for v in map(_key, programme.jaxpr.outvars))))
    for node in reversed(every):
        if node in live:
            live |= {*node.inputs}
    yield from (node for node in every if node in live)


def _key(variable):
    """Numbers that are written in the programme are nobody's output."""
    return None if hasattr(variable, "val") else variable


def _run(jaxpr, made: dict, every: list[Node]) -> dict:
    """Add the steps of a programme to ``every``, those of the programmes in it in their place.

    made: {variable: what gave it; None for what no weight has gone into}.
    """
    for step in jaxpr.eqns:
        given = [made.get(_key(v)) for v in step.invars]
        inner = next((step.params[key] for key in INNER if key in step.params), None)
        if inner is not None and step.primitive.name not in LOOPS:
            inner = getattr(inner, "jaxpr", inner)
            within = _run(inner, dict(zip(inner.invars, given, strict=False)), every)
            results = [within.get(_key(v)) for v in inner.outvars]
        else:
            node = _node(step, given) if any(given) else None
            every += [node] if node else []
            results = [node] * len(step.outvars)
        made |= zip(step.outvars, results, strict=False)
    return made


def _node(step, given: list[Node | None]) -> Node:
    name: str = step.primitive.name
    node = Node(NAMES.get(name, name), inputs=[one for one in given if one])
    if name == "transpose":
        node.name = "T" if step.params["permutation"] == (1, 0) else "Permute"
    if name == "dot_general":
        summed, _ = step.params["dimension_numbers"]
        node.units = [
            (one, 1 - axes[0])
            for one, axes, v in zip(given, summed, step.invars, strict=True)
            if one and len(axes) == 1 and len(v.aval.shape) == 2
        ]
    return node
