"""The faults' own sandbox, what was learned of each fault, and the table of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.brokers import SANDBOX
from faults.page import page
from faults.results import Result, table
from steward.sandbox.cluster import down, up
from steward.sandbox.status import SandboxSpec

NAME = "faults"
_RESULTS = pytest.StashKey[dict[str, Result]]()
_STORY = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run write down what it measured."""
    parser.addoption("--accuracy", default=None, metavar="FILE", help="write the table of faults")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RESULTS] = {}
    config.stash[_STORY] = []


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest) -> dict[str, Result]:
    """Results by the fault's name, kept for the table."""
    return request.config.stash[_RESULTS]


@pytest.fixture(scope="session")
def story(request: pytest.FixtureRequest) -> list[str]:
    """How long each fault took to make: lines for the summary."""
    return request.config.stash[_STORY]


@pytest.fixture(scope="session")
def faulty(state_dir: Path) -> Iterator[str]:
    """Three brokers to be troubled."""
    up(SandboxSpec(name=NAME, overrides=SANDBOX))
    try:
        yield NAME
    finally:
        down(NAME, purge=True)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the table, and write it where that was asked for."""
    found = list(config.stash[_RESULTS].values())
    if not found:
        return
    terminalreporter.section("faults and their diagnoses")
    for line in table(found):
        terminalreporter.write_line(line)
    for line in config.stash[_STORY]:
        terminalreporter.write_line(line)
    for result in found:
        if not result.right:
            terminalreporter.write_line(f"{result.fault.name}: {result.summary}")
    file = config.getoption("--accuracy")
    if file:
        Path(file).write_text(page(found), encoding="utf-8")
