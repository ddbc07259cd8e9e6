"""Which folder and files provide which command, with its help line: the only list, read without importing them."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help must not import the model
    from steward.commands.api.registry import Capability


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or a short command: its folder, the files of its verbs in help order, its help line."""

    name: str
    folder: str
    verbs: str
    help: str
    section: str


EVERY_DAY = "Every day"
NOUNS_SECTION = "Inspect"
AROUND = "Set up and learn"

NOUNS: tuple[Noun, ...] = (
    Noun(
        "check",
        "check",
        "check list explain",
        "Audit the cluster: findings, evidence, remedies",
        EVERY_DAY,
    ),
    Noun("lag", "lag", "lag", "Consumer lag in seconds, with bounds", EVERY_DAY),
    Noun("diagnose", "lag", "diagnose", "Why a group lags: cause, evidence, what to do", EVERY_DAY),
    Noun(
        "serve",
        "daemon",
        "serve",
        "Poll clusters continuously: metrics, health, history",
        EVERY_DAY,
    ),
    Noun(
        "plan",
        "plan",
        "plan list show status execute resume undo pause cancel break_lease audit",
        "What manifests would change, and whether policy allows it",
        EVERY_DAY,
    ),
    Noun("apply", "plan", "apply", "Execute a plan, by its id or file", EVERY_DAY),
    Noun(
        "drift",
        "manifests",
        "drift",
        "How a cluster differs from its manifests, and since when",
        EVERY_DAY,
    ),
    Noun("export", "manifests", "export", "Export a cluster as manifests", EVERY_DAY),
    Noun("import", "manifests", "import_", "Convert other tools' files to manifests", EVERY_DAY),
    Noun("lint", "manifests", "lint", "Check manifests without a cluster", EVERY_DAY),
    Noun("doctor", "cluster", "doctor", "Diagnose a failing connection, step by step", EVERY_DAY),
    Noun("permissions", "cluster", "permissions", "The exact ACLs that steward needs", EVERY_DAY),
    Noun(
        "demo",
        "sandbox",
        "demo",
        "Demo: a real cluster, real problems, and an audit",
        EVERY_DAY,
    ),
    Noun("cluster", "cluster", "describe", "The whole cluster", NOUNS_SECTION),
    Noun("quorum", "cluster", "quorum", "The KRaft metadata quorum", NOUNS_SECTION),
    Noun(
        "broker",
        "broker",
        "list describe impact restart_gate alter unregister",
        "Brokers, their disks and load",
        NOUNS_SECTION,
    ),
    Noun(
        "capacity",
        "broker",
        "capacity_forecast",
        "When disks, links and partition counts run out",
        NOUNS_SECTION,
    ),
    Noun(
        "topic",
        "topic",
        "list describe advise create alter trim delete quarantine restore",
        "Topics and their partitions",
        NOUNS_SECTION,
    ),
    Noun(
        "group",
        "group",
        "list describe reset_offsets delete_offsets delete remove_member",
        "Groups of all four types, members and lag",
        NOUNS_SECTION,
    ),
    Noun(
        "backup",
        "backup",
        "create verify restore translate_offsets list show prune",
        "Backups of topics: raw record batches, verified",
        NOUNS_SECTION,
    ),
    Noun("acl", "acl", "list describe create delete", "Access control lists", NOUNS_SECTION),
    Noun(
        "quota", "quota", "list describe alter delete usage advise", "Client quotas", NOUNS_SECTION
    ),
    Noun("user", "user", "list describe create alter delete", "SCRAM users", NOUNS_SECTION),
    Noun(
        "reassignment",
        "reassignment",
        "plan snapshot list throttle_list throttle_sweep",
        "Rebalances with minimal data movement",
        NOUNS_SECTION,
    ),
    Noun(
        "transaction",
        "transaction",
        "list describe abort",
        "Transactions and hanging ones",
        NOUNS_SECTION,
    ),
    Noun(
        "log",
        "log",
        "verify dump summary diff zero_copy",
        "Log segments: damage, content, sizes, sendfile",
        NOUNS_SECTION,
    ),
    Noun(
        "alert",
        "alert",
        "list silence unsilence test rules dashboard",
        "Alerts, silences and receivers",
        NOUNS_SECTION,
    ),
    Noun(
        "sandbox",
        "sandbox",
        "up down status list broker scenario",
        "Real clusters on this machine, and scenarios",
        AROUND,
    ),
    Noun("profile", "profile", "list explain", "Configured clusters", AROUND),
    Noun("schema-of", "api", "schema_of", "The JSON Schema of a command's output", AROUND),
)


def capabilities_of(noun: Noun) -> "tuple[Capability, ...]":
    """Import the files of a noun's verbs and return their capabilities."""
    return tuple(
        capability
        for verb in noun.verbs.split()
        for capability in import_module(f"steward.commands.{noun.folder}.{verb}").CAPABILITIES
    )


def all_capabilities() -> "tuple[Capability, ...]":
    """Import everything, in help order.

    Errors: ValueError for a duplicate name.
    """
    found = tuple(c for noun in NOUNS for c in capabilities_of(noun))
    names = [c.name for c in found]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"capabilities defined twice: {', '.join(twice)}")
    return found
