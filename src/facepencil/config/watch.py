"""Section `watch` of the params: what is shown and saved on the way."""

from pydantic import Field

from facepencil.config.section import Positive, Section


class WatchParams(Section):
    """What is shown and saved while training; no result depends on it."""

    log_every: Positive = Field(400, description="photos between two log lines")
    state_every: Positive = Field(1600, description="photos between two saved states")
    samples_every: Positive = Field(1600, description="photos between two sample sheets")
