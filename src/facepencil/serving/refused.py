"""A request that the server does not answer, and why."""


class Refused(Exception):
    """A request that cannot be answered as it is; the message is for the client."""

    def __init__(self, why: str, status: int = 422) -> None:
        """`status` is that of HTTP: by default, that the body asks for what cannot be done."""
        super().__init__(why)
        self.status = status
