"""Rules written in CEL (the Common Expression Language): compiled once, asked of plain data, never guessed."""

from collections.abc import Mapping
from typing import Any

from steward.change.guard.policy import CelFacts, CelRule

NAMES: Mapping[str, tuple[str, ...]] = {
    "resource": ("resource",),
    "change": ("before", "after", "op", "request", "risk"),
}
"""What a rule sees, by its target."""


def compiled(expression: str, target: str) -> CelRule | str:
    """Return a rule, or in one line what is wrong with the expression.

    Shape: a rule that stumbles over a fact that is missing, or gives something else than true or false, says so.
    """
    from cel_expr_python import cel  # 20 ms, and only who has policies pays

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
    """Keep what the library says, without its code and the picture of the place."""
    line = str(fault).splitlines()[0] if str(fault) else "it gives nothing"
    for code in ("INVALID_ARGUMENT: ", "NOT_FOUND: ", "ERROR: <input>:"):
        line = line.removeprefix(code)
    return line
