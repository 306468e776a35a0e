"""What a person sees while a deployment runs: one live panel in a terminal, plain lines elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table

from vital_ros.evaluation.report import EpisodeRecord, percentiles


@dataclass
class Progress:
    """State of the running episode, as the executor reports it."""

    episode: int = 0
    episodes: int = 0
    phase: str = "starting"
    step: int = 0
    tactile_norm: float = 0.0
    tactile_limit: float = 1.0
    lateness: float = 0.0
    arm: str = ""
    message: str = ""


class Terminal:
    """Context manager; `update` at each change, `episode` at each end, `error` for faults."""

    def __init__(self, title: str, live: bool, console: Console | None = None):
        self._console = console or Console(highlight=False)
        self._title = title
        self._live = Live(console=self._console, refresh_per_second=8) if live and self._console.is_terminal else None
        self._progress = Progress()
        self._phase = ("", 0)
        self._records: list[EpisodeRecord] = []

    def __enter__(self) -> Terminal:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def update(self, progress: Progress) -> None:
        self._progress = progress
        if self._live:
            self._live.update(self._panel())
        elif (progress.phase, progress.episode) != self._phase:
            counter = f"episode {progress.episode}/{progress.episodes}: " if progress.episode else ""
            self._console.print(
                f"{counter}{progress.phase}{'  ' + progress.message if progress.message else ''}", soft_wrap=True
            )
        self._phase = (progress.phase, progress.episode)

    def episode(self, record: EpisodeRecord) -> None:
        """One line that stays."""
        self._records.append(record)
        colour = "green" if record.success else "red"
        late = percentiles(record.lateness)
        self._console.print(
            f"episode {len(self._records)}  seed {record.seed}  [{colour}]{record.outcome}[/]  {record.reason}  "
            f"{record.steps} steps, {record.phases.get('policy', 0.0):.1f} s"
            + (f", tick late p99 {late['p99_ms']:.1f} ms" if late else "")
            + (f", force max {record.max_force:.0f} N" if record.max_force is not None else ""),
            soft_wrap=True,
        )

    def line(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)

    def error(self, text: str) -> None:
        self._console.print(text, style="bold red", markup=False, soft_wrap=True)

    def _panel(self) -> Panel:
        p = self._progress
        grid = Table.grid(padding=(0, 2))
        grid.add_row("episode", f"{p.episode} of {p.episodes}   successes {sum(r.success for r in self._records)}")
        grid.add_row("phase", f"{p.phase}   step {p.step}")
        touch = Table.grid(padding=(0, 1))
        touch.add_row(
            ProgressBar(total=p.tactile_limit, completed=min(p.tactile_norm, p.tactile_limit), width=30),
            f"{p.tactile_norm:6.0f} of {p.tactile_limit:.0f} uT",
        )
        grid.add_row("touch", touch)
        grid.add_row("tick late", f"{p.lateness * 1e3:6.2f} ms")
        grid.add_row("arm", p.arm)
        if p.message:
            grid.add_row("", p.message)
        return Panel(grid, title=self._title, title_align="left")
