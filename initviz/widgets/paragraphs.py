"""Sentences for the reader as small pieces of a page."""

from ..plots.style import BLUE, ORANGE

TEXT = "line-height: 1.45; font-size: 14px; margin: 4px 0; max-width: 60em"


def paragraph(words: str, style: str = "") -> str:
    """words: as HTML."""
    return f'<p style="{TEXT}; {style}">{words}</p>'


def verdict(right: bool | None, words: str) -> str:
    """A paragraph with a bar at its left: blue where it is right, orange where not, else grey."""
    colour = {True: BLUE, False: ORANGE, None: "gray"}[right]
    return paragraph(words, f"border-left: 3px solid {colour}; padding-left: 10px")


def live(words: str) -> str:
    """What appears while somebody reads elsewhere, so that a screen reader says it."""
    return f'<div role="status">{words}</div>'


def folded(summary: str, content: str) -> str:
    """What is seen when somebody unfolds it. Both as HTML."""
    return f"<details><summary>{summary}</summary>{content}</details>"
