"""`sandbox scenario run --background` and `sandbox status`: until when a scenario runs, and what to try."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from steward.commands.sandbox import scenario as commands
from steward.sandbox.creation import _planned  # pyright: ignore[reportPrivateUsage]
from steward.sandbox.jars import KafkaJars
from steward.sandbox.scenarios.__main__ import _begun  # pyright: ignore[reportPrivateUsage]
from steward.sandbox.scenarios.records import ScenarioRecord, save_record
from steward.sandbox.scenarios.registry import SCENARIOS
from steward.sandbox.state import save_state
from steward.sandbox.status import SandboxSpec
from support.command_line import CommandLine
from support.shown_commands import refusal_of

ENDS_AT_MS = 1_764_533_100_000
ENDS_AT = "2025-11-30T20:05:00.000Z"


def record(scenario: str, ends_at_ms: int | None = ENDS_AT_MS) -> ScenarioRecord:
    return ScenarioRecord(
        scenario=scenario,
        pid=os.getpid(),
        create_time=psutil.Process().create_time(),
        seconds=60,
        seed=1,
        ready=ends_at_ms is not None,
        ends_at_ms=ends_at_ms,
    )


@pytest.fixture
def running(config: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A sandbox with a profile, in which scenarios begin at once."""

    def make(name: str) -> None:
        folder = config.parent / "state" / "sandboxes" / name
        save_state(
            _planned(
                SandboxSpec(name=name, brokers=2),
                KafkaJars(version="4.4.0", classpath=(), agent=None),
            )
        )
        (folder / "profile.toml").write_text(
            f'[profiles.{name}]\nbootstrap_servers = "127.0.0.1:1"\nenvironment = "development"\n'
        )

    def run(name: str, scenario: str, *, background: bool, **_: Any) -> ScenarioRecord | None:
        if not background:
            return None
        save_record(name, record(scenario))
        return record(scenario)

    monkeypatch.setattr(commands, "run_scenario", run)
    return make


def test_a_scenario_in_the_background_says_until_when_and_what_to_try(
    running: Callable[..., None], steward: CommandLine
) -> None:
    running("play")
    words = ("sandbox", "scenario", "run", "lag-spike", "--background", "--name", "play")
    ran = steward(*words)
    assert (ran.code, ran.err) == (0, "")
    assert f"It runs in the background until {ENDS_AT}.\n" in ran.out
    shown = [line.strip() for line in ran.out.splitlines() if line.strip().startswith("$ ")]
    assert shown == [
        "$ steward --cluster play check --only lag_over_objective",
        "$ steward --cluster play diagnose lag-spike.billing",
        "$ steward sandbox status --name play",
        "$ steward sandbox scenario stop lag-spike --name play",
    ]
    data = steward(*words, "-o", "json").json["data"]
    assert data["until"] == ENDS_AT
    assert [step["command"] for step in data["next_steps"]] == [line[2:] for line in shown]


def test_a_scenario_in_the_foreground_leaves_nothing_to_try(
    running: Callable[..., None], steward: CommandLine
) -> None:
    running("play")
    ran = steward("sandbox", "scenario", "run", "lag-spike", "--name", "play")
    assert (ran.code, ran.err) == (0, "")
    assert "background" not in ran.out
    assert len(ran.out.splitlines()) == 2


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.name)
def test_every_next_step_is_a_command_that_exists(
    scenario: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = commands.next_steps(scenario, "play")
    assert all(refusal_of(str(step.command), monkeypatch) == "" for step in steps)


def test_status_shows_what_runs_and_until_when(
    running: Callable[..., None], steward: CommandLine
) -> None:
    running("play")
    assert "no scenarios" in steward("sandbox", "status", "--name", "play").out
    save_record("play", record("lag-spike"))
    save_record("play", record("mixed", None))
    rows = steward("sandbox", "status", "--name", "play", "-o", "json").json["data"]["scenarios"]
    assert [(r["scenario"], r["until"]) for r in rows] == [("lag-spike", ENDS_AT), ("mixed", None)]
    shown = steward("sandbox", "status", "--name", "play").out.split("SCENARIOS\n")[1]
    assert [line.split()[:2] for line in shown.splitlines()[1:]] == [
        ["lag-spike", ENDS_AT],
        ["mixed", "-"],
    ]


def test_the_time_counts_from_when_the_trouble_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 1_000_000_000_000_000)
    begun = _begun(record("lag-spike", None))
    assert begun.ready
    assert begun.ends_at_ms == 1_000_000_000 + 60_000
