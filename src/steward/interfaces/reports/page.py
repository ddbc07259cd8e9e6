"""Templates of HTML pages: each value is escaped, and every character of it visible."""

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from steward.model.printable import printable


def page_template(name: str) -> Template:
    """Return a template; every value it prints is made visible, then escaped."""
    environment = Environment(
        loader=PackageLoader("steward.interfaces.reports", "."),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _visible(value: object) -> object:
    """No printed value is markup: one that declares itself to be markup becomes text, too."""
    return value if isinstance(value, (int, float)) else printable(str(value))
