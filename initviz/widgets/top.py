"""After "Run All" JupyterLab stands at the end of a notebook; a reader begins at its start."""

from IPython.display import Javascript

# Only "Run All" leaves the last cell of all active, and in sight: whoever runs the cell before it
# alone stays, and so does who has begun to read. Elsewhere nothing is found, and nothing happens.
# JupyterLab goes to the end when it has drawn what is there, early or late.
SCRIPT = """
for (const wait of [300, 1000, 2000]) setTimeout(() => {
  const active = document.querySelector('.jp-Notebook .jp-Cell.jp-mod-active');
  const panel = active?.closest('.jp-WindowedPanel-outer');
  const last = panel && active === [...panel.querySelectorAll('.jp-Cell')].at(-1);
  const edge = element => element.getBoundingClientRect();
  if (last && edge(active).top < edge(panel).bottom) panel.scrollTo(0, 0);
}, wait);
"""


def back_to_top() -> Javascript:
    """Go back to the start of a notebook that was run as a whole. For one of its last cells,
    and for one of its first, too, where a reader would wait for the last.

    >>> back_to_top().data.strip()[:16]
    'for (const wait '
    """
    return Javascript(SCRIPT)
