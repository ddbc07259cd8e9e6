"""The pages of checks: the index, and a page per noun that explains each check."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import getsource
from itertools import groupby
from sys import modules

from steward.analysis.checks.catalog import CHECKS
from steward.analysis.checks.registry import Check, Nature
from steward.analysis.checks.runner import LOWERED_BY
from steward.analysis.checks.thresholds import threshold_docs
from steward.interfaces.reference.markdown import (
    code,
    codes,
    link,
    page,
    plain,
    prose,
    sentence,
    table,
)
from steward.model.connection import Environment

HEADINGS = ("What it means", "Why it matters", "What to do")
STEPS = {0: "unchanged", 1: "one step lower", 2: "two steps lower"}


def noun_of(check: Check) -> str:
    """Return the noun whose folder holds a check."""
    return check.examine.__module__.split(".")[2]


@cache
def _by_noun() -> Mapping[str, tuple[Check, ...]]:
    checks = sorted(CHECKS, key=lambda c: (noun_of(c), c.name))
    return {noun: tuple(found) for noun, found in groupby(checks, noun_of)}


def check_index() -> str:
    """Return the page that lists every check."""
    sections = [
        f"## {noun}\n\n" + table(("Check", "Severity", "Finds"), (_row(noun, c) for c in checks))
        for noun, checks in _by_noun().items()
    ]
    return page(
        "Checks",
        prose(
            f"{len(CHECKS)} checks, each named for the condition that it reports. `steward check explain NAME` prints "
            "the page of a check, `steward check --only NAME` runs it alone."
        ),
        "## Severity",
        _severity_rules(),
        *sections,
    )


def _row(noun: str, check: Check) -> tuple[str, str, str]:
    target = f"checks/{noun}.md#{check.name}"
    return link(code(check.name), target), check.severity.label, plain(check.headline)


def _severity_rules() -> str:
    steps = ", ".join(f"{STEPS[LOWERED_BY[e]]} in {e.value}" for e in Environment)
    return (
        prose(
            "The severity given applies in production. A problem that exists now (state) has the same severity "
            f"everywhere; a weakness (posture) counts {steps}, never below low. A topic that the profile declares "
            "critical keeps the severity in every environment; one declared ephemeral is info. "
            "`[checks.thresholds]` and `[checks.severities]` in [settings](settings.md) change limits and severities; "
            "a check set to `off` does not run. A fact that could not be read makes the finding unknown: it never "
            "passes, and fails a run only with `--fail-on unknown`."
        )
        .replace(r"\*", "*")
        .replace(r"\[settings]", "[settings]")
    )


def check_pages() -> Mapping[str, str]:
    """Return the page of each noun's checks, by its path."""
    return {f"checks/{noun}.md": _noun_page(noun, found) for noun, found in _by_noun().items()}


def _noun_page(noun: str, checks: tuple[Check, ...]) -> str:
    back = f"All checks, and how severities are decided: {link('Checks', '../checks.md')}."
    return page(f"Checks: {noun}", back, *(block for c in checks for block in _check(c)))


def _check(check: Check) -> Iterator[str]:
    yield f"## {check.name}"
    yield prose(check.headline)
    yield "\n".join(_facts(check))
    for heading, text in explained(check.doc).items():
        yield prose(sentence(text), lead=f"{heading}.")


def _facts(check: Check) -> Iterator[str]:
    nature = "problem now" if check.nature is Nature.STATE else "a weakness"
    yield f"- Severity: {check.severity.label}; {check.nature.value} ({nature})"
    yield f"- Checks: {check.subjects.kind}; rule {check.id}"
    yield f"- Reads: {link(codes(sorted(check.parts)), '../permissions.md')}"
    if check.needs_history:
        yield "- Needs several samples: `steward check --window DURATION`"
    limits = thresholds_of(check)
    if limits:
        yield f"- Limits: {link(codes(limits), '../settings.md#thresholds')}"


def thresholds_of(check: Check) -> tuple[str, ...]:
    """Return the thresholds that a check's module uses."""
    source = getsource(modules[check.examine.__module__])
    named = set(re.findall(r"\bthresholds\.(\w+)", source))
    return tuple(sorted(named & (threshold_docs().keys() - {"severities"})))


def explained(doc: str) -> Mapping[str, str]:
    """Return the text under each heading of a check's docstring."""
    parts = re.split(rf"^\s*({'|'.join(HEADINGS)}):", doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
