"""Photos that cannot be used: listed with the reason, and the others go on."""

import cv2

UNUSABLE = (ValueError, ArithmeticError, IndexError, cv2.error)
"""What the content of a photo makes code raise; anything else is the fault of code or machine."""

Reject = dict[str, str]


def reject(name: str, error: Exception) -> Reject:
    """The entry of a list of rejects: id, and why in a line.

    Raises:
        cv2.error: `error` itself, if it says that memory was short.
    """
    reason = str(error)
    if isinstance(error, cv2.error):
        if error.code == cv2.Error.STS_NO_MEM:
            raise error
        # The whole message holds the path of OpenCV's source.
        reason = error.err
    return {"id": name, "reason": next(iter(reason.splitlines()), "") or type(error).__name__}
