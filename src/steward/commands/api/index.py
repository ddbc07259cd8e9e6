"""Which module offers which noun, with the line that help shows: the only list, read without importing them."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # help must not pay for the model
    from steward.commands.api.registry import Capability


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun or a short command: its module in this package, its help line, and the section it stands in."""

    name: str
    module: str
    help: str
    section: str


EVERY_DAY = "Every day"
NOUNS_SECTION = "Look closer"
AROUND = "Set up and learn"

NOUNS: tuple[Noun, ...] = (
    Noun("check", "check", "Audit the cluster: what is wrong, the proof, the cure", EVERY_DAY),
    Noun("lag", "lag", "Consumer lag in seconds, with bounds", EVERY_DAY),
    Noun("diagnose", "diagnose", "Why a group lags: cause, proof, what to do", EVERY_DAY),
    Noun("serve", "serve", "Watch clusters without end: metrics, health, history", EVERY_DAY),
    Noun("plan", "plan", "What manifests would change, and whether it may", EVERY_DAY),
    Noun("apply", "apply", "Carry out a plan, by its id or file", EVERY_DAY),
    Noun("drift", "drift", "Where a cluster has left its manifests, and since when", EVERY_DAY),
    Noun("export", "export", "A cluster as manifests", EVERY_DAY),
    Noun("import", "import_", "Files of other tools as manifests", EVERY_DAY),
    Noun("lint", "lint", "Judge manifests without a cluster", EVERY_DAY),
    Noun("doctor", "doctor", "Explain why a connection fails, step by step", EVERY_DAY),
    Noun("permissions", "permissions", "The exact ACLs that steward needs", EVERY_DAY),
    Noun("demo", "demo", "The tour: a real cluster, real trouble, and its audit", EVERY_DAY),
    Noun("cluster", "cluster", "The cluster as a whole", NOUNS_SECTION),
    Noun("quorum", "quorum", "The KRaft metadata quorum", NOUNS_SECTION),
    Noun("broker", "broker", "Brokers, their disks and load", NOUNS_SECTION),
    Noun("capacity", "capacity", "When disks, links and partition counts run out", NOUNS_SECTION),
    Noun("topic", "topic", "Topics and their partitions", NOUNS_SECTION),
    Noun("group", "group", "Groups of all four types, members and lag", NOUNS_SECTION),
    Noun("acl", "acl", "Access control lists", NOUNS_SECTION),
    Noun("quota", "quota", "Client quotas", NOUNS_SECTION),
    Noun("user", "user", "SCRAM users", NOUNS_SECTION),
    Noun(
        "reassignment",
        "reassignment",
        "Rebalances with least movement, planned and proved",
        NOUNS_SECTION,
    ),
    Noun("transaction", "transaction", "Transactions and hanging ones", NOUNS_SECTION),
    Noun("alert", "alert", "Alerts, silences, and whom they are told to", NOUNS_SECTION),
    Noun("sandbox", "sandbox", "Real clusters on this machine, and scenarios", AROUND),
    Noun("profile", "profile", "Clusters that the configuration knows", AROUND),
    Noun("schema-of", "schema_of", "The JSON Schema of a command's output", AROUND),
)


def capabilities_of(noun: Noun) -> "tuple[Capability, ...]":
    """Import a noun's module and return what it offers."""
    return import_module(f"steward.commands.{noun.module}").CAPABILITIES


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
