"""Commands on a saved plan print next steps for the plan's cluster, whatever cluster the command line chose."""

import re
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from steward.change.planning.build import make_plan
from steward.commands.api.index import all_capabilities
from steward.model.change import CreateTopic
from steward.model.connection import Secret
from steward.model.doc import Candidates, Doc
from steward.model.instant import Instant
from steward.model.plan import Plan
from steward.store.open import Store, open_store
from support.cluster_text import snapshot_of
from support.command_line import CommandLine

CREATE = CreateTopic(name="new", partitions=2, replication_factor=3)
TAKE_A_PLAN = [
    ("plan", "show"),
    ("plan", "status"),
    ("plan", "execute"),
    ("plan", "resume"),
    ("plan", "pause"),
    ("plan", "cancel"),
    ("plan", "undo"),
    ("apply",),
    ("permissions", "--plan"),
]
_COMMANDS = re.compile(r"(?<![:\w])steward (?:--[a-z]|-B|[a-z-]+ [a-z-]+ [0-9a-f]{16})[^\n]*")


@pytest.fixture
def store(tmp_path: Path, config: Path) -> Callable[[], Store]:
    return lambda: open_store(Secret(f"sqlite:///{tmp_path}/state/steward.db"))


def plan_for(store: Callable[[], Store], *, made_under: str, cluster_id: str = "of-dev") -> str:
    """Save a plan for another cluster than the default profile's, and return its id."""
    now = Instant(time.time_ns() // 1_000_000)
    snapshot = snapshot_of({"identity": {"id": cluster_id}, "brokers": "1@a 2@b 3@c"})
    plan: Plan = make_plan((CREATE,), snapshot, title="t", made_by="me", source="test", now=now)
    with store() as kept:
        kept.plans.save(plan, cluster_name=made_under)
    return plan.id


def commands_in(ran: tuple[str, str]) -> list[str]:
    """Return the printed commands; a plan's source is what made it, and no next step."""
    lines = (line for text in ran for line in text.splitlines() if '"source":' not in line)
    return [command for line in lines for command in _COMMANDS.findall(line)]


def test_no_command_that_takes_a_plan_is_left_out() -> None:
    taking = {c.name for c in all_capabilities() if _takes_a_plan(c.params)} - {"plan.audit"}
    assert taking == {".".join(w for w in words if w[0] != "-") for words in TAKE_A_PLAN}


def _takes_a_plan(params: type) -> bool:
    hints = get_type_hints(params, include_extras=True)
    docs = [d for f in fields(params) for d in getattr(hints[f.name], "__metadata__", ())]
    return any(isinstance(d, Doc) and d.completes is Candidates.PLANS for d in docs)


@pytest.mark.parametrize("words", TAKE_A_PLAN, ids=" ".join)
@pytest.mark.parametrize("format", ["text", "json"])
def test_next_steps_are_for_the_plans_cluster(
    steward: CommandLine, store: Callable[[], Store], words: tuple[str, ...], format: str
) -> None:
    """Nothing on the command line chooses a cluster, and the default profile is another one."""
    plan = plan_for(store, made_under="dev")
    ran = steward(*words, plan, "-o", format)
    shown = commands_in((ran.out, ran.err))
    assert [line for line in shown if "--cluster dev" not in line] == []
    assert "--cluster prod" not in ran.out + ran.err


def test_a_plan_that_never_started_is_started_on_its_cluster(
    steward: CommandLine, store: Callable[[], Store]
) -> None:
    plan = plan_for(store, made_under="dev")
    assert f"steward --cluster dev plan execute {plan}" in steward("plan", "resume", plan).err


def test_another_cluster_on_the_command_line_does_not_count(
    steward: CommandLine, store: Callable[[], Store]
) -> None:
    plan = plan_for(store, made_under="dev")
    ran = steward("--cluster", "prod", "plan", "pause", plan)
    assert f"steward --cluster dev plan status {plan}" in ran.err


def test_a_second_name_of_the_same_cluster_is_kept(
    steward: CommandLine, store: Callable[[], Store]
) -> None:
    plan = plan_for(store, made_under="dev")
    with store() as kept:
        kept.clusters.learn("prod", "of-dev")
    ran = steward("--cluster", "prod", "plan", "pause", plan)
    assert f"steward --cluster prod plan status {plan}" in ran.err


def test_a_profile_with_the_plans_cluster_id_is_found(
    steward: CommandLine, store: Callable[[], Store], config: Path
) -> None:
    config.write_text(config.read_text() + 'cluster_id = "of-dev"\n')
    plan = plan_for(store, made_under="")
    assert f"--cluster dev plan status {plan}" in steward("plan", "pause", plan).err


def test_where_no_name_is_known_the_command_line_decides(
    steward: CommandLine, store: Callable[[], Store]
) -> None:
    plan = plan_for(store, made_under="removed-profile")
    ran = steward("-B", "b9:9092", "plan", "pause", plan)
    assert f"steward -B b9:9092 plan status {plan}" in ran.err


def test_the_file_with_the_profile_is_kept(
    steward: CommandLine, store: Callable[[], Store], config: Path
) -> None:
    plan = plan_for(store, made_under="dev")
    ran = steward("--config", str(config), "plan", "pause", plan)
    assert f"--config {config} --cluster dev plan status {plan}" in ran.err
