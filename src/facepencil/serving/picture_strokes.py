"""Pictures that people open, drawings and photos, to strokes; nothing of them is kept."""

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image

from facepencil.config.crop import CropParams
from facepencil.config.sketch import SketchParams
from facepencil.config.vectorize import VectorizeParams
from facepencil.faces.align import crop_face, similarity, template
from facepencil.faces.decode import FORMATS, PhotoError, decode
from facepencil.faces.detect import Detector
from facepencil.images import Image
from facepencil.serving.bodies import FARTHEST_PX, MAX_POINTS, MAX_STROKES
from facepencil.serving.child_process import ChildProcess
from facepencil.serving.drawing import grey_of, placed_badly, strokes_of
from facepencil.serving.refused import Refused
from facepencil.serving.svg_drawing import svg_strokes
from facepencil.sketch.extract import Crop, Sketcher, SketchWeights
from facepencil.strokes.strokes import Strokes
from facepencil.strokes.vectorize import vectorize

MAX_PICTURE_PX = 50_000_000
WEIGHT_FILES = ("yunet.onnx", "hed.h5", "face_mesh.tflite", "person_mask.tflite")
"""What photos need, in the folder of weights."""
_SVG = re.compile(rb"\s*(<\?xml|<!--|<!DOCTYPE svg|<svg)", re.IGNORECASE)


class PictureStrokes:
    """Traces pictures apart from the server: what they hold may take any time and memory."""

    def __init__(self, weights: Path, patience_s: float = 15) -> None:
        """`weights` is the folder of the weights that photos need; it may lack them."""
        self._weights = weights
        self._apart = ChildProcess(patience_s)

    def of_drawing(self, picture: bytes) -> Strokes:
        """Strokes of a drawing: those of an SVG document as they are, those of an image traced.

        Raises:
            Refused: no picture, one too large, or one without lines.
        """
        return self._apart.call(trace_drawing, picture)

    def of_photo(self, picture: bytes) -> Strokes:
        """Strokes of the largest face in a photo, by the pipeline's stages with their usual params.

        Raises:
            Refused: no picture, one too large, one without a face, or weights are missing.
        """
        return self._apart.call(trace_photo, picture, self._weights)

    def close(self) -> None:
        """End the process that traces."""
        self._apart.close()


def trace_drawing(picture: bytes) -> Strokes:
    """See `PictureStrokes.of_drawing`."""
    if _SVG.match(picture.removeprefix(b"\xef\xbb\xbf")):
        return _checked(_svg(picture))
    _check_size(picture)
    return _checked(strokes_of(_grey(picture)))


def trace_photo(picture: bytes, weights: Path) -> Strokes:
    """See `PictureStrokes.of_photo`."""
    _check_size(picture)
    photo = _photo(picture)
    return _checked(_photo_stages(weights)(photo))


def advice_on(strokes: Strokes) -> str:
    """One sentence on where the lines lie; empty if all is well."""
    found = placed_badly(strokes)
    return f"The drawing is {found}." if found else ""


@cache
def _photo_stages(weights: Path) -> Callable[[Image], Strokes]:
    """What the stages crop, sketch and vectorize make of a photo."""
    paths = [weights / name for name in WEIGHT_FILES]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        wanted = "a run of the pipeline brings them (make reproduce)"
        raise Refused(f"photo: the weights {', '.join(missing)} are missing; {wanted}")
    crops, lines = CropParams(), VectorizeParams()
    detector = Detector(paths[0], crops.score)
    sketcher = Sketcher(SketchParams(), SketchWeights(*paths[1:]))

    def drawn(photo: Image) -> Strokes:
        face = _aligned(photo, detector, crops)
        (sketch,) = sketcher([Crop("photo", face, None)])
        paper = np.where(sketch.lines, 0, 255).astype(np.uint8)
        return vectorize(paper, lines.tolerance_px, lines.min_length_px, sketch.parts)

    return drawn


def _aligned(photo: Image, detector: Detector, params: CropParams) -> Image:
    found = detector.detect(photo)
    if not found:
        raise Refused("photo: no face found")
    points = detector.refine(photo, found[0]).points
    matrix = similarity(points, template(params.size, params.face_fraction))
    return crop_face(photo, matrix, params.size)


def _svg(document: bytes) -> Strokes:
    try:
        return svg_strokes(document, "drawing")
    except (ValueError, RecursionError) as error:
        raise Refused(str(error)) from error


def _grey(picture: bytes) -> Image:
    try:
        return grey_of(picture, "drawing")
    except ValueError as error:
        raise Refused(str(error)) from error


def _photo(picture: bytes) -> Image:
    try:
        return decode(picture)
    except PhotoError as error:
        raise Refused(f"photo: {error}") from error


def _check_size(picture: bytes) -> None:
    """Refuse by its header a picture that would fill the memory."""
    try:
        with PIL.Image.open(io.BytesIO(picture), formats=FORMATS) as image:
            count = image.width * image.height
    except Exception as error:  # Pillow raises nearly every kind on damaged bytes
        raise Refused("expected a picture: PNG, JPEG, WebP or SVG") from error
    if count > MAX_PICTURE_PX:
        raise Refused(f"expected a picture of at most {MAX_PICTURE_PX} px, got {count}")


def _checked(strokes: Strokes) -> Strokes:
    """Refuse what could not be sent back to be painted."""
    if not len(strokes.segments):
        raise Refused("no lines found; expected a drawing in ink or pencil")
    if len(strokes.parts) > MAX_STROKES or 3 * len(strokes.segments) > MAX_POINTS - MAX_STROKES:
        wanted = f"at most {MAX_STROKES} strokes and {MAX_POINTS} points"
        raise Refused(f"too many lines: expected {wanted}, got {len(strokes.parts)} strokes")
    if not (abs(strokes.points) <= FARTHEST_PX).all():
        raise Refused("expected lines on or near the page")
    return strokes
