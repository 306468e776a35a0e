"""A whole folder of demonstrations, on all cores."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from vital_ros.augmentation.backends import OFFLINE
from vital_ros.augmentation.masks import FOLDER
from vital_ros.augmentation.pipeline import EpisodeResult, Settings, Stages, process_episode
from vital_ros.augmentation.report import write_report
from vital_ros.bags import EpisodeError, EpisodeReader, episode_directories
from vital_ros.workers import Workers


@dataclass
class FolderResult:
    """What became of a folder."""

    results: list[EpisodeResult] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Recordings that could not be used, by name, and why."""
    report: dict[str, Any] = field(default_factory=dict)


def episodes_of(demos: Path) -> tuple[str, list[Path], dict[str, str]]:
    """The task, the successful episodes in the order of their names, and those that cannot be used with the reason.

    Raises:
        EpisodeError: there is none.
    """
    task, usable, bad = "", [], {}
    for folder in episode_directories(demos):
        try:
            facts = EpisodeReader(folder).metadata
        except EpisodeError as error:
            bad[folder.name] = str(error)
            continue
        if not facts.get("success"):
            continue
        if not isinstance(facts.get("task"), str):
            bad[folder.name] = f"{folder}: its metadata names no task"
            continue
        task = task or facts["task"]
        if facts["task"] == task:
            usable.append(folder)
        else:
            bad[folder.name] = f"{folder} is of task {facts['task']!r}, not {task!r}"
    if not usable:
        raise EpisodeError(next(iter(bad.values()), f"no successful episode in {demos}"))
    return task, usable, bad


def process_folder(
    demos: Path,
    settings: Settings,
    *,
    count: int | None = None,
    truth: bool = False,
    processes: int = 1,
    on_episode: Callable[[str, EpisodeResult | None], None] = lambda name, result: None,
) -> FolderResult:
    """Make the masks that are not there yet, of the first `count` episodes or all, and write the report.

    Args:
        on_episode: called with each name when it is done; None stands for a recording that cannot be used.

    Raises:
        EpisodeError: there is no episode, or a process that worked on one has died. OSError: nothing can be written.
        ConfigError: a backend cannot be had.
    """
    start = time.monotonic()
    _, folders, bad = episodes_of(demos)
    done = FolderResult(skipped=bad)
    stages = Stages.make(settings)
    _clean(demos)

    def take(name: str, result: EpisodeResult | str) -> None:
        if isinstance(result, str):
            done.skipped[name] = result
        else:
            done.results.append(result)
        on_episode(name, None if isinstance(result, str) else result)

    folders = folders[:count]
    try:
        if processes == 1 or not set(settings.names()) <= set(OFFLINE):
            for folder in folders:  # a network uses all cores by itself, and two would need twice the memory
                take(folder.name, _process(folder, settings, stages, truth))
        else:
            with Workers(processes, _set_up, settings, truth) as workers:
                jobs = {workers.submit(_process_here, folder): folder for folder in folders}
                for job in as_completed(jobs):
                    take(jobs[job].name, job.result())
    except BrokenProcessPool:
        raise EpisodeError(f"{demos}: a process has died, perhaps for want of memory; try --processes 1") from None
    finally:
        done.results.sort(key=lambda result: result.name)
        done.report = write_report(demos, settings, done.results, done.skipped, time.monotonic() - start)
    return done


def _clean(demos: Path) -> None:
    """Away with what a run that was ended has left, and with masks of episodes that are no more."""
    masks = demos / FOLDER
    masks.mkdir(exist_ok=True)
    for leftover in masks.glob(".*.partial"):
        leftover.unlink(missing_ok=True)
    for stale in masks.glob("*.npz"):
        if not (demos / stale.stem / "metadata.yaml").exists():
            stale.unlink(missing_ok=True)


def _process(folder: Path, settings: Settings, stages: Stages, truth: bool) -> EpisodeResult | str:
    """What was made, or why the recording cannot be used."""
    try:
        return process_episode(folder, settings, stages, truth)
    except EpisodeError as error:
        return str(error)
    except (ValueError, cv2.error) as error:  # such as a frame of another size in the middle
        return f"{folder}: {error}"


_job: tuple[Settings, Stages, bool]
"""Of this process of the pool."""


def _set_up(settings: Settings, truth: bool) -> None:
    global _job
    cv2.setNumThreads(1)
    _job = settings, Stages.make(settings), truth


def _process_here(folder: Path) -> EpisodeResult | str:
    settings, stages, truth = _job
    return _process(folder, settings, stages, truth)
