"""Rows by name, as the tables of activations, initializers and losses have them."""

from typing import Any, TypeVar

from ..errors import one_of

Row = TypeVar("Row")


class Table(dict[str, Row]):
    """A dict whose names match whatever their case; a KeyError has the nearest name."""

    def __init__(self, kind: str, rows: dict[str, Row]) -> None:
        super().__init__(rows)
        self.kind = kind

    def __missing__(self, name: str) -> Row:
        try:
            return self[one_of(self.kind, name, self)]
        except ValueError as error:
            raise KeyError(str(error)) from None

    def __getitem__(self, name: str) -> Row:
        try:
            return super().__getitem__(name)
        except (TypeError, ValueError):  # what cannot be looked up is no name either
            return self.__missing__(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name)

    def get(self, name: object, default: Any = None) -> Any:
        return super().get(name, default) if isinstance(name, str) else default

    def __repr__(self) -> str:
        return f"{self.kind}: {', '.join(self)}"
