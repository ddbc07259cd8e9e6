"""Consequences of changing one configuration value: risk, effect on clients, need for confirmation."""

from dataclasses import dataclass
from math import inf, isfinite

from steward.change.planning.config_inheritance import topic_key_of
from steward.change.planning.config_keys import (
    CLEANUP,
    EFFECTS,
    MIN_ISR,
    SAFE_KEYS,
    SECURITY,
    WHO,
    HarmfulDirection,
    KeyEffect,
)
from steward.model.change import ConfigTarget
from steward.model.config_definition import same_value
from steward.model.config_definitions import definition_of
from steward.model.plan import Risk
from steward.model.retention import LARGEST_BYTES
from steward.model.throttle import EVERY_REPLICA, THROTTLED_RATES, THROTTLED_REPLICAS
from steward.model.wording import count

_SLOW_THROTTLE = 1_000_000
"""Bytes per second below which a throttle nearly stops replication."""
_SOME, _LOST = Risk.DISRUPTIVE, Risk.DESTRUCTIVE


@dataclass(frozen=True, slots=True)
class Consequence:
    """Consequence of a changed value: ``text`` is empty if it is safe; ``confirm`` means confirmation is required."""

    risk: Risk
    text: str = ""
    confirm: bool = False


NOTHING = Consequence(Risk.SAFE)


def consequence_of(target: ConfigTarget, key: str, old: str | None, new: str | None) -> Consequence:
    """Return the consequence of a key's effective value changing from ``old`` to ``new``; None is an unknown value.

    A key that steward does not know counts as disruptive and needs confirmation.
    """
    if old is not None and same_value(definition_of(target, key), old, new):
        return NOTHING
    match target:
        case ConfigTarget.BROKER_LOGGER:
            return _of_logger(key, old, new)
        case ConfigTarget.CLIENT_METRICS:
            return _of_client_metrics(key, old, new)
        case ConfigTarget.GROUP:
            says = "group members use the new setting from their next heartbeat"
            return Consequence(_SOME, _change_text(key, old, new, says), confirm=True)
        case ConfigTarget.TOPIC | ConfigTarget.BROKER:
            return _of_log(key, old, new)


def above_factor(min_isr: str | None, factor: int) -> tuple[str, ...]:
    """Describe min.insync.replicas above the number of replicas; empty if it is not above."""
    wanted = number_of(min_isr)
    if wanted is None or wanted <= factor:
        return ()
    replicas = count(factor, "replica")
    return (
        f"{MIN_ISR}={min_isr} exceeds the {replicas}: acks=all waits for every replica; Kafka before 3.7 rejects it",
    )


def risk_of(target: ConfigTarget, key: str, old: str | None, new: str | None) -> Risk:
    """Return the risk of a key's effective value changing from ``old`` to ``new``."""
    return consequence_of(target, key, old, new).risk


def extreme_of(key: str, value: str) -> str:
    """Describe the harm of a value whatever it was before, as on a new topic; empty if harmless."""
    name = topic_key_of(key)
    effect = EFFECTS.get(name)
    if name == "compression.type" and _word(value) == "uncompressed":
        return _change_text(key, None, value, _UNCOMPRESSED)
    if effect is None:
        return ""
    if effect.worse is HarmfulDirection.TRUE and _word(value) == "true":
        return _change_text(key, None, value, effect.says)
    return (
        _change_text(key, None, value, effect.extreme) if _is_extreme(effect, None, value) else ""
    )


_UNCOMPRESSED = "brokers decompress every batch and store it uncompressed"


def _of_log(key: str, old: str | None, new: str | None) -> Consequence:
    """Return the consequence for a key of topics or brokers."""
    name = topic_key_of(key)
    if name == CLEANUP:
        return _of_cleanup(key, old, new)
    if name == MIN_ISR:
        return _of_min_isr(key, old, new)
    if name in THROTTLED_REPLICAS or name in THROTTLED_RATES:
        return _of_throttle(key, old, new)
    if name == "compression.type":
        hurts = new is not None and _word(new) == "uncompressed"
        return (
            Consequence(_SOME, _change_text(key, old, new, _UNCOMPRESSED), hurts)
            if hurts
            else NOTHING
        )
    if name in SAFE_KEYS:
        return NOTHING
    effect = EFFECTS.get(name)
    if effect is None:
        says = WHO if _is_of_security(key) else "steward does not know this key's effect on clients"
        return Consequence(_SOME, _change_text(key, old, new, says), confirm=True)
    if _is_worse(effect.worse, old, new):
        return Consequence(effect.risk, _change_text(key, old, new, effect.says), confirm=True)
    if new is not None and _is_extreme(effect, old, new):
        return Consequence(effect.risk, _change_text(key, old, new, effect.extreme), confirm=True)
    return NOTHING


