"""Which folder and files offer which command, with its line in help: the only list, read without importing them."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help must not pay for the model
    from steward.commands.api.registry import Capability


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or a short command: its folder, the files of its verbs in the order of help, its line there."""

    name: str
    folder: str
    verbs: str
    help: str
    section: str


EVERY_DAY = "Every day"
NOUNS_SECTION = "Look closer"
AROUND = "Set up and learn"

NOUNS: tuple[Noun, ...] = (
    Noun(
        "check",
        "check",
        "check list explain",
        "Audit the cluster: what is wrong, the proof, the cure",
        EVERY_DAY,
    ),
    Noun("lag", "lag", "lag", "Consumer lag in seconds, with bounds", EVERY_DAY),
    Noun("diagnose", "lag", "diagnose", "Why a group lags: cause, proof, what to do", EVERY_DAY),
    Noun(
        "serve",
        "daemon",
        "serve",
        "Watch clusters without end: metrics, health, history",
        EVERY_DAY,
    ),
    Noun(
        "plan",
        "plan",
        "plan list show status execute resume undo pause cancel break_lease audit",
        "What manifests would change, and whether it may",
        EVERY_DAY,
    ),
    Noun("apply", "plan", "apply", "Carry out a plan, by its id or file", EVERY_DAY),
    Noun(
        "drift",
        "manifests",
        "drift",
        "Where a cluster has left its manifests, and since when",
        EVERY_DAY,
    ),
    Noun("export", "manifests", "export", "A cluster as manifests", EVERY_DAY),
    Noun("import", "manifests", "import_", "Files of other tools as manifests", EVERY_DAY),
    Noun("lint", "manifests", "lint", "Judge manifests without a cluster", EVERY_DAY),
    Noun("doctor", "cluster", "doctor", "Explain why a connection fails, step by step", EVERY_DAY),
    Noun("permissions", "cluster", "permissions", "The exact ACLs that steward needs", EVERY_DAY),
    Noun(
        "demo",
        "sandbox",
        "demo",
        "The tour: a real cluster, real trouble, and its audit",
        EVERY_DAY,
    ),
    Noun("cluster", "cluster", "describe", "The cluster as a whole", NOUNS_SECTION),
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
    Noun("acl", "acl", "list describe create delete", "Access control lists", NOUNS_SECTION),
    Noun(
        "quota", "quota", "list describe alter delete usage advise", "Client quotas", NOUNS_SECTION
    ),
    Noun("user", "user", "list describe create alter delete", "SCRAM users", NOUNS_SECTION),
    Noun(
        "reassignment",
        "reassignment",
        "plan snapshot list throttle_list throttle_sweep",
        "Rebalances with least movement, planned and proved",
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
        "alert",
        "alert",
        "list silence unsilence test rules dashboard",
        "Alerts, silences, and whom they are told to",
        NOUNS_SECTION,
    ),
    Noun(
        "sandbox",
        "sandbox",
        "up down status list broker scenario",
        "Real clusters on this machine, and scenarios",
        AROUND,
    ),
    Noun("profile", "profile", "list explain", "Clusters that the configuration knows", AROUND),
    Noun("schema-of", "api", "schema_of", "The JSON Schema of a command's output", AROUND),
)


def capabilities_of(noun: Noun) -> "tuple[Capability, ...]":
    """Import the files of a noun's verbs and return what they offer."""
    return tuple(
        capability
        for verb in noun.verbs.split()
        for capability in import_module(f"steward.commands.{noun.folder}.{verb}").CAPABILITIES
    )


def all_capabilities() -> "tuple[Capability, ...]":
    """Import everything, in the order of help.

    Errors: ValueError for a name that occurs twice.
    """
    found = tuple(c for noun in NOUNS for c in capabilities_of(noun))
    names = [c.name for c in found]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"capabilities defined twice: {', '.join(twice)}")
    return found
