"""The bar counts, and what is left of it is blank."""

import initviz as iv


def test_it_passes_every_item_on_and_counts_them(capsys):
    assert list(iv.progress(n for n in range(3))) == [0, 1, 2]
    shown = capsys.readouterr().err
    assert "1 of 3" in shown
    assert "3 of 3" in shown
    assert shown.split("\r")[-1].strip() == ""


def test_it_is_closed_when_the_loop_is_left_early(capsys):
    for _ in iv.progress(range(3)):
        break
    assert capsys.readouterr().err.split("\r")[-1].strip() == ""


def test_a_saved_notebook_keeps_only_blanks_of_it(monkeypatch):
    """tqdm's notebook bar writes its state at the start as text, and nbval compares that."""
    import tqdm.auto
    import tqdm.notebook

    shown = []
    monkeypatch.setattr(tqdm.auto, "tqdm", tqdm.notebook.tqdm)
    monkeypatch.setattr(tqdm.notebook, "display", lambda widget: shown.append(repr(widget)))
    list(iv.progress(range(3)))
    assert [text.strip() for text in shown] == [""]


def test_without_a_console_there_is_no_bar_and_no_error(monkeypatch):
    monkeypatch.setattr("sys.stderr", None)  # as in pythonw, and in some services
    assert list(iv.progress(range(3))) == [0, 1, 2]
