"""What a replay leaves behind: replay.json, replay.png, and some lines for a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vital_ros.evaluation.report import write_json
from vital_ros.geometry import Pose
from vital_ros.playback.comparison import Comparison
from vital_ros.playback.figure import replay_figure
from vital_ros.playback.recorded import RecordedEpisode


@dataclass(frozen=True)
class Now:
    """What is not compared step by step.

    Attributes:
        policy, execution: who acts and how.
        rate: speed of the replay.
        rule: that stopped the arm, empty if none did.
        ended: outcome and reason of the episode, empty if it did not end by itself.
        target: task's target frame in link_base; None if it was not found.
    """

    policy: str
    execution: str
    rate: float
    rule: str
    ended: str
    target: Pose | None


def report(run_dir: Path, episode: RecordedEpisode, comparison: Comparison, now: Now) -> list[str]:
    """Write the files; the lines to print."""
    bag, then = episode.reader.directory, episode.policy or {}
    moved = 1e3 * now.target.distance(episode.target)[0] if now.target else None
    facts = {
        "bag": str(bag),
        "task": episode.task,
        "rate": now.rate,
        "then": {key: then.get(key) for key in ("name", "execution", "weights_sha256")}
        | {"arm_stopped_by": episode.stopped()},
        "now": {"name": now.policy, "execution": now.execution, "arm_stopped_by": now.rule, "ended": now.ended},
        "localized_again": episode.localizable,
        "target_moved_mm": moved,
    }
    write_json(run_dir / "replay.json", facts | comparison.summary())
    lines = []
    if moved is not None and episode.localizable:
        lines.append(f"localised again: the target is {moved:.3f} mm from where it was")
    if now.rule:
        lines.append(f"the gate stopped the arm: {now.rule}")
    if len(comparison.differences) < comparison.steps and now.ended:
        lines.append(f"the executor ended the episode: {now.ended}")
    picture = ""
    if comparison.differences:
        replay_figure(run_dir / "replay.png", f"{bag.name}: then, and {now.policy} now", comparison)
        picture = f"  Picture: {run_dir / 'replay.png'}"
    return [*lines, *comparison.lines(), f"Run folder: {run_dir}{picture}"]
