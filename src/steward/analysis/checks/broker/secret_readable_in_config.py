"""Secrets in settings that are not marked as sensitive."""

from collections.abc import Iterator, Mapping

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import brokers_named, on_broker, on_cluster
from steward.model.config import ConfigEntry
from steward.model.finding import Confidence, Evidence, ObjectRef, Remedy, Severity
from steward.model.snapshot import Part

PARTS = (Part.BROKER_CONFIGS,)
_KEY_ENDINGS = (
    ".password",
    ".passphrase",
    ".secret",
    ".secret.key",
    ".jaas.config",
    ".private.key",
)
_MARKS = ("password=", "passwd=", "secret=", "private key-----")


@check("B17", Severity.MEDIUM, over=CLUSTER, parts=PARTS)
def secret_readable_in_config(facts: Facts, _: None) -> Iterator[FoundState]:
    """A setting exposes a secret.

    What it means: a value that is not marked as sensitive looks like a password, a key or a URL with credentials. The
        finding contains the key, never the value.
    Why it matters: every client with DESCRIBE_CONFIGS on the cluster can read it, and so can every tool that stores
        settings.
    What to do: move the secret into a key of type password or behind a ConfigProvider, then change the secret.
    """
    by_key: dict[str, list[int]] = {}
    seen: dict[str, bool] = {}
    for broker, configs in facts.known_broker_configs.items():
        for key in _readable_secrets(configs, seen):
            by_key.setdefault(key, []).append(broker)
    for key, brokers in sorted(by_key.items()):
        yield _found(key, brokers)
    facts.require_all_broker_configs()


def _found(key: str, brokers: list[int]) -> FoundState:
    where: ObjectRef = on_broker(brokers[0]) if len(brokers) == 1 else on_cluster()
    return FoundState(
        object=where,
        confidence=Confidence.INFERRED,
        summary=f"{key} seems to contain a secret and is readable on {brokers_named(brokers)}",
        evidence=(
            Evidence(
                f"DescribeConfigs {brokers_named(brokers)}", key, "(hidden; not marked sensitive)"
            ),
        ),
        remedy=Remedy(
            "move it into a key of type password or behind a ConfigProvider, then change the secret"
        ),
    )


def _readable_secrets(configs: Mapping[str, ConfigEntry], seen: dict[str, bool]) -> Iterator[str]:
    """Return the keys; ``seen`` caches results by value, because most values are the same on all brokers."""
    for key, entry in configs.items():
        value = entry.value
        if entry.is_sensitive or not value or len(value) < 4 or value.isdigit():
            continue
        shows = seen.get(value)
        if shows is None:
            shows = seen[value] = _contains_secret(value)
        if shows or key.endswith(_KEY_ENDINGS):
            yield key


def _contains_secret(value: str) -> bool:
    lowered = value.lower()
    return any(mark in lowered for mark in _MARKS) or _has_userinfo(lowered)


def _has_userinfo(value: str) -> bool:
    """Return whether a URL contains ``user:password@``."""
    for part in value.split("://")[1:]:
        userinfo, at, _ = part.partition("/")[0].rpartition("@")
        if at and ":" in userinfo:
            return True
    return False
