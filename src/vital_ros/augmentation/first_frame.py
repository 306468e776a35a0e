"""The objects of a demonstration's first frame, from the points on the reference frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vital_ros.augmentation.annotation import Reference
from vital_ros.augmentation.interfaces import Correspondence, Image, Mask, Points, Segmenter
from vital_ros.augmentation.lost import LostTrack

FOUND_SHARE = 1 / 4
"""Of an object's points that have to be found again: some may be hidden behind the hand."""
SEGMENT_THRESHOLD = 0.5
"""Confidence of a segmentation below which it is not believed."""
SAME_COLOUR = 40.0
"""Grey levels by which a place may differ and still count as the background that was clicked."""
CLEARANCE = 0.03
"""Of the width: how near to an object's points no background is claimed."""


@dataclass(frozen=True)
class FoundObject:
    """One object in a first frame."""

    name: str
    points: Points
    """(n, 2), those that were found."""
    asked: int
    """How many were looked for."""
    confidence: float
    """Of the points found, the lowest; then of the segmentation, whichever is lower."""
    mask: Mask


def find_points(correspondence: Correspondence, reference: Reference, frame: Image) -> dict[str, tuple[Points, float]]:
    """Of each object the points found again and the lowest of their confidences.

    Raises:
        LostTrack: too few of an object's.
    """
    found = {}
    for name, points in reference.points().items():
        transfer = correspondence.transfer(reference.image, points, frame)
        good = transfer.confidence >= correspondence.threshold
        if good.sum() < max(1, FOUND_SHARE * len(points)):
            raise LostTrack(
                f"{name}: {good.sum()} of {len(points)} points found in the first frame "
                f"(best confidence {transfer.confidence.max():.2f}, threshold {correspondence.threshold:g})"
            )
        found[name] = transfer.points[good], float(transfer.confidence[good].min())
    return found


def find_objects(
    correspondence: Correspondence, segmenter: Segmenter, reference: Reference, frame: Image
) -> list[FoundObject]:
    """Every object of the annotation, in its order; raise LostTrack when one is not found or not believed."""
    found = find_points(correspondence, reference, frame)
    background = _still_there(reference, frame, np.concatenate([points for points, _ in found.values()]))
    objects = []
    for name, (points, confidence) in found.items():
        others = [other for other_name, (other, _) in found.items() if other_name != name]
        segmentation = segmenter.segment(frame, points, np.concatenate([background, *others]))
        if not segmentation.mask.any():
            raise LostTrack(f"{name}: its mask in the first frame is empty")
        if segmentation.confidence < SEGMENT_THRESHOLD:
            raise LostTrack(
                f"{name}: segmentation confidence {segmentation.confidence:.2f} in the first frame "
                f"(threshold {SEGMENT_THRESHOLD:g})"
            )
        asked = len(reference.points()[name])
        objects.append(FoundObject(name, points, asked, min(confidence, segmentation.confidence), segmentation.mask))
    return _without_overlap(objects)


def _without_overlap(objects: list[FoundObject]) -> list[FoundObject]:
    """What several objects claim goes to the one that has a point nearest to it."""
    claims = np.stack([known.mask for known in objects])
    rows, columns = np.nonzero(claims.sum(axis=0) > 1)
    places = np.column_stack([columns, rows]).astype(np.float64)
    away = np.stack([np.linalg.norm(places[:, None] - known.points, axis=2).min(axis=1) for known in objects])
    owner = np.argmin(np.where(claims[:, rows, columns], away, np.inf), axis=0)
    claims[:, rows, columns] = owner == np.arange(len(objects))[:, None]
    return [replace(known, mask=mask) for known, mask in zip(objects, claims, strict=True)]


def _still_there(reference: Reference, frame: Image, taken: Points) -> Points:
    """The reference's negative points, at the same place, where the frame looks the same and no object is near.

    A table has nothing to correspond to; but most of what is not an object is where it was, or looks as it did.
    """
    height, width = frame.shape[:2]
    shape = reference.image.shape
    kept = []
    for point in reference.negative():
        place = (point + 0.5) * (width / shape[1], height / shape[0]) - 0.5
        difference = np.abs(_colour(reference.image, point) - _colour(frame, place)).max()
        if difference < SAME_COLOUR and np.linalg.norm(taken - place, axis=1).min() > CLEARANCE * width:
            kept.append(place)
    return np.array(kept).reshape(-1, 2)


def _colour(image: Image, point: Points) -> Points:
    """Mean of the 3 x 3 pixels around a point."""
    x, y = np.round(point).astype(int)
    return np.asarray(image[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].mean(axis=(0, 1)))
