"""One caption a figure, the same on the page and in Snakemake's report."""

import textwrap

from facepencil.reporting.captions import CAPTIONS
from pipeline.graph import DRAWING_FIGURES, FIGURES, MATRIX
from tests.fixtures.commands import ROOT


def test_every_figure_has_a_caption():
    assert set(CAPTIONS) == {*FIGURES, MATRIX, *DRAWING_FIGURES}


def test_snakemakes_captions_are_the_same():
    for name, caption in CAPTIONS.items():
        text = (ROOT / f"workflow/report/{name}.rst").read_text()
        assert text == textwrap.fill(caption, 99) + "\n", name
