"""What others have written is shown as text: names of layers, and what errors say, are theirs."""

import sys
import unicodedata
from types import ModuleType

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import initviz as iv
from initviz.__main__ import main
from initviz.checkups.coordinates import CoordinateCheck, coordinate_check
from initviz.errors import bad, in_words, printable, tell

# Red letters, a link, a word turned around, the start of the line, and formulas.
EVIL = "\x1b[31m\x1b]8;;http://a/b\x07c\u202egnp\u2066\r\x9b1m\x00\ud800$\\frac$<b>`x`"
NAMES = st.text(min_size=1).filter(lambda name: "." not in name)


def shown_as_text(text: str) -> bool:
    """Whether it has neither controls nor marks that turn a line around, but for new lines."""
    kinds = {unicodedata.category(letter) for letter in text.replace("\n", "")}
    return not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text() | st.text("\x1b\x07\r\n\u202a\u202e\u2066\u2069 a"))
@example(EVIL)
def test_printable_leaves_letters_and_new_lines(text):
    assert shown_as_text(printable(text))
    plain = "".join(letter for letter in text if letter.isprintable() or letter == "\n")
    assert printable(text).replace("\N{REPLACEMENT CHARACTER}", "") == plain.replace("\ufffd", "")
    assert len(printable(text)) == len(text)


@given(st.text())
@example(EVIL)
def test_a_sentence_about_an_argument_is_text(text):
    thing = type("Thing", (), {"__repr__": lambda self: text})()
    for sentence in (bad(text, thing, text), bad("name", text, "give another")):
        assert shown_as_text(str(sentence))


def test_what_is_told_is_one_line_and_not_too_long(capsys):
    tell(f"a\nb\u2028 {EVIL} {'x' * 1000}")
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), shown_as_text(err)) == ("", 1, True)
    assert len(err) == 501
    assert err.startswith("a b ")


def test_nobody_is_told_where_that_cannot_be_done(monkeypatch, capsys):
    class Full:
        def write(self, text):
            raise OSError(28, "No space left on device")

    for stream in (None, Full()):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            tell("something")
    assert capsys.readouterr() == ("", "")


class MuteError(Exception):
    def __str__(self):
        raise SystemExit(0)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\n b"), "a b"),
        (ValueError(), "ValueError"),
        (ValueError(" \n"), "ValueError"),
        (OSError(28, "full"), "[Errno 28] full"),
        (KeyError("a"), "KeyError: 'a'"),
        (SystemExit(0), "SystemExit: 0"),
        (GeneratorExit(), "GeneratorExit"),
        (KeyboardInterrupt(), "stopped"),
        (MuteError(), "MuteError"),
    ],
)
def test_an_error_in_words(error, said):
    assert in_words(error) == said


def sick(torch, name):
    """A model whose layers, all zero, are called so."""
    model = torch.nn.Sequential()
    for n in range(3):
        model.add_module(f"{name}{n}", torch.nn.Linear(4, 4))
    for weights in model.parameters():
        torch.nn.init.zeros_(weights)
    return model


@settings(max_examples=15)
@given(name=NAMES)
@example(name=EVIL)
def test_a_report_shows_names_as_text(torch, name):
    report = iv.checkup(sick(torch, name), torch.ones(8, 4), torch.ones(8, 4), mend=False)
    assert report.serious
    assert shown_as_text(str(report))
    assert shown_as_text(report._repr_html_())
    assert "<b>`" not in report._repr_html_()


@pytest.mark.parametrize("name", [EVIL, "$\\frac$", "a_b^c"])
def test_pictures_show_names_as_they_are(torch, name):
    X = torch.ones(8, 4)
    figure = iv.checkup(sick(torch, name), X, torch.ones(8, 4), mend=False).plot()
    figure.canvas.draw()

    def make(width):
        model = torch.nn.Sequential()
        model.add_module(name, torch.nn.Linear(4, width))
        model.add_module("last", torch.nn.Linear(width, 1))
        return model

    check: CoordinateCheck = coordinate_check(make, [4, 8, 16], X, torch.ones(8), steps=1, seeds=1)
    assert shown_as_text(str(check) + check.verdict + check._repr_html_())


