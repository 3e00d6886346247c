"""Texts that anybody may have written, as they are shown in a page.

A column's name comes out of a file, a layer's out of a model, an error's sentence out of somebody's
function: none of them may be a tag there, or turn a line around.
"""

import html

from ..errors import printable


def escaped(text: str) -> str:
    """A text in a page, or in an attribute between quotation marks, where it is letters only.

    >>> escaped("<b>")
    '&lt;b&gt;'
    """
    return html.escape(printable(text))