def _is_of_security(key: str) -> bool:
    return key.startswith(SECURITY)


def _is_worse(worse: HarmfulDirection, old: str | None, new: str | None) -> bool:
    match worse:
        case HarmfulDirection.LOWER:
            return is_lower(old, new)
        case HarmfulDirection.HIGHER:
            return is_lower(new, old)
        case HarmfulDirection.ANY:
            return True
        case HarmfulDirection.TRUE | HarmfulDirection.FALSE:
            # any word other than the harmless one counts as harmful: Kafka may read it so
            harmless = "false" if worse is HarmfulDirection.TRUE else "true"
            return new is None or _word(new) != harmless
        case HarmfulDirection.NEVER:
            return new is None and old is None


def _is_extreme(effect: KeyEffect, old: str | None, new: str) -> bool:
    """Return whether a value is beyond the tolerable range and no closer to it than before."""
    number = number_of(new)
    if number is None:
        return False
    if number < effect.floor:
        return is_lower(old, new)
    return isfinite(number) and number > effect.ceiling and is_lower(new, old)


def _of_cleanup(key: str, old: str | None, new: str | None) -> Consequence:
    before, after = _words(old), _words(new)
    if "compact" in after and "compact" not in before:
        says = "only the newest record of each key is kept, and records without a key are rejected"
    elif "delete" in after and "delete" not in before:
        says = "records older or larger than the retention are deleted, the newest of each key included"
    else:
        says = "deletes records that the new policy does not retain, or retains all without limit"
    return Consequence(_LOST, _change_text(key, old, new, says), confirm=True)


def _of_min_isr(key: str, old: str | None, new: str | None) -> Consequence:
    after = number_of(new)
    if after is not None and after >= 2:
        says = f"producers with acks=all fail while fewer than {after:g} replicas are in sync"
        return Consequence(_SOME, _change_text(key, old, new, says))
    says = "records are acknowledged with one copy: losing one broker can lose them"
    return Consequence(_SOME, _change_text(key, old, new, says), confirm=True)


def _of_throttle(key: str, old: str | None, new: str | None) -> Consequence:
    if _is_loosened(key, old, new):
        return NOTHING
    if key in THROTTLED_RATES:
        rate = number_of(new)
        stops = rate is None or rate < _SLOW_THROTTLE
    else:
        stops = EVERY_REPLICA in items_of(new)
    says = "replication is throttled: followers may fall out of sync"
    return Consequence(_SOME, _change_text(key, old, new, says), confirm=stops)


def _is_loosened(key: str, old: str | None, new: str | None) -> bool:
    """Return whether the throttle gets weaker: a higher rate or none, fewer replicas or none."""
    if new is None:
        return True
    if key in THROTTLED_RATES:
        return not is_lower(old, new)
    return set(items_of(new)) <= set(items_of(old))


def _of_logger(key: str, old: str | None, new: str | None) -> Consequence:
    level = _word(new or "")
    if level in ("off", "fatal"):
        says = "the broker no longer logs errors of this logger"
    elif level in ("trace", "all") or (level == "debug" and key == "root"):
        says = "the broker logs heavily: its log disk may fill, and requests slow down"
    else:
        return NOTHING
    return Consequence(_SOME, _change_text(key, old, new, says), confirm=True)


def _of_client_metrics(key: str, old: str | None, new: str | None) -> Consequence:
    if key == "interval.ms" and is_lower("10000", new):
        says = "clients push metrics so often that brokers lose time to them"
    elif key == "metrics" and new is not None and new.strip() in ("", "*"):
        says = "clients push all their metrics to the brokers"
    else:
        return NOTHING
    return Consequence(_SOME, _change_text(key, old, new, says), confirm=True)


_EMPTY = '""'


def _change_text(key: str, old: str | None, new: str | None, says: str) -> str:
    to = "the inherited value, which is unknown" if new is None else new or _EMPTY
    change = to if old is None else f"{old or _EMPTY} -> {to}"
    return f"{key} {change}: {says}"


def is_lower(old: str | None, new: str | None) -> bool:
    """Return whether a limit falls; an unknown value counts as lower, an unlimited one never does."""
    low, high = number_of(new), number_of(old)
    if low == inf:
        return False
    return low is None or high is None or low < high


def number_of(text: str | None) -> float | None:
    """Return a value as a number; negative values and infinities mean unlimited. None if it is no number."""
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    if number is None or not isfinite(number):
        return None
    return inf if number < 0 or number >= LARGEST_BYTES else number


def items_of(value: str | None) -> list[str]:
    """Split a list as Kafka does: at commas, without trimming, empty items dropped."""
    return [item for item in (value or "").split(",") if item]


def _words(value: str | None) -> frozenset[str]:
    return frozenset(word.strip().lower() for word in (value or "").split(",") if word.strip())


def _word(value: str) -> str:
    return value.strip().lower()
