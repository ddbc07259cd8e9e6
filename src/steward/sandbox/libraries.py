"""Whether the dependencies of sandboxes are installed: a Java runtime, jgo, Kafka clients, certificates."""

from importlib.util import find_spec

from steward.model.extra import Extra, ExtraMissing


def require_libraries() -> None:
    """Check that the libraries a sandbox needs are installed.

    Errors: ExtraMissing, with the command that installs them.
    """
    if any(find_spec(module) is None for module in Extra.SANDBOX.modules):
        raise ExtraMissing(Extra.SANDBOX, "a sandbox")
