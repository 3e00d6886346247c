"""No notebook gives a prediction's answer away, and each of them can be tried or is shown."""

import re
from pathlib import Path

import nbformat
import pytest

from initviz.words import questions

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
ASKED = re.compile(r"iv\.predict\(\s*\"(\d\d\.\w+)\"")
FOLD = re.compile(r"<details>\s*(?:<summary>(.*?)</summary>)?.*?</details>", re.DOTALL)
# What may stand open below a question: another one, and what the reader is to write.
QUESTION = re.compile(r"iv\.(predict|reflect|check|survey)\(")
WORDS = 4  # of an option that no other sentence has by chance

# What a folded cell must not begin with: JupyterLab shows its first line.
TELLING = re.compile(r"assert\b|print\(|iv\.check\(")


def read(path):
    return nbformat.read(path, 4).cells


def named(cells):
    """The name of the prediction that each cell asks, or None."""
    found = [ASKED.search(cell.source) if cell.cell_type == "code" else None for cell in cells]
    return [match and match[1] for match in found]


def folded(cell):
    """Whether neither its code nor what it prints is seen before somebody unfolds it."""
    hidden = cell.metadata.get("jupyter", {})
    return bool(hidden.get("source_hidden")) and (
        bool(hidden.get("outputs_hidden")) or not cell.outputs
    )


def plain(text):
    return re.sub(r"\W+", " ", text).casefold().strip()


def unfolded(text):
    """What of it is in sight: of a fold, its summary."""
    return FOLD.sub(lambda fold: fold[1] or "", text)


def told(cell):
    """What of a cell can be read without unfolding anything, but for its source."""
    if cell.cell_type == "markdown":
        return unfolded(cell.source)
    if folded(cell):
        return ""
    texts = [text for output in cell.outputs for text in written(output)]
    return "\n".join(re.sub(r"<[^>]+>", " ", unfolded(text)) for text in texts)


def written(output):
    """The texts of an output, as page, too."""
    data = output.get("data", {})
    texts = [
        output.get("text"),
        *(data.get(f"text/{kind}") for kind in ("plain", "html", "markdown")),
    ]
    return ["".join(text) for text in texts if text]


def prints(cell):
    """Whether it shows more, without unfolding anything, than the question that it asks."""
    return not folded(cell) and any(
        output.output_type != "execute_result" for output in cell.outputs
    )


def below(cells, start):
    """The cells after a question and before the next heading, with what stands over it."""
    for cell in cells[start + 1 :]:
        heading = cell.cell_type == "markdown" and re.search(r"^#", told(cell), re.MULTILINE)
        if heading:
            yield nbformat.v4.new_markdown_cell(told(cell)[: heading.start()])
            return
        yield cell


def open_below(cells, start):
    """Of these cells, the sources of those that show something unasked."""
    for cell in below(cells, start):
        if cell.cell_type == "markdown":
            # A line that leads to the fold below it is no answer.
            if len(told(cell).split()) > 40:
                yield cell.source
        elif QUESTION.search(cell.source):
            if not cell.metadata.get("jupyter", {}).get("source_hidden") or prints(cell):
                yield cell.source
        elif not folded(cell):
            yield cell.source


def telling_below(cells, start):
    """Of these cells, the first lines that a fold leaves in sight and that say what comes out."""
    code = (cell.source for cell in below(cells, start) if cell.cell_type == "code")
    return [
        first for first in (source.split("\n", 1)[0] for source in code) if TELLING.match(first)
    ]


