"""The check-up on the command line."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from initviz.__main__ import main
from initviz.checkups.command import readable
from initviz.words.rules import SIGNS

pytest.importorskip("torch")

FACTORIES = """
import torch
from torch import nn
X = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
y = torch.arange(16) % 2

def well():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2)), X, y, "cross_entropy"

def ill():
    model = well()[0]
    for p in model.parameters():
        nn.init.zeros_(p)
    return model, X, y

def misfit():
    return well()[0], X[:, :2]

def short():
    return [well()[0]]

def gone():
    raise SystemExit(0)

def bad():
    raise KeyError("two\\nlines")

number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "some_models.py").write_text(FACTORIES)
    (tmp_path / "half_a_module.py").write_text("def f(:")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("some_models", None)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("some_models:well", 0, "No serious finding."),
        ("some_models:ill", 1, "1 serious finding."),
        ("some_models:misfit", 2, "X of shape (16, 2) does not go through the model"),
        ("some_models:short", 2, "short() should return (model, X)"),
        ("some_models.py:well", 2, "as Python imports it, such as mymodels.vision:make"),
        ("some_models:bad", 2, "KeyError"),
        ("some_models:gone", 2, "SystemExit"),
        ("some_models:number", 2, "some_models has no function 'number'"),
        ("some_models:nothing", 2, "some_models has no function 'nothing'"),
        ("some_models", 2, "give module:factory"),
        (":f", 2, "give module:factory"),
        ("no_such_module:f", 2, "No module named 'no_such_module'"),
        ("half_a_module:f", 2, "SyntaxError"),
    ],
)
def test_the_command_line(folder, capsys, address, status, said):
    assert main(["checkup", address]) == status
    out, err = capsys.readouterr()
    assert said in (err if status == 2 else out)
    assert (err.count("\n"), bool(out)) == ((1, False) if status == 2 else (0, True))


def test_the_command_line_for_real(folder):
    run = [sys.executable, "-m", "initviz"]
    done = subprocess.run([*run, "checkup", "some_models:ill"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ serious: All weights of `0` and `2` are 0" in done.stdout
    help_ = subprocess.run([*run, "checkup", "--help"], capture_output=True, text=True)
    assert help_.returncode == 0
    assert "module:factory" in help_.stdout
    assert "exit status" in help_.stdout
    assert subprocess.run(run, capture_output=True).returncode == 2


def test_ci_services_read_the_findings(folder):
    for name, failures in (("well", 0), ("ill", 1)):
        assert main(["checkup", f"some_models:{name}", "--junit", "found.xml"]) == failures
        suite = ElementTree.parse(folder / "found.xml").getroot()
        assert suite.get("failures") == str(failures)
        assert len(suite.findall("testcase")) == int(suite.get("tests", 0)) == len(SIGNS)
        failed = [case.get("name") for case in suite.findall("testcase[failure]")]
        assert failed == ["zeros"] * failures


def test_watch_tells_what_some_steps_make_of_it(folder, capsys):
    assert main(["checkup", "some_models:well", "--watch", "5"]) == 0
    assert "In 5 steps of Adam the loss went from" in capsys.readouterr().out
    assert main(["checkup", "some_models:well", "--watch", "many"]) == 2


def test_what_could_not_be_done_is_an_error_for_ci_too(folder):
    assert main(["checkup", "some_models:bad", "--junit", "found.xml"]) == 2
    (error,) = ElementTree.parse(folder / "found.xml").getroot().iter("error")
    assert "KeyError" in error.get("message", "")


def test_numbers_can_be_read_in_any_encoding():
    assert readable("3·10⁻⁵ ± 2 × 4", "ascii") == "3e-5 +- 2 x 4"
    assert readable("3·10⁻⁵", "utf-8") == "3·10⁻⁵"
