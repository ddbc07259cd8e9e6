"""Desired state against a cluster: the changes that lead from one to the other, and what no change can do."""

from dataclasses import dataclass, field
from shlex import join
from typing import TypeVar

from steward.manifests.configs import compare_configs
from steward.manifests.desired import Desired, DesiredTopic, DesiredUser
from steward.manifests.kinds import PasswordFrom
from steward.manifests.pruning import Pruned, prune
from steward.model.change import (
    AlterQuota,
    Change,
    CreateAcl,
    CreatePartitions,
    CreateTopic,
    UpsertScram,
)
from steward.model.finding import ObjectRef
from steward.model.plan import Impossible
from steward.model.snapshot import ClusterSnapshot, Part
from steward.model.topic import Topic
from steward.model.unknown import NotApplicable, Observed, Unknown
from steward.model.user import ScramUser

T = TypeVar("T")
UNSEEN = "see what is missing with: steward permissions"

NEW_ITERATIONS = 8192
"""Rounds of hashing of a new credential, where its manifest says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs and is not changed by a plan: why, and what to do."""

    object: ObjectRef
    reason: str
    remedy: str = ""

    def __str__(self) -> str:
        """Write it on one line."""
        return f"{self.object}: {self.reason}" + (f"; {self.remedy}" if self.remedy else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What leads from a cluster to the desired state.

    ``changes`` are in no order: planning puts them into a safe one. ``left`` differs and stays; ``unmanaged`` counts
    as no difference: objects that the scope holds, and no manifest declares.
    """

    changes: tuple[Change, ...]
    impossible: tuple[Impossible, ...] = ()
    left: tuple[Difference, ...] = ()
    unmanaged: tuple[str, ...] = ()

    @property
    def in_sync(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changes or self.impossible or self.left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How to compare.

    ``prune``: which of topics, acls, quotas, users may be pruned where their set says ``confirm``. ``rotate``: users
    whose passwords are set anew. ``pin``: set also what the brokers' defaults give anyway.
    """

    prune: frozenset[str] = frozenset()
    rotate: frozenset[str] = frozenset()
    pin: bool = False


@dataclass(slots=True)
class Found:
    """What a comparison has found so far."""

    changes: list[Change] = field(default_factory=list[Change])
    impossible: list[Impossible] = field(default_factory=list[Impossible])
    left: list[Difference] = field(default_factory=list[Difference])
    unmanaged: list[str] = field(default_factory=list[str])

    def cannot(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Note what no plan can do."""
        self.impossible.append(
            Impossible(object=ObjectRef(kind, name), reason=reason, remedy=remedy)
        )

    def leave(self, kind: str, name: str, reason: str, remedy: str = "") -> None:
        """Note a difference that stays."""
        self.left.append(Difference(object=ObjectRef(kind, name), reason=reason, remedy=remedy))

    def add(self, pruned: Pruned) -> None:
        """Take over what pruning found."""
        self.changes += pruned.changes
        self.unmanaged += pruned.unmanaged


def compare(
    desired: Desired, snapshot: ClusterSnapshot, wishes: Wishes | None = None
) -> Comparison:
    """Compare what is wanted with what a snapshot shows.

    Only dynamic topic configs are compared with explicit wishes; a wish that the effective default fulfils is in sync,
    but for retention, which a topic is to say itself.
    """
    wishes = wishes or Wishes()
    found = Found()
    _topics(desired, snapshot, wishes, found)
    _acls(desired, snapshot, found)
    _quotas(desired, snapshot, found)
    _users(desired, snapshot, wishes, found)
    found.add(prune(desired, snapshot, wishes.prune))
    return Comparison(
        changes=tuple(found.changes),
        impossible=tuple(found.impossible),
        left=tuple(found.left),
        unmanaged=tuple(found.unmanaged),
    )


def needed_parts(desired: Desired) -> frozenset[Part]:
    """Return the parts of a snapshot that a comparison reads: only of the kinds that are declared or pruned."""
    parts = {Part.IDENTITY}
    prunes = [spec.prune for _, spec in desired.sets]
    scopes = [spec.scope for _, spec in desired.sets]
    if desired.topics or any(s.topics for s in scopes):
        parts |= {Part.TOPICS, Part.TOPIC_CONFIGS, Part.BROKERS}
    if desired.acls or any(p.acls != "never" for p in prunes):
        parts.add(Part.ACLS)
    if desired.quotas or any(p.quotas != "never" for p in prunes):
        parts.add(Part.QUOTAS)
    if desired.users or any(p.users != "never" for p in prunes):
        parts.add(Part.USERS)
    return frozenset(parts)


def _seen(
    part: Observed[T] | Unknown | NotApplicable, wanted: int, plural: str, found: Found
) -> T | None:
    """Return a part that was seen; where something is wanted of it and it was not, say so once."""
    if isinstance(part, Observed):
        return part.value
    if wanted:
        found.cannot(
            "cluster", "cluster", f"{wanted} {plural} are wanted, and none can be seen: {part}",
            "" if isinstance(part, NotApplicable) else UNSEEN,
        )  # fmt: skip
    return None


# Topics


def _topics(desired: Desired, snapshot: ClusterSnapshot, wishes: Wishes, found: Found) -> None:
    topics = _seen(snapshot.topics, len(desired.topics), "topics", found)
    if topics is None:
        return
    existing = {t.name: t for t in topics}
    for wanted in desired.topics:
        topic = existing.get(wanted.name)
        if topic is None:
            found.changes.append(_creation(wanted))
        else:
            _counts(wanted, topic, found)
            _configs(wanted, snapshot, wishes, found)


def _creation(wanted: DesiredTopic) -> CreateTopic:
    return CreateTopic(
        name=wanted.name,
        partitions=wanted.partitions,
        replication_factor=wanted.replicas,
        configs=wanted.config,
    )


def _counts(wanted: DesiredTopic, topic: Topic, found: Found) -> None:
    now = len(topic.partitions)
    if wanted.partitions > now:
        found.changes.append(CreatePartitions(topic=wanted.name, partitions=wanted.partitions))
    elif wanted.partitions < now:
        found.cannot(
            "topic", wanted.name,
            f"it has {now} partitions, {wanted.partitions} are wanted at {wanted.place}: Kafka cannot take any away",
            f"write partitions: {now}, or move producers and consumers to a new topic; it is never recreated",
        )  # fmt: skip
    if wanted.replicas != topic.replication_factor:
        found.leave(
            "topic", wanted.name,
            f"replication factor {topic.replication_factor} -> {wanted.replicas} is not part of this plan",
            "move replicas with kafka-reassign-partitions.sh",
        )  # fmt: skip


def _configs(wanted: DesiredTopic, snapshot: ClusterSnapshot, wishes: Wishes, found: Found) -> None:
    part = snapshot.topic_configs
    entries = part.value.get(wanted.name) if isinstance(part, Observed) else part
    if entries is None or isinstance(entries, Unknown):
        if wanted.config:
            why = str(entries) if entries else "not seen"
            found.cannot("topic", wanted.name, f"its configuration is unknown: {why}", UNSEEN)
        return
    result = compare_configs(wanted, entries, pin=wishes.pin)
    if result.change is not None:
        found.changes.append(result.change)
    for key, remedy in result.unknown_keys:
        found.cannot(
            "topic", wanted.name, f"the brokers know no topic config {key} ({wanted.place})", remedy
        )
    if result.reported:
        found.leave(
            "topic", wanted.name, f"set on the topic, but in no manifest: {', '.join(result.reported)}",
            "declare them, or write unmanagedConfig: reset or keep",
        )  # fmt: skip


# ACLs, quotas, users


def _acls(desired: Desired, snapshot: ClusterSnapshot, found: Found) -> None:
    acls = _seen(snapshot.acls, len(desired.acls), "ACLs", found)
    if acls is None:
        return
    existing = frozenset(acls)
    found.changes += [CreateAcl(acl=acl) for acl in desired.acls if acl not in existing]


def _quotas(desired: Desired, snapshot: ClusterSnapshot, found: Found) -> None:
    quotas = _seen(snapshot.quotas, len(desired.quotas), "quotas", found)
    if quotas is None:
        return
    existing = {entry.entity: entry.limits for entry in quotas}
    for entry, _ in desired.quotas:
        now = existing.get(entry.entity, {})
        wrong = {k: v for k, v in entry.limits.items() if now.get(k) != v}
        if wrong:
            found.changes.append(AlterQuota(entity=entry.entity, set=wrong))


def _users(desired: Desired, snapshot: ClusterSnapshot, wishes: Wishes, found: Found) -> None:
    users = _seen(snapshot.users, len(desired.users), "users", found)
    if users is None:
        return
    existing = {user.name: user for user in users}
    for wanted in desired.users:
        _user(wanted, existing.get(wanted.name), wanted.name in wishes.rotate, found)
    for name in sorted(wishes.rotate - {u.name for u in desired.users}):
        found.cannot("user", name, "its password cannot be rotated: no User declares it")


def _user(wanted: DesiredUser, user: ScramUser | None, rotate: bool, found: Found) -> None:
    credentials = user.credentials if user else ()
    now = next((c for c in credentials if c.mechanism == wanted.mechanism), None)
    if now is not None and not rotate:
        if wanted.iterations is not None and wanted.iterations != now.iterations:
            found.leave(
                "user", wanted.name,
                f"{wanted.mechanism} iterations {now.iterations} -> {wanted.iterations} need the password anew",
                f"rotate it: --rotate {wanted.name}",
            )  # fmt: skip
        return
    if wanted.password_from is None:
        found.cannot(
            "user", wanted.name, f"{wanted.mechanism} credential without a password ({wanted.place})",
            "add passwordFrom: {env: NAME}, {file: PATH} or {command: [PROGRAM, ...]}",
        )  # fmt: skip
        return
    iterations = wanted.iterations or (now.iterations if now else NEW_ITERATIONS)
    found.changes.append(
        UpsertScram(
            user=wanted.name,
            mechanism=wanted.mechanism,
            iterations=iterations,
            password_from=_password_source(wanted.password_from),
            rotate=now is not None,
        )
    )


def _password_source(source: PasswordFrom) -> str:
    """Say where the executor finds a password, as `UpsertScram` spells it."""
    if source.env:
        return f"env:{source.env}"
    return f"file:{source.file}" if source.file else f"command:{join(source.command)}"
