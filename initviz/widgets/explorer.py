"""The explorers: move a slider, and whole networks are drawn and trained again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as w

from ..errors import bad, in_words
from ..plots import picture
from ..plots.style import png
from ..training.blas import one_blas_thread
from ..training.experiment import Experiment
from ..training.place import place
from ..training.run import Run
from ..words.common import comparable
from ..words.text import escaped
from .controls import Controls
from .live_figure import LiveFigure
from .panel import ROW, WIDE, Panel, button, close_all, in_few_colours, link_to, unfolding
from .trainer import Trainer
from .versions import give_tip

if TYPE_CHECKING:
    from .chapter import Chapter

FADED = '<div style="opacity: 0.35">'


# An explorer trains and draws at every move of a hand.
MOST = {"restarts": 10_000, "epochs": 100_000}
DEEPEST = 500  # hidden layers


def _check_size(start: Experiment) -> None:
    """ValueError for what is too much to be trained and drawn again and again."""
    for name, most in MOST.items():
        if getattr(start, name) > most:
            raise bad(name, getattr(start, name), f"an explorer takes at most {most:,}")
    if len(start.hidden_layers) > DEEPEST:
        layers = f"{len(start.hidden_layers):,} layers"
        raise bad("hidden_layers", layers, f"an explorer takes at most {DEEPEST}")


class Explorer(Panel):
    """Controls, the picture, and what it says in words. A ``Chapter`` opens it.

    run: the run in the picture. experiment: its settings. pinned: the run kept to compare with.
    controls, picture, epoch, play, pin, reset, more, export, words, links: its parts.
    settings: what is folded away until ``more`` is pressed.
    """

    run: Run

    def __init__(self, chapter: Chapter, start: Experiment) -> None:
        """Raises ValueError for a setting that no control can show, or that cannot be trained.

        chapter: what it shows; ``Chapter.part`` has less of it.
        """
        _check_size(start)
        self.chapter = chapter
        self.called = " ".join(("initviz", *chapter.name.split(), "explorer"))
        self.pinned: Run | None = None
        self._start = start
        self._following = True  # the picture shows the last epoch, whatever number that is
        self._resting = True  # no setting has changed for a moment, so the words are of this run
        self._moving_epoch = False
        self._failure: BaseException | None = None
        self._caution = ""  # why the run is not the one that was asked for, or not whole
        told = (self._on_wait, self._on_run, self._on_rest, self._on_failure)
        self._trainer = Trainer(chapter.stream, *told)
        self._drawing = self._trainer.calling  # scrubbing and pinning draw, on another thread
        self.controls = Controls(start, chapter.lead, chapter.others, self._trainer.start)
        self._figure = LiveFigure(chapter.scene)
        self.picture = self._figure.picture
        self.words, self.links = w.HTML(layout={**WIDE, "min_height": "84px"}), w.HTML()
        player, buttons = self._make_player(), self._make_buttons()
        self.settings = w.VBox([self.controls.more, self.export, self.links], layout=WIDE)
        tooltip = "All other settings, other random weights, and files to keep"
        self.more = unfolding(self.settings, tooltip)
        buttons = [*buttons, self.more]
        row = w.HBox([*player, *buttons] if chapter.player else buttons, layout=ROW)
        parts = [self.controls.box, self.picture, row, self.settings, self.words]
        super().__init__(parts)
        self._trainer.run(start)
        if self._failure is not None:
            self.close()
            raise self._failure

    def close(self) -> None:
        """Let go of everything: the thread, the runs, the pictures and every widget."""
        if self.comm is None:
            return
        self._trainer.close()
        with self._drawing:
            close_all((self._link, self.play, self.epoch))
            super().close()
            self._figure.close()
            self.pinned = None
            vars(self).pop("run", None)  # there is none where nothing could be trained

    @property
    def experiment(self) -> Experiment:
        return self.run.experiment

    def train(self, experiment: Experiment) -> None:
        """Train another one, and show it."""
        self._trainer.start(experiment)

    def take_words(self) -> list[w.Widget]:
        """The sentences, for another place than under the picture: whoever takes them closes them.
        They stay the picture's text alternative."""
        self.children = [child for child in self.children if child is not self.words]
        return [self.words]

    def _make_player(self) -> list[w.Widget]:
        self.epoch = w.IntSlider(min=0, description="epoch")
        give_tip(self.epoch, "The moment of the training that the picture shows")
        self.epoch.layout.flex, self.epoch.style.description_width = "1 1 auto", "48px"
        self.play = w.Play(interval=80, show_repeat=False)
        give_tip(self.play, "Run through the training")
        self.play.layout.width = "80px"
        self._link = w.jslink((self.play, "value"), (self.epoch, "value"))
        self.epoch.observe(self._on_epoch, "value")
        return [self.play, self.epoch]

    def _make_buttons(self) -> list[w.Widget]:
        tooltip = "Keep this run as an outline, to compare the next ones with"
        self.pin = w.ToggleButton(description="Pin", tooltip=tooltip, layout={"width": "76px"})
        self.pin.observe(self._on_pin, "value")
        self.reset = button("Reset", "Back to the settings of the start", "76px", self._on_reset)
        links = "Links to save the picture, the run and the settings"
        self.export = button("Export", links, "76px", self._on_export)
        return [self.pin, self.reset]

    # The trainer holds the lock while it calls one of these four.

    def _on_wait(self) -> None:
        self._say("Training…")

    def _on_run(self, run: Run) -> None:
        self.run, self._caution = run, ""
        self._move_epoch(run.experiment.epochs)
        self._draw(sharp=False)
        self.pin.disabled = not (run.finished or self.pin.value)
        if not (self._resting or self.words.value.startswith(FADED)):
            # The words are of the run before; they come back when the hand rests.
            self.words.value = f"{FADED}{self.words.value}</div>"
        self._resting = False
        if not run.finished:
            self._say(f"Training… {run.progress}.")

    def _on_rest(self) -> None:
        self._resting = True
        if not self.run.finished:
            why = f"{place().name} shows nothing new while networks train"
            cut = f"Given up at {self.run.progress}: {why}, so long runs are cut short."
            self._caution = f"{cut} Fewer epochs or restarts get to the end."
            self._move_epoch(self.run.epoch)
        self._show()

    def _on_failure(self, error: BaseException) -> None:
        self._failure = error
        why = "This cannot be trained, and the picture is the last one that could."
        self._caution = f"{why} {in_words(error)}"
        self._say(self._caution)

    def _on_epoch(self, change) -> None:
        with self._drawing:
            if not self._moving_epoch:
                self._following = self.epoch.value >= self.run.epoch
                self._show()

    def _on_pin(self, change) -> None:
        with self._drawing:
            self.pinned = self.run if self.pin.value else None
            self.pin.description = "Unpin" if self.pin.value else "Pin"
            self._show()

    def _on_reset(self, button) -> None:
        self.pin.value = False
        self.play.playing = False
        self._following = True
        self.controls.set(self._start)
        self._trainer.start(self._start)

    def _on_export(self, button) -> None:
        """Make the three files here, as links that hold them, so that no server is needed; and the
        line of Python that opens this explorer again."""
        with self._drawing:
            files = {
                "picture.png": ("image/png", self._png()),
                "run.csv": ("text/csv", self.run.to_csv().encode()),
                "settings.json": ("application/json", self.experiment.to_json().encode()),
            }
            links = (link_to(f"initviz-{name}", *file, name) for name, file in files.items())
            line = escaped(self.chapter.line_for(self.experiment))
            self.links.value = f"save: {' · '.join(links)}<br>open again: <code>{line}</code>"

    def _draw(self, sharp: bool = True) -> None:
        self.links.value = ""  # they would hold another picture
        with one_blas_thread:
            self._figure.draw(self.run, self._shown_epoch, self._comparable_pin(), sharp)

    def _show(self) -> None:
        """The picture, and in words what it shows, under it and as its text alternative."""
        self._draw()
        words = [self._caution] if self._caution else []
        words.append(self.chapter.explain(self.run, self._shown_epoch))
        if self.pinned is not None:
            words.append(self.chapter.compare(self.run, self.pinned))
        self._say(*words)

    @property
    def _shown_epoch(self) -> int:
        return self.run.snapshot_at(min(self.epoch.value, self.run.epoch))

    def _move_epoch(self, last: int) -> None:
        """Let the epoch slider go to the last one; it stays at the end if it was there."""
        self._following |= self.epoch.value >= last
        self._moving_epoch = True  # and so the slider does not draw
        try:
            self.epoch.max = self.play.max = last
            self.play.step = max(1, last // 50)
            if self._following:
                self.epoch.value = self.run.epoch
        finally:
            self._moving_epoch = False

    def _comparable_pin(self) -> Run | None:
        return self.pinned if self.pinned and comparable(self.run, self.pinned) else None

    def _png(self) -> bytes:
        with self._drawing:
            pinned = self._comparable_pin()
            figure = picture(self.chapter.scene, self.run, self._shown_epoch, pinned)
        return in_few_colours(png(figure))
