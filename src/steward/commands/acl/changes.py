"""ACLs created and deleted: every binding is a step, shown before it is made or goes."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.acl.words import OPERATIONS
from steward.commands.api.consent import ConsentParams
from steward.model.doc import Doc

_CLUSTER_NAME = "kafka-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclChangeParams(ConsentParams):
    """Whose rights on what; each option may be repeated, and all combinations are meant."""

    principal: Annotated[tuple[str, ...], Doc("User:NAME or NAME", metavar="NAME")] = ()
    operation: Annotated[tuple[str, ...], Doc("what may be done", choices=OPERATIONS)] = ()
    topic: Annotated[tuple[str, ...], Doc("on this topic", metavar="NAME")] = ()
    group: Annotated[tuple[str, ...], Doc("on this group", metavar="NAME")] = ()
    transactional_id: Annotated[tuple[str, ...], Doc("on this transactional id", metavar="ID")] = ()
    on_cluster: Annotated[bool, Doc("on the cluster itself")] = False
    prefixed: Annotated[bool, Doc("names are prefixes")] = False
    host: Annotated[
        tuple[str, ...],
        Doc(
            "address from which it holds, * is every one; not given: create allows every, delete takes any host's",
            metavar="ADDRESS",
        ),
    ] = ()
    deny: Annotated[bool, Doc("DENY instead of ALLOW")] = False

    @property
    def resources(self) -> tuple[tuple[str, str], ...]:
        """The resources that are named: type and name."""
        named = (
            *(("TOPIC", name) for name in self.topic),
            *(("GROUP", name) for name in self.group),
            *(("TRANSACTIONAL_ID", name) for name in self.transactional_id),
        )
        return (*named, *((("CLUSTER", _CLUSTER_NAME),) if self.on_cluster else ()))

    @property
    def source(self) -> str:
        """These conditions as words of a command line."""
        words: list[str] = []
        for name in ("principal", "operation", "topic", "group", "transactional_id", "host"):
            for value in getattr(self, name):
                words += [f"--{name.replace('_', '-')}", value]
        flags = [
            f"--{n.replace('_', '-')}"
            for n in ("on_cluster", "prefixed", "deny")
            if getattr(self, n)
        ]
        return " ".join((*words, *flags))
