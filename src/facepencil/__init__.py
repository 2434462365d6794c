"""Photo-realistic faces from freehand sketches."""

from facepencil.numerics import cap_at_loading

cap_at_loading()
