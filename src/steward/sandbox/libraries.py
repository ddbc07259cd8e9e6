"""Whether what a sandbox needs is installed: a Java runtime, a resolver of jars, real clients, test authorities."""

from importlib.util import find_spec

from steward.model.extra import Extra, ExtraMissing


def require_libraries() -> None:
    """Refuse to go on without the libraries that a sandbox needs.

    Errors: ExtraMissing, with the command that installs them.
    """
    if any(find_spec(module) is None for module in Extra.SANDBOX.modules):
        raise ExtraMissing(Extra.SANDBOX, "a sandbox")
