"""What a person reads: plain lines without a terminal, one panel with one."""

import io

from rich.console import Console

from vital_ros.console.terminal import Progress, Terminal
from vital_ros.evaluation.report import EpisodeRecord


def plain():
    return Console(file=io.StringIO(), width=200, highlight=False)


def test_plain_lines_tell_each_phase_once():
    console = plain()
    with Terminal("vital_ros", live=True, console=console) as terminal:
        for step in range(5):
            terminal.update(Progress(1, 2, "local policy", step))
        terminal.update(Progress(2, 2, "local policy", 0))
    lines = console.file.getvalue().splitlines()
    assert lines == ["episode 1/2: local policy", "episode 2/2: local policy"]


def test_an_episode_leaves_one_line_with_its_figures():
    console = plain()
    record = EpisodeRecord(
        7, "failure", "force", steps=12, phases={"policy": 2.0}, lateness=[0.001, 0.002], max_force=41.2
    )
    with Terminal("vital_ros", live=False, console=console) as terminal:
        terminal.episode(record)
    line = console.file.getvalue()
    assert line.count("\n") == 1
    for part in ("seed 7", "failure", "force", "12 steps, 2.0 s", "tick late p99 2.0 ms", "force max 41 N"):
        assert part in line


def test_errors_are_shown_to_the_letter():
    console = plain()
    with Terminal("vital_ros", live=False, console=console) as terminal:
        terminal.error("anyskin: port [/dev/ttyACM0] is missing")
    assert console.file.getvalue() == "anyskin: port [/dev/ttyACM0] is missing\n"


def test_live_panel_shows_phase_touch_and_lateness():
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with Terminal("vital_ros: Key in lock", live=True, console=console) as terminal:
        terminal.update(Progress(1, 3, "local policy", 17, 123.0, 600.0, 0.0012, "moving"))
    shown = console.file.getvalue()
    for part in ("Key in lock", "local policy   step 17", "123 of 600 uT", "1.20 ms", "moving"):
        assert part in shown