def faults(cells):
    """What a reader meets before the reveal that should come after it, in words."""
    found = []
    for number, name in enumerate(named(cells)):
        if name is None:
            continue
        asked, source = questions.prediction(name), cells[number].source
        if asked.explorer is None and "picture" not in source and not re.search(r",\s*\w", source):
            found.append(f"{name}: nothing to try, and no picture")
        if not cells[number].metadata.get("jupyter", {}).get("source_hidden"):
            found.append(f"{name}: its source is not folded")
        if prints(cells[number]):
            found.append(f"{name}: its cell shows more than the question")
        found += [f"{name}: shown before the reveal: {text}" for text in open_below(cells, number)]
        found += [
            f"{name}: a fold leaves in sight: {line}" for line in telling_below(cells, number)
        ]
        reasons = [plain(text) for text in (asked.why, *asked.wrong.values()) if text]
        right = plain(asked.options[asked.answer])
        if len(right.split()) >= WORDS:
            others = [cell for cell in cells if not named([cell])[0]]  # which list options
            shown = [told(cell) for cell in others]
            shown += [cell.source for cell in others if cell.cell_type == "code"]
            found += [
                f"{name}: the right option stands in: {t}" for t in shown if right in plain(t)
            ]
        for cell in cells:
            if any(reason in plain(cell.source) for reason in reasons):
                found.append(f"{name}: the answer stands in a source: {cell.source}")
            if any(reason in plain(told(cell)) for reason in reasons):
                found.append(f"{name}: the answer stands in an output: {told(cell)}")
    return found


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_gives_an_answer_away_before_the_reveal(path):
    assert faults(read(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_title_does_not_take_for_granted_what_is_to_be_found_out(path):
    title = read(path)[0].source.partition("\n")[0]
    assert not re.match("# Why (do|does|is|are) ", title)


def test_every_prediction_is_asked_once_and_in_its_own_notebook():
    asked = {path.stem[:2]: [n for n in named(read(path)) if n] for path in NOTEBOOKS}
    assert all(name.startswith(number) for number, names in asked.items() for name in names)
    assert sorted(name for names in asked.values() for name in names) == sorted(
        questions.names("predict")
    )


@pytest.fixture
def cells():
    """A section of a notebook as it should be: question, fold, check."""
    new, fold = nbformat.v4, {"jupyter": {"source_hidden": True, "outputs_hidden": True}}
    hide = {"jupyter": {"source_hidden": True}}
    printed = [nbformat.v4.new_output("stream", text="0 of 64 learn")]
    return [
        new.new_markdown_cell("## Small weights\n\nLook."),
        new.new_code_cell('iv.predict("00.tiny")', metadata=hide),
        new.new_markdown_cell("<details><summary>What you saw</summary>\n\nSilence.\n\n</details>"),
        new.new_code_cell("# Folded: of 64.\nprint(2)", metadata=fold, outputs=printed),
        new.new_code_cell('iv.reflect("00.silence")', metadata=hide),
        new.new_markdown_cell("## Next\n\nHere text may stand open again."),
    ]


def test_a_section_as_it_should_be_has_no_fault(cells):
    assert faults(cells) == []


@pytest.mark.parametrize("key", ["source_hidden", "outputs_hidden"])
def test_a_check_that_is_not_folded_is_a_fault(cells, key):
    cells[3].metadata["jupyter"][key] = False
    assert "shown before the reveal" in faults(cells)[0]


def test_an_open_explanation_is_a_fault(cells):
    cells[2].source = "What you saw: " + 41 * "silence "
    assert "shown before the reveal" in faults(cells)[0]


@pytest.mark.parametrize("line", ["assert not learnt.any()", "print(0)", "iv.check(0, learnt)"])
def test_a_first_line_that_tells_is_a_fault_though_its_cell_is_folded(cells, line):
    cells[3].source = f"{line}\nassert True"
    assert faults(cells) == [f"00.tiny: a fold leaves in sight: {line}"]
    cells[3].source = f"# Of 64 networks.\n{line}"
    assert faults(cells) == []
    cells.insert(1, cells.pop(3))  # above the question it is another one's
    assert not any("leaves in sight" in fault for fault in faults(cells))


def test_an_answer_in_a_source_or_in_an_output_is_a_fault(cells):
    why = questions.prediction("00.tiny").why
    cells[0].source += f"\n\n{why}"
    assert "stands in" in faults(cells)[0]


def test_an_explanation_over_the_next_heading_is_a_fault(cells):
    cells[5].source = f"What you saw: {41 * 'silence '}\n\n{cells[5].source}"
    assert "shown before the reveal" in faults(cells)[0]


@pytest.mark.parametrize(
    "text",
    [
        "## Tiny weights learn nothing at all",
        "<details><summary>They learn nothing at all</summary>\n\nSilence.\n\n</details>",
        "They **learn** nothing at all.",
    ],
)
@pytest.mark.parametrize("place", [0, 2, 5])
def test_the_right_option_in_a_heading_a_text_or_over_a_fold_is_a_fault(cells, text, place):
    cells[place].source = text
    assert "00.tiny: the right option stands in: " in faults(cells)[0]


def test_the_right_option_printed_above_its_question_is_a_fault(cells):
    told = nbformat.v4.new_output("display_data", {"text/html": "<td>learn</td> nothing at all"})
    cells.insert(1, nbformat.v4.new_code_cell("show()", outputs=[told]))
    assert "00.tiny: the right option stands in: " in faults(cells)[0]


@pytest.mark.parametrize("number", [1, 4])
def test_a_question_whose_cell_prints_something_is_a_fault(cells, number):
    cells[number].outputs = [nbformat.v4.new_output("stream", text="0 of 64")]
    assert len(faults(cells)) == 1


def test_a_question_with_nothing_to_try_is_a_fault(cells, monkeypatch):
    from dataclasses import replace

    bare = replace(questions.prediction("00.tiny"), explorer=None)
    monkeypatch.setattr(questions, "prediction", lambda name: bare)
    assert faults(cells) == ["00.tiny: nothing to try, and no picture"]


def test_a_question_whose_source_is_open_is_a_fault(cells):
    cells[1].metadata = {}
    assert faults(cells) == ["00.tiny: its source is not folded"]
