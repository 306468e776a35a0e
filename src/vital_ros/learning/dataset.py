"""The demonstrations of a folder as samples, and what was left out of it and why."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from vital_ros.augmentation.masks import FOLDER as MASKS
from vital_ros.augmentation.masks import MaskError, mask_file
from vital_ros.bags import EpisodeError, EpisodeReader, episode_directories
from vital_ros.learning.episode_samples import Samples, concatenate, episode_samples
from vital_ros.learning.foreground import SOURCES, Masks
from vital_ros.learning.inspection import check_metadata, recording_contract
from vital_ros.observation import ObservationSpec
from vital_ros.policy.actions import Frame

NOT_SUCCESSFUL = "not successful"


class BadEpisodes(EpisodeError):
    """Some episodes of a folder cannot be learned from.

    Attributes:
        problems: one line each, naming the episode and the reason.
    """

    def __init__(self, problems: list[str], count: int):
        super().__init__(
            f"{len(problems)} of {count} episodes cannot be used: nothing was trained; --skip-bad leaves them out"
        )
        self.problems = problems


@dataclass(frozen=True)
class Demonstrations:
    """The successful episodes of a task in a folder."""

    samples: Samples
    names: list[str]
    """Directory of each episode; the index is the episode's number."""
    sha256: str
    """Of all their bags' bytes, and of their masks' where these are the pipeline's."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Directory of each other episode, and the reason: `NOT_SUCCESSFUL`, flagged, or damaged and skipped."""
    masks: Masks | None = None
    """Whose; None: not read."""

    @classmethod
    def load(
        cls,
        folder: str | Path,
        task: str,
        spec: ObservationSpec,
        frame: Frame = "tool",
        chunk: int = 10,
        masks: Masks | None = None,
        skip_bad: bool = False,
    ) -> Demonstrations:
        """Read every episode of the folder (`<folder>/<episode>/`), in the order of their names.

        Args:
            masks: whose; None where no background will be replaced.
            skip_bad: leave episodes out that are damaged, of another task or recorded otherwise than the first.

        Raises:
            BadEpisodes: there are such episodes, and they shall not be skipped.
            EpisodeError: no episode is there, or no masks.
        """
        if masks == "pipeline" and not (Path(folder) / MASKS).is_dir():
            raise EpisodeError(
                f"{folder} has no masks: ./vital masks --demos {folder} makes them (--masks truth: the simulator's own)"
            )
        reader = _Reader(Path(folder), task, spec, frame, chunk, masks)
        for directory in reader.directories:
            reader.read(directory)
        if reader.problems and not skip_bad:
            raise BadEpisodes(list(reader.problems.values()), len(reader.directories))
        left_out = reader.left_out | reader.problems
        if not reader.names:
            why = "; ".join(f"{name}: {reason}" for name, reason in list(left_out.items())[:1])
            make = f"make some with ./vital demos --task {task}"
            raise EpisodeError(f"no successful episode of {task} in {folder}: {why or make}")
        return cls(concatenate(reader.parts), reader.names, reader.digest.hexdigest(), left_out, masks)


class _Reader:
    """What is known after some of the episodes."""

    def __init__(
        self, folder: Path, task: str, spec: ObservationSpec, frame: Frame, chunk: int, masks: Masks | None
    ) -> None:
        self._task, self._spec, self._frame, self._chunk, self._masks = task, spec, frame, chunk, masks
        self.directories = episode_directories(folder)
        self.digest = hashlib.sha256()
        self.parts: list[Samples] = []
        self.names: list[str] = []
        self.left_out: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self._first: tuple[Path, dict[str, str]] | None = None

    def read(self, directory: Path) -> None:
        try:
            episode = EpisodeReader(directory)
            check_metadata(episode, self._task, self._spec)
            if not episode.metadata.get("success"):
                self.left_out[directory.name] = NOT_SUCCESSFUL
                return
            contract = self._compared(episode)
            source = SOURCES[self._masks] if self._masks else None
            part = episode_samples(episode, len(self.names), self._spec, self._frame, self._chunk, source)
        except MaskError as error:
            (self.left_out if error.flagged else self.problems)[directory.name] = str(error)
        except EpisodeError as error:
            self.problems[directory.name] = str(error)
        except (ValueError, cv2.error) as error:
            self.problems[directory.name] = f"{directory}: {error}"
        else:
            self._first = self._first or (directory, contract)
            self.parts.append(part)
            self.names.append(directory.name)
            files = sorted(directory.glob("*.mcap"))
            if self._masks == "pipeline":
                files.append(mask_file(directory.parent, directory.name))
            for file in files:
                self.digest.update(file.read_bytes())

    def _compared(self, episode: EpisodeReader) -> dict[str, str]:
        """The episode's contract; raise EpisodeError when it was not recorded like the first good one."""
        contract = recording_contract(episode)
        first, expected = self._first or (episode.directory, contract)
        for key in expected.keys() | contract.keys():
            if expected.get(key) != contract.get(key):
                raise EpisodeError(f"{episode.directory}: its {key} is not that of {first}")
        return contract