@pytest.mark.parametrize(
    "name", ["first; ran(); x = 0 #", "x=ran();y", "a.b", "a[b", "1", "class", EVIL]
)
def test_a_name_is_never_carried_out(torch, name, monkeypatch):
    """A mend that is tried is a line of Python, in which names stand."""
    ran = []
    monkeypatch.setattr("builtins.ran", lambda: ran.append(1), raising=False)

    class Hidden(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(4, 4)
            setattr(self, name, [torch.nn.Linear(4, 4)])

        def forward(self, x):
            return getattr(self, name)[0](torch.tanh(self.first(x)))

    report = iv.checkup(Hidden(), torch.ones(8, 4).cumsum(0), torch.ones(8, 4))
    assert any(finding.sign == "unlisted" for finding in report.findings)
    assert not ran


@pytest.fixture
def theirs(monkeypatch):
    """A module of somebody else, with functions to be called by the command line."""
    module = ModuleType("theirs")
    monkeypatch.setitem(sys.modules, "theirs", module)
    return module


data = iv.DATASETS["moons"]


def raising(error):
    def make():
        raise error

    return make


def loop():
    return loop()


def printless():
    sys.stdout = sys.stderr = None
    raise KeyError("a")


class Own(BaseException):
    pass


class Exits(tuple):
    def __len__(self):
        sys.exit(0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (raising(SystemExit(0)), "SystemExit: 0"),
        (raising(SystemExit(1)), "SystemExit: 1"),
        (raising(KeyboardInterrupt()), "stopped"),
        (raising(GeneratorExit()), "GeneratorExit"),
        (raising(Own("a\nb")), "Own: a b"),
        (raising(MemoryError()), "MemoryError"),
        (raising(ValueError()), "ValueError"),
        (raising(MuteError()), "MuteError"),
        (raising(BaseExceptionGroup("a", [SystemExit(0)])), "BaseExceptionGroup: a (1 sub"),
        (raising(ValueError(EVIL)), "\ufffd[31m\ufffd]8;;"),
        (loop, "RecursionError: "),
        (printless, "KeyError: 'a'"),
        (lambda: (yield), "make() should return (model, X)"),
        (lambda: None, "make() should return (model, X)"),
        (lambda: Exits((1, 2)), "SystemExit: 0"),
        (lambda: (None, None), "X=None: give a batch"),
        (lambda: (iv.init_network((2, 1)), "abc", [0]), "X"),
        (iv.Network, "TypeError: "),
        (3, "theirs has no function 'make'"),
    ],
)
def test_whatever_a_factory_does_is_told_in_one_sentence(theirs, capsys, tmp_path, make, said):
    theirs.make = make
    assert main(["checkup", "theirs:make", "--junit", str(tmp_path / "found.xml")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), shown_as_text(err)) == ("", 1, True)
    assert err.startswith(f"initviz checkup: theirs:make: {said}")
    assert "<error message=" in (tmp_path / "found.xml").read_text()


@pytest.mark.parametrize("stream", [None, "closed", object()])
def test_the_report_goes_where_it_would_have_gone(theirs, capsys, stream):
    def make():
        sys.stdout = stream
        return iv.init_network((2, 16, 1), "tanh", "zeros"), data.X, data.y

    theirs.make = make
    assert main(["checkup", "theirs:make"]) == 1
    assert "serious: All weights" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["/dev/full", "/proc/found.xml"])
@pytest.mark.skipif(sys.platform != "linux", reason="these places are Linux's")
def test_of_two_failures_the_first_is_told(theirs, capsys, file):
    theirs.make = raising(ValueError("the first"))
    assert main(["checkup", "theirs:make", "--junit", file]) == 2
    assert capsys.readouterr().err == "initviz checkup: theirs:make: the first\n"
    theirs.make = lambda: (iv.init_network((2, 8, 1), "tanh", "glorot_normal"), data.X, data.y)
    assert main(["checkup", "theirs:make", "--junit", file]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("file", ["", "no_folder/found.xml", "."])
def test_where_the_findings_cannot_go_is_found_first(theirs, capsys, file):
    theirs.make = raising(AssertionError("called"))
    assert main(["checkup", "theirs:make", "--junit", file]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), "called" in err) == ("", 1, False)


@given(st.lists(st.text().filter(lambda word: not word.startswith("-") and ":" not in word)))
@example([EVIL])
@example(["checkup", EVIL])
@example(["checkup", "a\nb:c\rd"])
@example(["checkup", f"{'x' * 5000}:f"])
@example(["checkup", ".a:b"])
@example(["checkup", "a\ud800:b"])
@example(["checkup", "a:b", "--watch", EVIL])
@example(["checkup", "a:b", f"--{EVIL}{'x' * 5000}"])
@example(["notebooks", f"/dev/null/{EVIL}"])
@example(["papers", EVIL])
def test_words_that_mean_nothing_get_one_sentence(words):
    with pytest.MonkeyPatch.context() as patch:
        said = []
        stream = type("Stream", (), {"write": lambda s, t: said.append(t), "flush": lambda s: None})
        patch.setattr(sys, "stderr", stream())
        assert main(words) == 2
    assert (len(said), said[0].count("\n"), shown_as_text(said[0])) == (1, 1, True)
    assert len(said[0]) <= 501
