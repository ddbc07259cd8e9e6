"""Create and delete ACLs: every binding is a step, shown before it is created or deleted."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.acl.words import OPERATIONS
from steward.commands.api.consent import ConsentParams
from steward.model.doc import Candidates, Doc

_CLUSTER_NAME = "kafka-cluster"


@dataclass(frozen=True, slots=True, kw_only=True)
class AclChangeParams(ConsentParams):
    """Principals, operations and resources; each option may be repeated, and every combination is selected."""

    principal: Annotated[tuple[str, ...], Doc("User:NAME or NAME", metavar="NAME")] = ()
    operation: Annotated[tuple[str, ...], Doc("operation, such as READ", choices=OPERATIONS)] = ()
    topic: Annotated[
        tuple[str, ...], Doc("this topic", metavar="NAME", completes=Candidates.TOPICS)
    ] = ()
    group: Annotated[
        tuple[str, ...], Doc("this group", metavar="NAME", completes=Candidates.GROUPS)
    ] = ()
    transactional_id: Annotated[tuple[str, ...], Doc("this transactional id", metavar="ID")] = ()
    on_cluster: Annotated[bool, Doc("the cluster itself")] = False
    prefixed: Annotated[bool, Doc("names are prefixes")] = False
    host: Annotated[
        tuple[str, ...],
        Doc(
            "host address, * for every one; default: create allows every host, delete matches every host",
            metavar="ADDRESS",
        ),
    ] = ()
    deny: Annotated[bool, Doc("DENY instead of ALLOW")] = False

    @property
    def resources(self) -> tuple[tuple[str, str], ...]:
        """The selected resources: type and name."""
        named = (
            *(("TOPIC", name) for name in self.topic),
            *(("GROUP", name) for name in self.group),
            *(("TRANSACTIONAL_ID", name) for name in self.transactional_id),
        )
        return (*named, *((("CLUSTER", _CLUSTER_NAME),) if self.on_cluster else ()))

    @property
    def source(self) -> str:
        """These conditions as command-line arguments."""
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
