"""Rules in CEL (Common Expression Language): compiled once, evaluated on plain data."""

from collections.abc import Mapping
from typing import Any

from steward.change.guard.policy import CelFacts, CelRule

NAMES: Mapping[str, tuple[str, ...]] = {
    "resource": ("resource",),
    "change": ("before", "after", "op", "request", "risk"),
}
"""The variables of a rule, by its target."""


def compiled(expression: str, target: str) -> CelRule | str:
    """Return a rule, or in one line what is wrong with the expression.

    A rule that fails on a missing fact, or returns anything but true or false, reports that.
    """
    from cel_expr_python import cel  # takes 20 ms; needed only where policies exist

    library: Any = cel
    env = library.NewEnv(variables=dict.fromkeys(NAMES[target], library.Type.DYN))
    try:
        program: Any = env.compile(expression)
    except RuntimeError as fault:
        return _first_line(fault)

    def judge(facts: CelFacts) -> bool | str:
        try:
            value = program.eval(data=dict(facts)).value()
        except RuntimeError as fault:
            return _first_line(fault)
        return value if isinstance(value, bool) else _first_line(value)

    return judge


def _first_line(fault: object) -> str:
    """Return the library's message without its code and the marked source line."""
    line = str(fault).splitlines()[0] if str(fault) else "it returns nothing"
    for code in ("INVALID_ARGUMENT: ", "NOT_FOUND: ", "ERROR: <input>:"):
        line = line.removeprefix(code)
    return line
