"""Rules on ACLs, users, tenants and waivers."""

from collections.abc import Iterator

from steward.change.manifests.desired import acl_bindings, quota_entry
from steward.change.manifests.kinds import (
    AclSpec,
    ApplicationSpec,
    Manifest,
    QuotaSpec,
    TenantSpec,
    UserSpec,
    WaiverSpec,
)
from steward.change.manifests.lint.rule import LintHit, LintInput, rule
from steward.change.manifests.scope import matches
from steward.change.manifests.spelling import allowed_operations
from steward.model.finding import ObjectRef, Severity

_READING = frozenset({"READ", "DESCRIBE", "DESCRIBE_CONFIGS"})


def _acls(case: LintInput) -> Iterator[tuple[Manifest, AclSpec]]:
    return ((m, s) for m, s in case.manifests.of(AclSpec) if s.permission == "allow")


def _on_acl(
    manifest: Manifest, summary: str, fact: str, value: str, remedy: str,
    severity: Severity | None = None,
) -> LintHit:  # fmt: skip
    return LintHit(
        object=ObjectRef("acl", manifest.metadata.name), place=manifest.place, summary=summary,
        fact=fact, value=value, remedy=remedy, severity=severity,
    )  # fmt: skip


@rule(Severity.CRITICAL)
def acl_open_to_everyone(case: LintInput) -> Iterator[LintHit]:
    """Every client is allowed to do something."""
    for manifest, spec in _acls(case):
        if spec.principal == "User:*":
            reads = all(b.operation in _READING for b in acl_bindings(spec))
            yield _on_acl(
                manifest, f"every client may {', '.join(spec.operations)} on {spec.resource.type} {spec.resource.name}",
                "principal", "User:*", "name the principals that need it",
                Severity.HIGH if reads else Severity.CRITICAL,
            )  # fmt: skip


@rule(Severity.HIGH)
def acl_topic_wildcard_write(case: LintInput) -> Iterator[LintHit]:
    """A principal may write, alter or delete every topic."""
    for manifest, spec in _acls(case):
        strong = [b.operation for b in acl_bindings(spec) if b.operation not in _READING]
        if spec.resource.type == "topic" and spec.resource.name == "*" and strong:
            yield _on_acl(
                manifest, f"{spec.principal} may {', '.join(strong)} on every topic", "resource.name", "*",
                "name topics, or one team's prefix",
            )  # fmt: skip


@rule(Severity.HIGH)
def acl_prefix_too_broad(case: LintInput) -> Iterator[LintHit]:
    """A prefix of one or two letters matches unintended names."""
    least = case.thresholds.min_acl_prefix_length
    named = [
        (m, s.principal, s.resource.name)
        for m, s in _acls(case)
        if s.resource.pattern == "prefixed"
    ]
    for manifest, spec in case.manifests.of(ApplicationSpec):
        uses = (*spec.produces, *spec.consumes)
        named += [(manifest, spec.principal, u.topic) for u in uses if u.pattern == "prefixed"]
    for manifest, principal, prefix in named:
        if len(prefix) < least:
            kind = "acl" if isinstance(manifest.spec, AclSpec) else "application"
            yield LintHit(
                object=ObjectRef(kind, manifest.metadata.name), place=manifest.place,
                summary=f"{principal} gets access to every name that begins with {prefix}", fact="prefix", value=prefix,
                remedy="name a prefix that belongs to one team, with its separator",
            )  # fmt: skip


@rule(Severity.MEDIUM)
def acl_without_effect(case: LintInput) -> Iterator[LintHit]:
    """An ACL is stored but never has an effect.

    What it means: an operation does not exist for the resource's type, the cluster is not named kafka-cluster, or the
        prefix is *, which matches only names that begin with an asterisk.
    Why it matters: its author believes that access is granted or denied, and it is not.
    What to do: use an operation, resource and pattern that exist in Kafka.
    """
    for manifest, spec in case.manifests.of(AclSpec):
        kind, name = spec.resource.type, spec.resource.name
        allowed = {o.lower() for o in allowed_operations(kind)}
        idle = [o for o in spec.operations if o.replace("_", "").lower() not in allowed]
        if idle:
            yield _on_acl(
                manifest, f"{', '.join(idle)} does not apply to a {kind}", "operations", ", ".join(idle),
                f"use one of {', '.join(allowed_operations(kind))}",
            )  # fmt: skip
        if kind == "cluster" and name != "kafka-cluster":
            yield _on_acl(
                manifest,
                f"there is no cluster resource {name}",
                "resource.name",
                name,
                "write kafka-cluster",
            )
        if name == "*" and spec.resource.pattern == "prefixed":
            yield _on_acl(
                manifest, "the prefix * matches only names that begin with an asterisk", "resource.pattern", "prefixed",
                "write pattern: literal to match every name",
            )  # fmt: skip


