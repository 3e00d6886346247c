"""What a folded cell prints and shows stays folded, in a kernel that is told the cell's tags."""

import pytest
from jupyter_client.manager import start_new_kernel

FOLDED = {"tags": ["hide-input", "hide-output"]}


@pytest.fixture(scope="module")
def client():
    manager, client = start_new_kernel()
    run(client, "from initviz.widgets.fold import keep_folded; keep_folded(); keep_folded()")
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code, metadata=None):
    """The outputs of a cell, as (type, content), that JupyterLab would run with this metadata."""
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
    message = client.session.msg("execute_request", content, metadata=metadata or {})
    client.shell_channel.send(message)
    outputs = []
    while True:
        answer = client.get_iopub_msg(timeout=60)
        if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return outputs
        if kind not in ("status", "execute_input"):
            outputs.append((kind, content))


def folded(client, code):
    ((kind, content),) = run(client, code, FOLDED)
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
    assert '<img style="max-width: 100%" src="data:image/png;base64,iVBOR' in folded(client, figure)


def test_other_cells_and_cells_that_say_nothing_stay_as_they_are(client):
    assert run(client, "x = 1", FOLDED) == []
    assert [kind for kind, _ in run(client, "print(2); x")] == ["stream", "execute_result"]


def test_an_error_is_shown_and_the_next_cell_is_free_again(client):
    kinds = [kind for kind, _ in run(client, "print('before'); 1 / 0", FOLDED)]
    assert sorted(kinds) == ["display_data", "error"]
    assert [kind for kind, _ in run(client, "print(3)")] == ["stream"]
