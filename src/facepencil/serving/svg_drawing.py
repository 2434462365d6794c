"""Drawings in SVG, taken as the strokes they are."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import ParseError, iterparse

import numpy as np
from numpy.typing import NDArray
from svgelements import SVG, Arc, Close, CubicBezier, Line, Move, QuadraticBezier, Shape
from svgelements import Path as SvgPath

from facepencil.serving.drawing import require_file
from facepencil.strokes.strokes import CANVAS_PX, Strokes, no_strokes

Curve = NDArray[np.float64]
"""(4, 2) points of a cubic: end, control, control, end."""
_FARTHEST = 100 * CANVAS_PX
_WHOLE = 0.99
"""Share of the page's sides from which a filled shape without outline is the paper."""


def read_svg(path: Path) -> Strokes:
    """Lines and outlines of an SVG document; see `svg_strokes`.

    Raises:
        ValueError: no such file, or what `svg_strokes` raises.
    """
    require_file(path)
    return svg_strokes(path.read_bytes(), str(path))


def svg_strokes(document: bytes, name: str) -> Strokes:
    """Lines and outlines of an SVG document, its page centred on the canvas and fitted into it.

    Width and colour of lines do not matter. Text, pictures and what has neither line nor fill are
    left out, as is a filled shape as large as the page: it is the paper.

    Raises:
        ValueError: no SVG document, one with <use>, a page below one px, or lines far off it;
            begins with `name`.
    """
    try:
        _check_copies(document)
        page = SVG.parse(BytesIO(document), reify=True)
        width, height = float(page.width), float(page.height)
        chains = [chain for one in page.elements(_is_line(width, height)) for chain in _chains(one)]
    except (ParseError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"{name}: expected an SVG document: {error}") from error
    if not min(width, height) >= 1:
        raise ValueError(f"{name}: expected a page of at least 1 px, got {width:g} x {height:g}")
    scale = CANVAS_PX / max(width, height)
    shift = (CANVAS_PX - scale * np.array([width, height])) / 2
    strokes = _joined([np.array(chain) * scale + shift for chain in chains])
    if not (abs(strokes.points) < _FARTHEST).all():
        raise ValueError(f"{name}: expected lines on or near the page")
    return strokes


def _check_copies(document: bytes) -> None:
    """Refuse copies by reference, with which a small document may draw without end."""
    for _, element in iterparse(BytesIO(document)):
        if str(element.tag).rpartition("}")[2].lower() == "use":
            raise ValueError("<use> is not taken; let the drawing program unlink its clones")


def _is_line(width: float, height: float) -> Callable[[object], bool]:
    def chosen(element: object) -> bool:
        if not isinstance(element, Shape):
            return False
        if element.stroke.value is not None:
            return True
        box = element.bbox()
        if element.fill.value is None or box is None:
            return False
        return bool(box[2] - box[0] < _WHOLE * width or box[3] - box[1] < _WHOLE * height)

    return chosen


def _chains(shape: Shape) -> Iterator[list[Curve]]:
    """Cubics that each begin where the one before ended."""
    chain: list[Curve] = []
    for segment in SvgPath(shape).segments():
        if isinstance(segment, Move):
            if chain:
                yield chain
            chain = []
        else:
            chain += _cubics(segment)
    if chain:
        yield chain


def _cubics(segment: object) -> list[Curve]:
    match segment:
        case CubicBezier(start=a, control1=b, control2=c, end=d):
            return [np.array([[*a], [*b], [*c], [*d]])]
        case QuadraticBezier(start=a, control=b, end=c):
            first, middle, last = (np.array([*point]) for point in (a, b, c))
            inner = (first + 2 * middle) / 3, (last + 2 * middle) / 3
            return [np.array([first, *inner, last])]
        case Arc():
            return [curve for cubic in segment.as_cubic_curves() for curve in _cubics(cubic)]
        case Line(start=a, end=b) | Close(start=a, end=b) if b is not None and a != b:
            return [np.linspace([*a], [*b], 4)]
    return []


def _joined(chains: list[NDArray[np.float64]]) -> Strokes:
    """Strokes of chains (S, 4, 2), in which neighbours share a point."""
    if not chains:
        return no_strokes()
    points, segments, first = [], [], 0
    for chain in chains:
        count = len(chain)
        points += [chain[0, :1], chain[:, 1:].reshape(-1, 2)]
        segments.append(first + 3 * np.arange(count)[:, None] + np.arange(4))
        first += 3 * count + 1
    starts = np.cumsum([0, *map(len, segments)])
    return Strokes(
        np.concatenate(points).astype(np.float32),
        np.concatenate(segments).astype(np.int32),
        starts.astype(np.int32),
        np.zeros(len(chains), np.uint8),
    )
