"""The fault of sandbox operations."""

from steward.model.error import StewardError


class SandboxError(StewardError):
    """A sandbox could not be started, changed or stopped; the summary says where, the remedy what to do."""

    code = "sandbox"
