"""Rules on applications: the declared configuration of their producers and consumers."""

from collections.abc import Iterator

from steward.change.manifests.kinds import ApplicationSpec, ClientSpec, Manifest, TopicSpec
from steward.change.manifests.lint.rule import LintHit, LintInput, rule
from steward.change.manifests.scope import holds_topic
from steward.model.finding import ObjectRef, Severity
from steward.model.policy import Criticality

IDEMPOTENT_IN_FLIGHT = 5
"""Above this many requests in flight, order is not guaranteed (ProducerConfig, KIP-98)."""
_DEFAULT_REQUEST_TIMEOUT_MS = 30_000
_DEFAULT_DELIVERY_TIMEOUT_MS = 120_000


def _applications(case: LintInput) -> Iterator[tuple[Manifest, ApplicationSpec]]:
    return case.manifests.of(ApplicationSpec)


def _hit(
    manifest: Manifest, summary: str, fact: str, value: str, remedy: str,
    severity: Severity | None = None,
) -> LintHit:  # fmt: skip
    return LintHit(
        object=ObjectRef("application", manifest.metadata.name), place=manifest.place,
        summary=summary, fact=fact, value=value, remedy=remedy, severity=severity,
    )  # fmt: skip


def _acks(client: ClientSpec) -> str | None:
    declared = client.acks or client.config.get("acks")
    return "all" if declared == "-1" else declared


def _writes_critical(case: LintInput, spec: ApplicationSpec) -> bool:
    """Return whether it writes a critical topic, or one that no file declares."""
    known = case.criticality_by_name
    levels = [
        level
        for produced in spec.produces
        for name, level in known.items()
        if name == produced.topic or (produced.pattern == "prefixed" and name.startswith(produced.topic))
    ]  # fmt: skip
    return not levels or Criticality.CRITICAL in levels


@rule(Severity.MEDIUM)
def producer_acks_weak(case: LintInput) -> Iterator[LintHit]:
    """A producer does not wait until all in-sync replicas have its records."""
    for manifest, spec in _applications(case):
        acks = _acks(spec.client)
        if spec.produces and acks not in (None, "all"):
            critical = _writes_critical(case, spec)
            yield _hit(
                manifest, f"acks is {acks}: acknowledged records are lost when a leader fails", "client.acks",
                acks or "", "declare and set acks: all", Severity.HIGH if critical else Severity.MEDIUM,
            )  # fmt: skip


@rule(Severity.HIGH)
def producer_not_idempotent(case: LintInput) -> Iterator[LintHit]:
    """A producer may write records twice or out of order when it retries."""
    for manifest, spec in _applications(case):
        idempotent = spec.client.idempotence
        if spec.client.config.get("enable.idempotence") == "false":
            idempotent = False
        if spec.produces and idempotent is False:
            yield _hit(
                manifest, "idempotence is off: retries may write records twice or out of order", "client.idempotence",
                "false", "declare and set idempotence: true",
            )  # fmt: skip


@rule(Severity.HIGH)
def producer_settings_conflict(case: LintInput) -> Iterator[LintHit]:
    """A producer's settings contradict each other.

    What it means: idempotence or transactions are declared with acks other than all, without retries or with more
        than 5 requests in flight; or the delivery timeout is shorter than one request may take.
    Why it matters: with explicit idempotence a Java producer does not start with such settings; without, it silently
        disables idempotence. Other clients differ.
    What to do: with idempotence set acks=all, retries above 0 and at most 5 requests in flight; let
        delivery.timeout.ms be at least linger.ms plus request.timeout.ms.
    """
    for manifest, spec in _applications(case):
        if not spec.produces:
            continue
        client = spec.client
        transactional = any(p.transactional for p in spec.produces)
        wanted = "transactions need" if transactional else "idempotence needs"
        if transactional and client.idempotence is False:
            yield _hit(
                manifest, "transactions need idempotence, which is off", "client.idempotence", "false",
                "declare and set idempotence: true",
            )  # fmt: skip
        if client.idempotence or transactional:
            yield from (
                _hit(
                    manifest, f"{wanted} {need}", f"client.{key}", value, f"declare and set {need}"
                )
                for key, value, need in _against_idempotence(client)
            )
        yield from _timeouts(manifest, client)


def _against_idempotence(client: ClientSpec) -> Iterator[tuple[str, str, str]]:
    acks = _acks(client)
    if acks not in (None, "all"):
        yield "acks", acks or "", "acks: all"
    if client.retries == 0:
        yield "retries", "0", "retries above 0"
    if client.max_in_flight is not None and client.max_in_flight > IDEMPOTENT_IN_FLIGHT:
        need = f"maxInFlight of at most {IDEMPOTENT_IN_FLIGHT}"
        yield "maxInFlight", str(client.max_in_flight), need


