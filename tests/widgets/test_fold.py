"""What a folded cell prints and shows stays folded, in a real kernel."""

import re
from pathlib import Path
from types import SimpleNamespace

import ipykernel
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel

from initviz.widgets import fold

FOLDED = "# Folded: the measurement.\n"
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def client():
    manager, client = start_new_kernel()
    run(client, "from initviz.widgets.fold import keep_folded; keep_folded(); keep_folded()")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code):
    """The outputs of a cell, as (type, content)."""
    # After an error, ipykernel 6 drops what comes within a moment, unless it is told not to.
    message = client.execute(code, stop_on_error=False)
    outputs = []
    while True:
        answer = client.get_iopub_msg(timeout=60)
        if answer["parent_header"].get("msg_id") != message:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return outputs
        if kind not in ("status", "execute_input"):
            outputs.append((kind, content))


def folded(client, code):
    ((kind, content),) = run(client, FOLDED + code)
    assert kind == "display_data"
    page = content["data"]["text/html"]
    assert page.startswith("<details><summary>")
    return page


def test_what_a_folded_cell_prints_lies_behind_a_fold(client):
    assert "<pre>0 &lt; 1\n</pre>" in folded(client, "print('0 < 1')")


def test_so_do_its_displays_and_the_value_of_its_last_line(client):
    shown = "from IPython.display import HTML, Image; display(HTML('<b>a table</b>')); 6 * 7"
    page = folded(client, shown)
    assert page.index("<b>a table</b>") < page.index("<pre>42</pre>")
    figure = "from matplotlib import pyplot as plt; plt.plot([1, 2]); None"
    run(client, "%matplotlib inline")
    assert 'src="data:image/png;base64,iVBOR' in folded(client, figure)


def test_other_cells_and_cells_that_say_nothing_stay_as_they_are(client):
    assert run(client, f"{FOLDED}x = 1") == []
    assert [kind for kind, _ in run(client, "print(2); x")] == ["stream", "execute_result"]


def test_an_error_is_shown_and_the_next_cell_is_free_again(client):
    kinds = [kind for kind, _ in run(client, f"{FOLDED}print('before'); 1 / 0")]
    assert sorted(kinds) == ["display_data", "error"]
    assert [kind for kind, _ in run(client, "print(3)")] == ["stream"]


def test_a_folded_cell_may_run_another_one(client):
    inner = "get_ipython().run_cell({!r})"
    code = f"print(1); {inner.format('print(2); 3')}; {inner.format('')}; print(4)"
    assert "<pre>1\n2\n4\n</pre>\n<pre>3</pre>" in folded(client, code)
    assert run(client, f"%%capture five\n{FOLDED}print(5)") == []
    assert [kind for kind, _ in run(client, "print(five.stdout, end='')")] == ["stream"]


def test_a_slider_that_is_moved_while_a_folded_cell_runs_finds_its_shell(client):
    """JupyterLab's widgets speak to the kernel meanwhile, on a thread of its own."""
    code = "shell = get_ipython(); shell.set_parent(shell.parent_header); print('moved')"
    assert "moved" in folded(client, code)


def test_what_is_written_over_again_is_kept_as_a_screen_would_show_it(client):
    bar = "print('0 of 2\\r1 of 2\\r2 of 2\\nnext\\r')"
    assert "<pre>2 of 2\nnext\n</pre>" in folded(client, bar)
    handle = "shown = display('old', display_id=True); display('other'); shown.update('new')"
    assert "<pre>&#x27;new&#x27;</pre>\n<pre>&#x27;other&#x27;</pre>" in folded(client, handle)
    ((kind, content),) = run(client, f"{FOLDED}shown.update('newest')")
    assert (kind, content["data"]["text/plain"]) == ("update_display_data", "'newest'")


@pytest.mark.skipif(ipykernel.version_info[0] < 7, reason="nobody is asked before it clears")
def test_what_is_cleared_is_gone(client):
    page = folded(client, "from IPython.display import clear_output; print(1); clear_output(); 2")
    assert "<pre>2</pre>" in page
    assert "1" not in page


def test_a_pictures_text_alternative_goes_into_the_fold(client):
    code = "import initviz as iv; from matplotlib import pyplot as plt\n"
    page = folded(client, code + "iv.show(plt.figure(figsize=(1, 1)), 'Less is < \"more\".')")
    assert re.search(r'<img width="\d+" style="\S+ \S+" alt="Less is &lt; &quot;more&quot;."', page)
    page = folded(client, "from PIL import Image; Image.new('L', (1, 1))")
    assert 'src="data:image/png;base64,iVBOR' in page


def test_what_cannot_live_in_a_fold_is_shown_below_it(client):
    code = "import ipywidgets; print(1); gone = ipywidgets.Text(); display(gone); gone.close(); "
    outputs = [
        o for o in run(client, f"{FOLDED}{code} ipywidgets.IntSlider()") if "comm" not in o[0]
    ]
    (_, fold), (_, slider) = outputs
    assert "IntSlider" not in fold["data"]["text/html"]
    assert slider["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_a_kernel_that_shows_nobody_what_it_sends_is_left_alone(monkeypatch, capsys):
    """As some in a browser do."""
    asked = {}
    events = SimpleNamespace(register=asked.__setitem__)
    shell = SimpleNamespace(kernel=None, display_pub=None, events=events)
    monkeypatch.setattr(fold, "get_ipython", lambda: shell)
    fold.keep_folded.__wrapped__()
    asked["pre_run_cell"](SimpleNamespace(raw_cell=FOLDED))
    print("seen")
    assert capsys.readouterr().out == "seen\n"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_cells_that_begin_so_are_those_that_were_saved_folded(path):
    """JupyterLab folds by one key, Jupyter Book and Colab by others."""
    for cell in nbformat.read(path, 4).cells:
        marked = cell.source.startswith(fold.MARK)
        assert marked == ("hide-output" in cell.metadata.get("tags", ())), cell.source
        assert marked == cell.metadata.get("jupyter", {}).get("outputs_hidden", False), cell.source
