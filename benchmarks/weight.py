"""What an installation weighs, in MB: ``python benchmarks/weight.py``.

A line for every dependency of the package and of its extras: itself, and what it brings along that
no line above does. It reads what is installed beside it, where all extras have to be.
"""

from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("fast", "lab", "mnist")


def requirements(name: str, extras: Iterable[str] = ()) -> dict[str, set[str]]:
    """The packages that a package needs here, each with the extras that it needs of them."""
    found = map(Requirement, metadata.requires(name) or [])
    asked = [{"extra": extra} for extra in ("", *extras)]
    needed = [r for r in found if not r.marker or any(map(r.marker.evaluate, asked))]
    return {canonicalize_name(r.name): r.extras for r in needed}


def brought(name: str, extras: Iterable[str] = ()) -> set[str]:
    """Everything that a package brings along, and itself."""
    reached, waiting = set(), [(name, frozenset(extras))]
    while waiting:
        asked = waiting.pop()
        if asked not in reached:
            reached.add(asked)
            waiting += [(n, frozenset(e)) for n, e in requirements(*asked).items()]
    return {name for name, _ in reached}


def megabytes(names: Iterable[str]) -> float:
    """What their files take, compiled ones of Python among them."""
    files = [Path(file.locate()) for name in names for file in metadata.files(name) or []]
    return sum(path.stat().st_size for path in files if path.exists()) / 1e6


def lines() -> Iterator[tuple[str, float]]:
    """(a dependency, its MB), in the order of pyproject.toml, extras last."""
    direct = requirements("initviz", EXTRAS)
    counted = set(direct)
    for name, extras in direct.items():
        along = brought(name, extras) - counted
        counted |= along
        yield name, megabytes({name, *along})


if __name__ == "__main__":
    for name, weight in lines():
        print(f"{name:32}{weight:8.1f}")
    for extras in ((), *((extra,) for extra in EXTRAS), EXTRAS):
        asked = f"initviz[{','.join(extras)}]" if extras else "initviz"
        print(f"{asked:32}{megabytes(brought('initviz', extras)):8.1f}")