def _timeouts(manifest: Manifest, client: ClientSpec) -> Iterator[LintHit]:
    if client.delivery_timeout is None and client.request_timeout is None:
        return
    delivery = client.delivery_timeout
    delivery = _DEFAULT_DELIVERY_TIMEOUT_MS if delivery is None else delivery
    request = client.request_timeout
    request = _DEFAULT_REQUEST_TIMEOUT_MS if request is None else request
    least = (client.linger or 0) + request
    if delivery < least:
        yield _hit(
            manifest, f"deliveryTimeout is {delivery} ms, shorter than linger plus requestTimeout ({least} ms)",
            "client.deliveryTimeout", f"{delivery} ms", f"declare and set at least {least} ms",
        )  # fmt: skip


@rule(Severity.HIGH)
def producer_retries_off(case: LintInput) -> Iterator[LintHit]:
    """A producer drops a record at the first error.

    What it means: retries is declared as 0.
    Why it matters: leader elections, broker restarts and short network failures are errors that a retry solves.
        Without one the record is lost unless the application sends it again itself.
    What to do: leave retries at its default and limit the time by delivery.timeout.ms.
    """
    for manifest, spec in _applications(case):
        if spec.produces and spec.client.retries == 0 and not spec.client.idempotence:
            yield _hit(
                manifest, "retries is 0: a record is dropped at the first error", "client.retries", "0",
                "remove retries: 0, and limit the time by deliveryTimeout",
            )  # fmt: skip


@rule(Severity.INFO)
def producer_settings_undeclared(case: LintInput) -> Iterator[LintHit]:
    """The configuration of a producer of critical data is not declared.

    What it means: an application writes critical topics, and acks or idempotence are not declared.
    Why it matters: brokers do not record acks. Declared values can be compared with the log; others stay unknown until
        records are lost.
    What to do: declare client: {acks: all, idempotence: true} as actually set.
    """
    for manifest, spec in _applications(case):
        client = spec.client
        missing = [
            n
            for n, v in (("acks", _acks(client)), ("idempotence", client.idempotence))
            if v is None
        ]
        if spec.produces and missing and spec.type != "streams" and _writes_critical(case, spec):
            yield _hit(
                manifest, f"it writes critical data, but client.{' and client.'.join(missing)} is not declared",
                f"client.{missing[0]}", "not declared", "declare client: {acks: all, idempotence: true} as set",
            )  # fmt: skip


@rule(Severity.MEDIUM)
def consumer_reads_uncommitted(case: LintInput) -> Iterator[LintHit]:
    """A consumer of transactional data may read aborted records.

    What it means: a topic is written in transactions, and a reader is declared with isolation read_uncommitted.
    Why it matters: it processes records of transactions that are later aborted.
    What to do: set isolation.level=read_committed, or add a Waiver that says why aborted records do no harm.
    """
    transactional = {
        p.topic for _, spec in _applications(case) for p in spec.produces if p.transactional
    }
    for manifest, spec in _applications(case):
        read = sorted({c.topic for c in spec.consumes} & transactional)
        if read and spec.client.isolation == "read_uncommitted":
            yield _hit(
                manifest, f"it may process aborted records of {read[0]}", "client.isolation", "read_uncommitted",
                "declare and set isolation: read_committed",
            )  # fmt: skip


@rule(Severity.MEDIUM)
def application_topic_undeclared(case: LintInput) -> Iterator[LintHit]:
    """An application names a topic of the set that no manifest declares.

    What it means: the topic is in the scope of a ManifestSet, and there is no Topic of this name.
    Why it matters: the name is misspelt, or the topic will not exist unless brokers create topics automatically.
    What to do: declare the topic, or correct the name.
    """
    declared = {m.metadata.name for m, _ in case.manifests.of(TopicSpec)}
    for manifest, spec in _applications(case):
        uses = [(u.topic, u.pattern) for u in (*spec.produces, *spec.consumes)]
        for topic in sorted({t for t, pattern in uses if pattern == "literal" and t != "*"}):
            owned = any(holds_topic(s.scope, topic) for s in case.sets)
            if owned and topic not in declared:
                yield _hit(
                    manifest, f"topic {topic} is in the scope of the set, but no Topic declares it", "topic", topic,
                    "declare it, or correct the name",
                )  # fmt: skip


@rule(Severity.LOW)
def access_outside_scope(case: LintInput) -> Iterator[LintHit]:
    """An application gets access to another team's topics.

    What it means: the ManifestSets have scopes, and a topic that the application uses is in none of them.
    Why it matters: a topic's owner should grant access to it. If it is granted here, the owner neither sees it nor can
        revoke it, and pruning in the owner's set may remove it.
    What to do: let the owner's set declare the Acl, or add the prefix to this set's scope if it owns it.
    """
    scoped = [s for s in case.sets if s.scope.topics]
    if not scoped:
        return
    for manifest, spec in _applications(case):
        used = sorted({u.topic for u in (*spec.produces, *spec.consumes)})
        for topic in used:
            if not any(holds_topic(s.scope, topic) for s in scoped):
                yield _hit(
                    manifest, f"topic {topic} is outside the scope of every set here", "topic", topic,
                    "let its owner declare the Acl, or add it to the scope",
                )  # fmt: skip


RULES = (
    producer_acks_weak, producer_not_idempotent, producer_settings_conflict, producer_retries_off,
    producer_settings_undeclared, consumer_reads_uncommitted, application_topic_undeclared,
    access_outside_scope,
)  # fmt: skip
