"""What the pipeline did, for a person: report.json and a contact sheet, flagged demonstrations first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vital_ros.augmentation.interfaces import Image, Mask
from vital_ros.augmentation.masks import FOLDER, REPORT
from vital_ros.augmentation.pipeline import EpisodeResult, Settings

SHEET = "contact_sheet.png"
TILE_HEIGHT = 128
GREEN, RED = (42, 143, 79), (192, 57, 43)
BACKGROUND = np.array((170, 60, 190))


def write_report(
    demos: Path, settings: Settings, results: list[EpisodeResult], skipped: dict[str, str], wall: float
) -> dict[str, Any]:
    """Write both files; returns what the JSON holds.

    Args:
        skipped: recordings that could not be used, by name, and why.
        wall: s, of the whole run.
    """
    folder = demos / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    scored = [result for result in results if result.iou is not None and not result.flagged]
    report: dict[str, Any] = {
        "backends": settings.backends(),
        "settings": settings.digest(),
        "reference": settings.reference.annotation.episode,
        "seconds": {"wall": round(wall, 1), "cpu": round(sum(result.seconds for result in results), 1)},
        "demonstrations": len(results),
        "flagged": sum(bool(result.flagged) for result in results),
        "skipped": skipped,
    }
    if scored:
        means = {result.name: float(np.mean(result.iou)) for result in scored if result.iou is not None}
        worst = min(means, key=means.__getitem__)
        report["iou"] = {"mean": round(float(np.mean([*means.values()])), 4), "worst": round(means[worst], 4),
                         "worst_demonstration": worst}  # fmt: skip
    before = _entries(folder / REPORT)
    entries = {name: entry for name, entry in before.items() if (demos / name).is_dir()}  # of earlier runs, too
    entries |= {result.name: _entry(result, before.get(result.name, {})) for result in results}
    report["episodes"] = dict(sorted(entries.items()))
    _write(folder / REPORT, (json.dumps(report, indent=1) + "\n").encode())
    if results:
        _write(folder / SHEET, cv2.imencode(".png", contact_sheet(results)[..., ::-1])[1].tobytes())
    return report


def contact_sheet(results: list[EpisodeResult]) -> Image:
    """A few moments of every demonstration with the background painted over; RGB."""
    ordered = sorted(results, key=lambda result: (not result.flagged, result.name))
    strips = [_strip(result) for result in ordered]
    width = max(strip.shape[1] for strip in strips)
    strips = [np.pad(strip, ((0, 0), (0, width - strip.shape[1]), (0, 0))) for strip in strips]
    columns = max(1, round((len(strips) / 4) ** 0.5))
    strips += [np.zeros_like(strips[0])] * (-len(strips) % columns)
    rows = [np.hstack(strips[i : i + columns]) for i in range(0, len(strips), columns)]
    return np.asarray(np.vstack(rows), dtype=np.uint8)


def _strip(result: EpisodeResult) -> Image:
    tiles = [_tile(image, mask) for image, mask in result.pictures]
    picture = np.hstack(tiles)
    bar = np.full((16, picture.shape[1], 3), RED if result.flagged else GREEN, np.uint8)
    text = result.name + (f": {result.flagged}" if result.flagged else "")
    if result.iou is not None and len(result.iou):
        text += f", IoU {result.iou.mean():.3f}"
    cv2.putText(bar, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
    return np.asarray(np.vstack([bar, picture]), dtype=np.uint8)


def _tile(image: Image, mask: Mask) -> NDArray[np.uint8]:
    shown = np.where(mask[..., None], image, (image + 2.0 * BACKGROUND) / 3).astype(np.uint8)
    size = (round(image.shape[1] * TILE_HEIGHT / image.shape[0]), TILE_HEIGHT)
    return np.asarray(cv2.resize(shown, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _entries(path: Path) -> dict[str, Any]:
    """Of the report that is there; none when there is none, or none that can be read."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8"))["episodes"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _entry(result: EpisodeResult, before: dict[str, Any]) -> dict[str, Any]:
    """before: its entry in the last report; masks that were kept keep what it says of their objects."""
    entry: dict[str, Any] = {
        "flagged": result.flagged,
        "frames": result.frames,
        "objects": before.get("objects", {}) if result.kept else result.objects,
        "cpu_seconds": before.get("cpu_seconds", 0.0) if result.kept else round(result.seconds, 1),
    }
    if result.iou is not None and len(result.iou):
        entry["iou"] = {"mean": round(float(result.iou.mean()), 4), "worst_frame": round(float(result.iou.min()), 4)}
    return entry


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    os.replace(partial, path)
