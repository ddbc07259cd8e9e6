"""Standard output that cannot be written: a full disk, or a reader that has closed the pipe."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

from steward.model.error import StewardError


class OutputFailed(StewardError):
    """Standard output cannot be written; what the command did before stays done."""

    code = "output"


@contextmanager
def written_output() -> Generator[None]:
    """Write to standard output within, and flush it.

    Errors: BrokenPipeError, where the reader wants no more; OutputFailed.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        raise OutputFailed(
            f"cannot write the output: {fault.strerror or fault}",
            remedy="free space on the disk, or write to another file",
        ) from None


def close_output() -> None:
    """Give standard output up: the interpreter must not flush into it at exit."""
    sys.stdout = None
