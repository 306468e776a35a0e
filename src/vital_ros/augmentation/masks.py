"""Masks on disk: `<demos>/masks/<episode>.npz`, beside the bags, which are never changed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

FOLDER = "masks"
REPORT = "report.json"


class MaskError(Exception):
    """Masks that are not there or may not be used; the message says why and what to do.

    Attributes:
        flagged: the pipeline looked at this demonstration and could not vouch for its masks.
    """

    def __init__(self, message: str, flagged: bool = False):
        super().__init__(message)
        self.flagged = flagged


@dataclass(frozen=True)
class EpisodeMasks:
    """Of one demonstration."""

    stamps: NDArray[np.int64]
    """(n,), ns, of the frames."""
    masks: NDArray[np.bool_]
    """(n, H, W), True on any of the objects."""
    bag: str
    """Digest of the recording they were made from."""
    settings: str
    """Digest of annotation and backends."""


def bag_digest(episode: Path) -> str:
    """Of a recording's bytes: one that was made anew, under the old name, has another."""
    digest = hashlib.sha256()
    for bag in sorted(episode.glob("*.mcap*")):
        digest.update(bag.read_bytes())
    return digest.hexdigest()


def mask_file(demos: Path, episode: str) -> Path:
    return demos / FOLDER / f"{episode}.npz"


def save_masks(path: Path, made: EpisodeMasks) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as file:
        np.savez_compressed(
            file,
            stamps=made.stamps,
            bits=np.packbits(made.masks.reshape(len(made.masks), -1), axis=1),
            shape=np.array(made.masks.shape[1:]),
            bag=np.array(made.bag),
            settings=np.array(made.settings),
        )
    os.replace(partial, path)


def read_masks(path: Path) -> EpisodeMasks:
    """Raise MaskError when the file is missing or damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            height, width = (int(v) for v in data["shape"])
            bits = np.unpackbits(data["bits"], axis=1, count=height * width).astype(bool)
            masks = bits.reshape(-1, height, width)
            return EpisodeMasks(data["stamps"].astype(np.int64), masks, str(data["bag"]), str(data["settings"]))
    except FileNotFoundError:
        raise MaskError(f"{path} is missing; ./vital masks --demos {path.parent.parent} makes it") from None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise MaskError(f"{path} is damaged ({error}); ./vital masks makes it anew") from None


def load_masks(demos: Path, episode: str, stamps: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The pipeline's masks of some frames of an episode.

    Args:
        demos: folder of demonstrations.
        stamps: (n,), ns, of the frames, in any order.

    Returns:
        (n, H, W) of the camera's size, 255 on the objects, 0 elsewhere.

    Raises:
        MaskError: they are missing, flagged, of another recording or other settings than the last report's, or do not
            cover these frames.
    """
    path = mask_file(demos, episode)
    settings, flags = _reported(path.parent / REPORT)
    if reason := flags.get(episode):
        raise MaskError(f"{demos / episode}: its masks are flagged: {reason}", flagged=True)
    made = read_masks(path)
    if made.bag != bag_digest(demos / episode):
        raise MaskError(f"{path} is of another recording of that name; ./vital masks --demos {demos} makes it anew")
    if made.settings != (settings or made.settings):
        raise MaskError(
            f"{path} was made with other key points or backends; ./vital masks --demos {demos} makes it anew"
        )
    order = np.argsort(made.stamps)
    places = order[np.searchsorted(made.stamps, stamps, sorter=order).clip(max=len(order) - 1)]
    if not np.array_equal(made.stamps[places], stamps):
        raise MaskError(f"{path} has no masks of some frames; ./vital masks --demos {demos} makes it anew")
    return np.where(made.masks[places], 255, 0).astype(np.uint8)


def _reported(report: Path) -> tuple[str, dict[str, str]]:
    """What the report says: digest of annotation and backends, flagged episodes and why; nothing without one."""
    try:
        said = json.loads(report.read_text(encoding="utf-8"))
        flags = {name: entry["flagged"] for name, entry in said["episodes"].items() if entry["flagged"]}
        return str(said.get("settings", "")), flags
    except FileNotFoundError:
        return "", {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MaskError(f"{report} is damaged ({error}); ./vital masks writes it anew") from None
