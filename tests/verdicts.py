"""All results of the papers: tiny jobs, and the verdict and the picture of made-up numbers."""

import json

from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg

from initviz import papers
from initviz.papers.report import row
from initviz.plots.style import styled

RESULTS = {result.name: result for result in papers.results()}

# What makes a job of each result a matter of a moment.
TINY = {
    "xor-no-minimum": {"epochs": 320, "restarts": 4},
    "xor-restarts": {"kind": "nearly equal", "restarts": 3, "epochs": 20},
    "glorot-figure-2": {"epochs": 2, "samples": 100, "units": 10},
    "glorot-figure-3": {"epochs": 2, "samples": 100, "units": 10},
    "glorot-figure-6": {"units": 20},
    "glorot-figure-7": {"units": 20},
    "glorot-figure-8": {"units": 20},
    "glorot-jacobian": {"units": 20},
    "glorot-table-1": {"epochs": 1, "units": 10, "restarts": 2},
    "saxe-learning-time": {"samples": 60, "steps": 30, "rate": 0.01},
    "he-depth": {"layers": 4, "units": 8, "epochs": 2, "restarts": 2},
    "he-fixed": {"units": [20, 30]},
    "ioffe-batch-norm": {"epochs": 1, "restarts": 2},
    "mishkin-lsuv": {"samples": 60, "units": 8, "layers": 3, "epochs": 2},
    "schoenholz-trainable-depth": {"depth": 2, "restarts": 2, "width": 8, "images": 200},
    "hanin-lengths": {"widths": [3, 4], "networks": 30},
    "yang-batch-norm": {"width": 12, "layers": 8, "networks": 2},
    "lu-born-dead": {"width": 2, "depth": 3, "networks": 30},
    "frankle-tickets": {"samples": 120, "units": [8, 6], "restarts": 4},
    "rezero-depth": {"layers": 3, "units": 8, "samples": 60, "epochs": 2, "restarts": 2},
    "sitzmann-sums": {"width": 12, "layers": 9},
    "sitzmann-fit": {"units": [4], "every": 1},
    "luo-condensation": {"width": 10, "epochs": 40},
    "cohen-edge": {"units": 4, "epochs": 50},
    "yang-hu-transfer": {"width": 4, "samples": 60, "epochs": 1, "restarts": 2},
    "hayou-lora": {"width": 6, "samples": 8, "steps": [1, 2], "networks": 2},
    "ainsworth-barrier": {"width": 4, "samples": 60},
}


def drawn(name, measured):
    """The verdict, which the row tells; and the picture is drawn, and its every text legible."""
    result, measured = RESULTS[name], json.loads(json.dumps(measured, allow_nan=False))
    with styled():
        figure = result.study.draw(measured)
        FigureCanvasAgg(figure)
        if figure.get_layout_engine() is None:  # saved pictures are cut to fit, as wide as needed
            figure.subplots_adjust(left=0.2, right=0.84, bottom=0.25, top=0.85)
        assert_legible(figure)
    verdict = result.study.conclude(measured)
    assert f"agrees: {verdict.agrees}" in row(result, verdict)
    return verdict