@rule(Severity.MEDIUM)
def scram_credentials_weak(case: LintInput) -> Iterator[LintHit]:
    """A SCRAM credential is easier to guess than necessary."""
    least = case.thresholds.min_scram_iterations
    for manifest, spec in case.manifests.of(UserSpec):
        if spec.iterations is not None and spec.iterations < least:
            yield LintHit(
                object=ObjectRef("user", manifest.metadata.name), place=manifest.place,
                summary=f"{spec.iterations} iterations, expected at least {least}", fact="iterations",
                value=str(spec.iterations), remedy=f"declare iterations: {least}, and rotate the password",
            )  # fmt: skip


@rule(Severity.HIGH)
def tenant_over_capacity(case: LintInput) -> Iterator[LintHit]:
    """The manifests give a tenant more than its capacity.

    What it means: the topics, partitions or quotas with the tenant's prefixes and principals add up to more than its
        Tenant document allows.
    Why it matters: shared brokers are sized for the sum of the capacities; what one tenant uses beyond its own, others
        lack.
    What to do: declare less, or agree on a larger capacity first.
    """
    for manifest, spec in case.manifests.of(TenantSpec):
        for name, used, allowed in _usage(case, spec):
            if allowed is not None and used > allowed:
                yield LintHit(
                    object=ObjectRef("tenant", manifest.metadata.name), place=manifest.place,
                    summary=f"{name} of {used:,} declared, {allowed:,} allowed", fact=f"capacity.{name}",
                    value=str(allowed), remedy="declare less, or raise the capacity",
                )  # fmt: skip


def _usage(case: LintInput, spec: TenantSpec) -> Iterator[tuple[str, int, int | None]]:
    owned = [t for t in case.topics if matches(t.name, spec.prefixes)]
    yield "topics", len(owned), spec.capacity.topics
    yield "partitions", sum(t.shape.partitions or 0 for t in owned), spec.capacity.partitions
    for key, name in (
        ("producer_byte_rate", "producerByteRate"),
        ("consumer_byte_rate", "consumerByteRate"),
    ):
        total = sum(
            quota_entry(q).limits.get(key, 0)
            for _, q in case.manifests.of(QuotaSpec)
            if q.entity.user and _is_of(f"User:{q.entity.user}", spec.principals)
        )
        yield name, int(total), getattr(spec.capacity, key)


def _is_of(principal: str, patterns: tuple[str, ...]) -> bool:
    return any(
        principal.startswith(p[:-1]) if p.endswith("*") else principal == p for p in patterns
    )


@rule(Severity.MEDIUM)
def waiver_expired(case: LintInput) -> Iterator[LintHit]:
    """An accepted finding is no longer accepted.

    What it means: the last day of a Waiver has passed.
    Why it matters: the finding was accepted for a limited time, and was expected to be fixed by then.
    What to do: fix it and remove the Waiver, or set a new day with a reason.
    """
    for manifest, spec in case.manifests.of(WaiverSpec):
        if case.today and spec.until < case.today:
            yield LintHit(
                object=ObjectRef("waiver", manifest.metadata.name), place=manifest.place,
                summary=f"the waiver of {spec.check} on {spec.object} expired on {spec.until}", fact="until",
                value=spec.until, remedy="fix the finding, or renew the waiver with a reason",
            )  # fmt: skip


RULES = (
    acl_without_effect, acl_open_to_everyone, acl_topic_wildcard_write, acl_prefix_too_broad, scram_credentials_weak,
    tenant_over_capacity, waiver_expired,
)  # fmt: skip
