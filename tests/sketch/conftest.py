"""Geometry is tested on drawn examples: the same every time, however busy the machine."""

from hypothesis import settings

settings.register_profile("geometry", deadline=None, derandomize=True)
settings.load_profile("geometry")
