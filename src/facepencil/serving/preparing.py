"""A drawing in a request to the strokes that are painted: placed and refined where wished."""

from dataclasses import replace
from typing import NamedTuple

from facepencil.networks.finder_file import Finder
from facepencil.serving.exemplars import Exemplars
from facepencil.serving.picture_strokes import advice_on
from facepencil.serving.placing import name_parts, place
from facepencil.serving.refine import is_told, refine
from facepencil.serving.refused import Refused
from facepencil.strokes.samples import points_along
from facepencil.strokes.strokes import Strokes


class Prepared(NamedTuple):
    """Strokes to paint, and one sentence on them; empty if all is well."""

    strokes: Strokes
    advice: str


class Preparation:
    """Places drawings by their parts, and refines them."""

    def __init__(self, finder: Finder | None = None, known: Exemplars | None = None) -> None:
        """`finder` finds the parts, `known` are the faces to refine towards, where there are."""
        self._finder = finder
        self._known = known

    @property
    def refines(self) -> bool:
        """Whether drawings can be refined."""
        return self._finder is not None and self._known is not None

    def __call__(self, strokes: Strokes, placed: bool, refined: float) -> Prepared:
        """The drawing `strokes`, `placed` or not, and `refined` by a share of 0..1.

        Raises:
            Refused: it cannot be done with what there is.
        """
        lying = self._placed(strokes) if placed else Prepared(strokes, advice_on(strokes))
        return self._refined(lying, placed, refined) if refined > 0 else lying

    def _placed(self, strokes: Strokes) -> Prepared:
        if self._finder is None:
            raise Refused("place: there is no finder of parts; a run of the pipeline makes one")
        found = place(strokes, self._finder)
        moved = not found.note.startswith("as drawn")
        return Prepared(found.strokes, f"The drawing was placed {found.note}." if moved else "")

    def _refined(self, lying: Prepared, placed: bool, share: float) -> Prepared:
        if self._finder is None or self._known is None:
            raise Refused("refine: there are no exemplars; a run of the pipeline makes them")
        strokes = lying.strokes
        if not placed:
            parts = name_parts(strokes, points_along(strokes), self._finder.net)
            strokes = replace(strokes, parts=parts)
        if not is_told(strokes):
            return Prepared(strokes, "The drawing is not refined: no part of a face was found.")
        return Prepared(refine(strokes, share, self._known), lying.advice)
