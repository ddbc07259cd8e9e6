"""The page of scenarios."""

from collections.abc import Iterator

from steward.analysis.checks.catalog import CHECKS
from steward.interfaces.reference.checks import noun_of
from steward.interfaces.reference.markdown import (
    anchor,
    code,
    fenced,
    link,
    page,
    plain,
    prose,
    sentence,
    table,
)
from steward.sandbox.scenarios.registry import SCENARIOS
from steward.sandbox.scenarios.scenario import Scenario


def scenarios_page() -> str:
    """Return the page of every scenario."""
    rows = ((link(code(s.name), f"#{anchor(s.name)}"), plain(s.summary)) for s in SCENARIOS)
    return page(
        "Scenarios",
        prose("Real clients cause known problems in a sandbox. Each scenario is seeded, lists exactly what it injects, "
              "and stops by itself; `--duration` makes it shorter or longer."),
        table(("Scenario", "Trouble"), rows),
        *(block for scenario in SCENARIOS for block in _scenario(scenario)),
    )  # fmt: skip


def _scenario(scenario: Scenario) -> Iterator[str]:
    yield f"## {scenario.name}"
    yield prose(sentence(scenario.summary))
    yield fenced(f"steward sandbox scenario run {scenario.name} --background", "sh")
    yield prose(scenario.injects)
    found = ", ".join(_check(name) for name in scenario.finds)
    causes = (
        f"{code(f'steward diagnose {scenario.name}.{g}')} says {code(c)}"
        for g, c in scenario.diagnosed.items()
    )
    diagnosed = "".join(f"- Diagnosed: {cause}\n" for cause in causes)
    yield f"- Found by: {found or 'nothing yet'}\n{diagnosed}- Runs for: {scenario.default_seconds:g} s"


def _check(name: str) -> str:
    check = next((c for c in CHECKS if c.name == name), None)
    return link(code(name), f"checks/{noun_of(check)}.md#{name}") if check else code(name)
