"""What vision-language models answer when asked to point at something, as pixels.

| format | scale | models |
|---|---|---|
| `<point x="61.5" y="40.4" alt="a">a</point>`, `<points x1="23.0" y1="17.7" x2=… >` | percent | Molmo 1 |
| `<points coords="1 1 990 800 2 …">a</points>`, `<tracks coords=…>`: image, then (id, x, y) | 0 to 1000 | Molmo2 |
| `<points a<TAB>alt<TAB>1 99.0 80.0/>` | percent | early Molmo2 |
| JSON with `point_2d`, `bbox_2d`, `point`, `bbox`, or `x` and `y` | as configured | Qwen-VL and others |
| "There are none." | | Molmo2 |

The scale follows from the format, never from a number's size: 0.5 percent is not half of the image.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard

from vital_ros.config.localizer import JsonScale
from vital_ros.localization.pointer import LocalizationError

LONGEST = 8000
"""Characters of an answer that are read."""
EXCERPT = 80
"""Characters of an answer that a message quotes."""
IMAGES = (0.0, 1.0)
"""Images of an answer that are ours: they count from 1, moments of a video from 0."""

_TAG = re.compile(r"<(?:points?|tracks)\b([^<>]*)")
_COORDS = re.compile(r"""\bcoords\s*=\s*["']([0-9\t:;, .]*)["']""")
_PAIR = re.compile(r"""\bx(\d*)\s*=\s*["']\s*([0-9.]{1,12})\s*["']\s+y\1\s*=\s*["']\s*([0-9.]{1,12})\s*["']""")
_EARLY = re.compile(r"(?:\t|^) ?((?:\d{1,9} \d{1,4}\.\d{1,4} \d{1,4}\.\d{1,4}\s?)+)")
_NONE = re.compile(r"\bthere (?:are|is) (?:none|no)\b|^\s*none\b", re.IGNORECASE)
_OBJECTS = re.compile(r"\{|\[\s{0,9}\{")
"""Where a JSON object, or a list of them, may begin."""
_SIZES: dict[JsonScale, float] = {"fraction": 1.0, "percent": 100.0, "thousandths": 1000.0}


class Share(NamedTuple):
    """A place as shares of the image's width and height, 0..1."""

    x: float
    y: float


def points_of(answer: str, width: int, height: int, json_scale: JsonScale) -> list[tuple[float, float]]:
    """Pixels (u, v) that an answer about one image of this size names, in its order; none where it says so.

    Points outside the image, and of other images than the first, are left out; so is a point that was cut off.

    Raises:
        LocalizationError: the answer is prose, torn, or all its points are outside; it quotes the answer.
    """
    text = answer[:LONGEST]
    places = [*_tagged(text)] or [*_json(text, width, height, json_scale)]
    inside = [place for place in places if 0 <= place.x <= 1 and 0 <= place.y <= 1]
    if inside:
        return [(_pixel(place.x, width), _pixel(place.y, height)) for place in dict.fromkeys(inside)]
    if places:
        raise LocalizationError(f"the model points outside the image: {_quoted(answer)}; see json_scale, or its prompt")
    if _NONE.search(text) or text.strip() in ("[]", "```json\n[]\n```"):
        return []
    raise LocalizationError(f"the model's answer names no point: {_quoted(answer)}; does it know how to point?")


def _pixel(share: float, size: int) -> float:
    """Share 0 is the image's edge, half a pixel before the centre of its first pixel, which has coordinate 0."""
    return min(max(share * size - 0.5, 0.0), size - 1.0)


def _quoted(answer: str) -> str:
    """What a person may read of an answer: one line, no control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in answer[: 4 * EXCERPT]).split())
    return repr(line if len(line) <= EXCERPT else line[:EXCERPT] + "…")


def _tagged(text: str) -> Iterator[Share]:
    for tag in _TAG.finditer(text):
        inner = tag[1]
        if coords := _COORDS.search(inner):
            yield from _thousandths(coords[1])
            continue
        pairs = [(x, y) for _, x, y in _PAIR.findall(inner)]
        if not pairs and (early := _EARLY.search(inner)):
            words = early[1].split()
            pairs = list(zip(words[1::3], words[2::3], strict=True))
        for x, y in pairs:
            if (share_x := _number(x)) is not None and (share_y := _number(y)) is not None:
                yield Share(share_x / 100, share_y / 100)


def _thousandths(coords: str) -> Iterator[Share]:
    """Of `1 1 990 800 2 100 200`: image 1, point 1 at (990, 800), point 2; further images after a tab or a sign."""
    for group in re.split(r"[\t:;,]", coords):
        words = group.split()
        if len(words) < 4 or _number(words[0]) not in IMAGES:
            continue
        for x, y in zip(words[2::3], words[3::3], strict=False):
            if x.isdecimal() and y.isdecimal() and len(x) <= 4 and len(y) <= 4:
                yield Share(int(x) / 1000, int(y) / 1000)


def _json(text: str, width: int, height: int, scale: JsonScale) -> Iterator[Share]:
    size_x, size_y = (width, height) if scale == "pixels" else (_SIZES[scale],) * 2
    centre = 0.5 if scale == "pixels" else 0.0
    for x, y in _numbers_of(text):
        yield Share((x + centre) / size_x, (y + centre) / size_y)


def _numbers_of(text: str) -> Iterator[tuple[float, float]]:
    """Points of every JSON value in a text, whatever prose or fences are around it."""
    decoder, start = json.JSONDecoder(), 0
    while (found := _OBJECTS.search(text, start)) is not None:
        try:
            value, start = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            start = found.start() + 1
            continue
        yield from _points_in(value)


def _points_in(value: Any) -> Iterator[tuple[float, float]]:
    """Of one decoded value: an object, or a list of them."""
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, dict):
            continue
        point, box = item.get("point_2d", item.get("point")), item.get("bbox_2d", item.get("bbox"))
        if "x" in item and "y" in item:
            point = [item["x"], item["y"]]
        if _are_numbers(point, 2):
            yield float(point[0]), float(point[1])
        elif _are_numbers(box, 4):
            yield (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _are_numbers(values: Any, count: int) -> TypeGuard[list[float]]:
    if not isinstance(values, list) or len(values) != count:
        return False
    return all(type(v) in (int, float) and abs(v) < 1e6 and math.isfinite(v) for v in values)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
