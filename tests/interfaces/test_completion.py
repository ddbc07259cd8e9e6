"""What a shell offers: names of the program, the configuration, the store and the cluster, and never an error."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from steward.commands.api import candidates as reading
from steward.documents.plan import plan_from_plain
from steward.interfaces.cli.options import Globals
from steward.interfaces.cli.root import root_command
from steward.model.connection import Connection, Secret
from steward.model.error import ClusterUnreachable
from steward.model.snapshot import Part
from steward.store.open import open_store
from support.cluster_text import snapshot_of
from support.document_kinds import KINDS
from support.example_cluster import example
from support.fake_observer import FakeObserver

pytestmark = pytest.mark.usefixtures("config")


class Shell:
    """Completes words against the example cluster; remembers how it connected."""

    def __init__(self) -> None:
        self.observer = FakeObserver(example())
        self.connections: list[Connection] = []

    def connect(self, connection: Connection) -> FakeObserver:
        self.connections.append(connection)
        return self.observer

    def __call__(
        self, *words: str, connect: Callable[[Connection], object] | None = None
    ) -> list[str]:
        found = ShellComplete(
            root_command(),
            {"obj": Globals(connect=connect or self.connect)},
            "steward",
            "_STEWARD_COMPLETE",
        )
        return [item.value for item in found.get_completions(list(words[:-1]), words[-1])]


TOPICS = sorted(t.name for t in example().topics.value if not t.is_internal)  # pyright: ignore
GROUPS = sorted(g.id for g in example().groups.value)  # pyright: ignore
BROKERS = [str(b.id) for b in example().brokers.value]  # pyright: ignore


@pytest.mark.parametrize(
    "words", [("topic", "describe"), ("topic", "delete"), ("lag", "--topic"), ("acl", "list", "--topic")],
    ids=" ".join,
)  # fmt: skip
def test_topics_come_from_the_cluster(words: tuple[str, ...]) -> None:
    shell = Shell()
    assert shell(*words, "")[: len(TOPICS)] == TOPICS
    assert shell.observer.parts_asked == {Part.TOPICS, Part.IDENTITY}
    assert shell(*words, TOPICS[0][:3]) == [t for t in TOPICS if t.startswith(TOPICS[0][:3])]


@pytest.mark.parametrize("words", [("lag",), ("diagnose",), ("group", "describe")], ids=" ".join)
def test_groups_come_from_the_cluster(words: tuple[str, ...]) -> None:
    assert Shell()(*words, "")[-len(GROUPS) :] == GROUPS


def test_brokers_are_completed_by_id() -> None:
    assert Shell()("broker", "describe", "") == BROKERS
    assert Shell()("broker", "describe", BROKERS[0], BROKERS[1]) == [BROKERS[1]]


def test_a_list_with_commas_completes_its_last_name() -> None:
    first = TOPICS[0]
    offered = Shell()("lag", "--topic", f"{first},")
    assert f"{first},{TOPICS[1]}" in offered
    assert f"{first},{first}" not in offered


def test_checks_and_configuration_keys_need_no_cluster() -> None:
    shell = Shell()
    assert shell("check", "explain", "min_isr_o") == ["min_isr_one"]
    assert shell("topic", "alter", "orders", "--unset", "retention.m") == ["retention.ms"]
    assert shell("topic", "alter", "orders", "--set", "retention.m") == ["retention.ms="]
    assert shell("broker", "alter", "1", "--set", "log.cleaner.th") == ["log.cleaner.threads="]
    assert shell("quota", "alter", "--unset", "prod") == ["producer_byte_rate"]
    assert shell.connections == []


def test_the_cluster_is_the_one_that_the_line_names() -> None:
    shell = Shell()
    shell("--cluster", "dev", "topic", "describe", "")
    shell("topic", "describe", "--cluster", "prod", "")
    assert [c.bootstrap_servers for c in shell.connections] == [
        ("localhost:9092",),
        ("broker1:9092",),
    ]
    assert all(c.request_timeout_seconds <= 1.0 for c in shell.connections)


def test_plans_come_from_the_store_which_is_not_created(tmp_path: Path) -> None:
    file = tmp_path / "state" / "steward.db"
    assert Shell()("plan", "show", "") == []
    assert not file.exists()
    plan = plan_from_plain(json.loads(KINDS["plan"][0][0]), "sample")
    with open_store(Secret(f"sqlite:///{file}")) as store:
        store.plans.save(plan)
    before = file.read_bytes()
    for words in (("plan", "show"), ("plan", "execute"), ("apply",), ("permissions", "--plan")):
        assert Shell()(*words, plan.id[:4]) == [plan.id]
    assert file.read_bytes() == before


def test_a_store_of_another_kind_offers_no_plans(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "state" / "steward.db"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database")
    assert Shell()("plan", "show", "") == []
    assert file.read_bytes() == b"no database"
    config.write_text(f'{config.read_text()}\n[store]\nurl = "postgresql+psycopg://h/d"\n')
    assert Shell()("plan", "show", "") == []


def test_a_cluster_that_does_not_answer_offers_nothing() -> None:
    def unreachable(_: Connection) -> object:
        raise ClusterUnreachable("no broker answered")

    assert Shell()("topic", "describe", "", connect=unreachable) == []
    assert Shell()("topic", "describe", "--cluster", "nowhere", "") == []


def test_a_cluster_that_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(_: Connection) -> object:
        over.wait()
        raise ClusterUnreachable("late")

    monkeypatch.setattr(reading, "DEADLINE_SECONDS", 0.01)
    try:
        assert Shell()("topic", "describe", "", connect=slow) == []
    finally:
        over.set()


def test_names_that_a_shell_would_run_or_split_are_not_offered() -> None:
    """A shell inserts what is offered without quotes, and Enter runs it."""
    hostile = ("$(touch x)", "`id`", "a b", "x;y", "a&b", "it's", "a\nb", "\x1b[2J", "*")
    shell = Shell()
    shell.observer = FakeObserver(snapshot_of({"groups": {name: {} for name in ("app", *hostile)}}))
    assert shell("group", "describe", "") == ["app"]
