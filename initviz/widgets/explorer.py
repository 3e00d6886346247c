"""The explorers: move a slider, and whole networks are drawn and trained again."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from io import BytesIO
from threading import RLock

import ipywidgets as w
from PIL import Image

from ..errors import bad, one_of
from ..plots import Scene, picture
from ..training.blas import one_blas_thread
from ..training.experiment import Experiment
from ..training.run import Run
from ..training.train import stream
from ..words.compare import comparable, compare
from .controls import Control, Controls
from .live_figure import LiveFigure
from .trainer import Trainer

WIDE = {"max_width": "1100px"}
LINK = 'style="text-decoration: underline"'
FADED = '<div style="opacity: 0.35">'
# The number beside a slider looks as if it could be typed into, which it cannot.
CSS = """<style>
.initviz .widget-readout { pointer-events: none; -webkit-user-modify: read-only; min-width: 44px; }
</style>"""
STYLE = 'style="line-height: 1.45; margin: 2px 0; font-size: 14px"'


@dataclass(frozen=True)
class Chapter:
    """What one explorer has of its own; all else is common.

    name: what it is called, beside "initviz" and "explorer"; empty for the main one.
    start: the settings that it opens on.
    lead: the one or two controls that it is about; others: the rest of them.
    scene: the picture.
    explain(run, epoch): what the picture shows, in a few plain sentences.
    compare(run, pinned): a sentence on the pinned run, beginning with "Pinned:".
    stream: what trains an experiment, and gives what the scene draws.
    player: whether there are moments of the training to move through.
    """

    name: str
    start: Experiment
    lead: Sequence[Control]
    others: Sequence[Control]
    scene: type[Scene]
    explain: Callable[[Run, int], str]
    compare: Callable[[Run, Run], str] = compare
    stream: Callable[..., Iterator[Run | None]] = stream
    player: bool = True


class Explorer(w.VBox):
    """Controls, the picture, and what it says in words.

    experiment: where it starts; None is where the chapter does.
    settings: fields of ``Experiment`` to change in it, such as ``scale=10`` or ``dataset="xor"``.

    run: the run in the picture. experiment: its settings. pinned: the run kept to compare with.
    controls, picture, epoch, play, pin, reset, export, words, links: its parts.
    """

    def __init__(self, chapter: Chapter, experiment: Experiment | None = None, **settings) -> None:
        """Raises ValueError naming a setting that is wrong or that no control can show."""
        start = _starting_point(chapter, experiment, settings)
        self.chapter = chapter
        self.run: Run | None = None
        self.pinned: Run | None = None
        self._start = start
        self._drawing = RLock()  # training, scrubbing and pinning all draw, on several threads
        self._following = True  # the picture shows the last epoch, whatever number that is
        self._resting = True  # no setting has changed for a moment, so the words are of this run
        self._moving_epoch = False
        self._figure = LiveFigure(chapter.scene)
        self.picture = self._figure.picture
        self._trainer = Trainer(
            chapter.stream, self._on_wait, self._on_run, self._on_rest, self._on_failure
        )
        self.controls = Controls(start, chapter.lead, chapter.others, self._trainer.start)
        self.words = w.HTML(layout={**WIDE, "min_height": "84px"})
        self.links = w.HTML()
        super().__init__(
            [
                self.controls.box,
                self.picture,
                w.HBox(self._make_row(), layout=WIDE),
                self.words,
                self.links,
                w.HTML(CSS, layout={"display": "none"}),
            ]
        )
        self.add_class("initviz")
        self._failure: Exception | None = None
        self._trainer.run(start)
        if self._failure is not None:
            raise self._failure

    @property
    def experiment(self) -> Experiment:
        return self.run.experiment

    def _make_row(self) -> list[w.Widget]:
        """What stands below the picture: the player, where there is something to play; buttons."""
        player, actions = self._make_player(), self._make_actions()
        return [*player, *actions] if self.chapter.player else actions

    def _make_player(self) -> list[w.Widget]:
        """The epoch slider with Play: through the finished training, without training again."""
        tooltip = "The moment of the training that the picture shows"
        self.epoch = w.IntSlider(
            min=0, description="epoch", tooltip=tooltip, layout={"flex": "1 1 auto"}
        )
        self.epoch.style.description_width = "48px"
        self.play = w.Play(
            interval=80,
            show_repeat=False,
            tooltip="Run through the training",
            layout={"width": "80px"},
        )
        w.jslink((self.play, "value"), (self.epoch, "value"))
        self.epoch.observe(self._on_epoch, "value")
        return [self.play, self.epoch]

    def _make_actions(self) -> list[w.Widget]:
        self.pin = w.ToggleButton(
            description="Pin", tooltip="Keep this run as an outline, to compare the next ones with"
        )
        self.reset = w.Button(description="Reset", tooltip="Back to the settings of the start")
        self.export = w.Button(
            description="Export", tooltip="Links to save the picture, the run and the settings"
        )
        for button in (self.pin, self.reset, self.export):
            button.layout.width = "76px"
        self.pin.observe(self._on_pin, "value")
        self.reset.on_click(self._on_reset)
        self.export.on_click(self._on_export)
        return [self.pin, self.reset, self.export]

    def _on_wait(self) -> None:
        """Training has begun, and not even the first epoch is done."""
        self._say("Training…")

    def _on_run(self, run: Run) -> None:
        """A run has come from training: whole, or as far as it has got."""
        with self._drawing:
            self.run = run
            self._move_epoch()
            self._draw(sharp=False)
            self.pin.disabled = not (run.finished or self.pin.value)
            if not self._resting:
                self._fade()
            self._resting = False
            if not run.finished:
                self._say(f"Training… {run.progress}.")

    def _on_rest(self) -> None:
        """The hand rests: now the picture may take its time, and there is time to read."""
        with self._drawing:
            self._resting = True
            self._draw()
            self._speak()

    def _on_failure(self, error: Exception) -> None:
        self._failure = error
        reason = str(error) or type(error).__name__
        self._say(f"This cannot be trained, and the picture is the last one that could. {reason}")

    def _on_epoch(self, change) -> None:
        with self._drawing:
            if not self._moving_epoch:
                self._following = self.epoch.value >= self.run.epoch
                self._draw()
                self._speak()

    def _on_pin(self, change) -> None:
        with self._drawing:
            self.pinned = self.run if self.pin.value else None
            self.pin.description = "Unpin" if self.pin.value else "Pin"
            self._draw()
            self._speak()

    def _on_reset(self, button) -> None:
        self.pin.value = False
        self.play.playing = False
        self._following = True
        self.controls.set(self._start)
        self._trainer.start(self._start)

    def _on_export(self, button) -> None:
        """Make the three files here, as links that hold them, so that no server is needed."""
        with self._drawing:
            files = {
                "picture.png": ("image/png", self._png()),
                "run.csv": ("text/csv", self.run.to_csv().encode()),
                "settings.json": ("application/json", self.experiment.to_json().encode()),
            }
            self.links.value = "save: " + " · ".join(
                f'<a {LINK} download="initviz-{name}" '
                f'href="data:{kind};base64,{_base64(content)}">{name}</a>'
                for name, (kind, content) in files.items()
            )

    def _draw(self, sharp: bool = True) -> None:
        self.links.value = ""  # they would hold another picture
        with one_blas_thread:
            self._figure.draw(self.run, self._shown_epoch, self._comparable_pin(), sharp)

    def _speak(self) -> None:
        """Say in words what the picture shows, under it and as its text alternative."""
        words = [self.chapter.explain(self.run, self._shown_epoch)]
        if self.pinned is not None:
            words.append(self.chapter.compare(self.run, self.pinned))
        self._say(*words)

    def _fade(self) -> None:
        """The words are of the run before; they come back when the hand rests."""
        if not self.words.value.startswith(FADED):
            self.words.value = f"{FADED}{self.words.value}</div>"

    def _say(self, *words: str) -> None:
        self.words.value = "".join(f"<p {STYLE}>{html.escape(text)}</p>" for text in words)
        self.picture.tooltip = " ".join(words)

    @property
    def _shown_epoch(self) -> int:
        return self.run.snapshot_at(min(self.epoch.value, self.run.epoch))

    def _move_epoch(self) -> None:
        """Give the epoch slider the length of the run; it stays at the end if it was there."""
        last = self.run.experiment.epochs
        self._following |= self.epoch.value >= last
        with self._moving():
            self.epoch.max = self.play.max = last
            self.play.step = max(1, last // 50)
            if self._following:
                self.epoch.value = self.run.epoch

    @contextmanager
    def _moving(self):
        """While we move the epoch slider ourselves, it does not draw."""
        self._moving_epoch = True
        try:
            yield
        finally:
            self._moving_epoch = False

    def _comparable_pin(self) -> Run | None:
        """The pinned run, where it learns the same data by the same loss."""
        return self.pinned if self.pinned and comparable(self.run, self.pinned) else None

    def _png(self) -> bytes:
        file = BytesIO()
        pinned = self._comparable_pin()
        figure = picture(self.chapter.scene, self.run, self._shown_epoch, pinned)
        figure.savefig(file, format="png")
        return in_few_colours(file)

    def __repr__(self) -> str:
        return " ".join(("initviz", *self.chapter.name.split(), "explorer"))

    def _repr_mimebundle_(self, **kwargs) -> dict:
        """The living widget, and a picture of it for where no kernel runs."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        with self._drawing:
            picture = _base64(self._png())
        return {**bundle, "text/plain": repr(self), "image/png": picture}


def _starting_point(chapter: Chapter, experiment: Experiment | None, settings: dict) -> Experiment:
    if not isinstance(experiment, Experiment | None):
        raise bad("experiment", experiment, "give an initviz.Experiment")
    names = [field.name for field in fields(Experiment)]
    known = {one_of("setting", name, names): value for name, value in settings.items()}
    return replace(experiment or chapter.start, **known)


def in_few_colours(png: BytesIO) -> bytes:
    """The same picture at a third of the bytes: a saved notebook holds several."""
    small = BytesIO()
    colours = Image.open(png).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    colours.save(small, "PNG", optimize=True)
    return small.getvalue()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
