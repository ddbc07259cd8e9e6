"""Configuration as people write it on a command line: KEY=VALUE with units, and keys that the brokers know."""

from collections.abc import Iterable
from difflib import get_close_matches

from steward.change.manifests.units import EXAMPLES, Unit, config_value, measure
from steward.cluster.ports import Observer, Scope
from steward.commands.api.answers import value_of
from steward.commands.api.context import Context
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Unknown

RETENTION_MS, RETENTION_BYTES = "retention.ms", "retention.bytes"


def configs_of(words: Iterable[str]) -> dict[str, str]:
    """Read ``KEY=VALUE`` words as Kafka keeps them: 2MiB becomes 2097152 where the key is one of bytes.

    Shape:  a comma belongs to the value, as in cleanup.policy=compact,delete; each key has an option of its own.
    Errors: UsageError.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(f"{word!r} is not KEY=VALUE", remedy="write --set retention.ms=7d")
        if not key or key in found:
            why = f"{key} is given twice" if key else f"{word!r} has no key"
            raise UsageError(why, remedy="write --set KEY=VALUE, each key once")
        found[key] = value.strip()
    return {key: config_value(key, value) for key, value in found.items()}


def retention_configs(
    words: Iterable[str], retention: str | None, retention_bytes: str | None
) -> dict[str, str]:
    """Read --retention and --retention-bytes.

    Errors: UsageError, for what measures nothing, and where the same key is given with --set.
    """
    found: dict[str, str] = {}
    for option, key, text, unit in (
        ("--retention", RETENTION_MS, retention, Unit.DURATION_MS),
        ("--retention-bytes", RETENTION_BYTES, retention_bytes, Unit.BYTES),
    ):
        if text is None:
            continue
        number = measure(text, unit)
        if number is None:
            raise UsageError(f"{option} {text!r}: it measures nothing", remedy=EXAMPLES[unit])
        if any(word.partition("=")[0] == key for word in words):
            raise UsageError(f"{option} is {key}, which --set gives, too", remedy="give one")
        found[key] = str(number)
    return found


def keys_known(
    keys: Iterable[str], observer: Observer, context: Context, *, topic: str = ""
) -> None:
    """Insist that the brokers know each topic key, by the keys of a topic that exists; without one they judge it.

    Errors: UsageError, with the nearest key.
    """
    wanted = sorted(set(keys))
    name = topic or (_any_topic(observer, context) if wanted else "")
    if not wanted or not name:
        return
    scope = Scope(topics=frozenset({name}), config_synonyms=False)
    seen = observer.observe(frozenset({Part.TOPIC_CONFIGS}), scope, context.progress)
    known = value_of(seen.topic_configs, {}).get(name)
    if known is None or isinstance(known, Unknown):
        return
    insist(wanted, known, "topics")


def insist(keys: Iterable[str], known: Iterable[str], of: str) -> None:
    """Insist that keys are among those that are known.

    Errors: UsageError, with the nearest key.
    """
    there = sorted(known)
    for key in keys:
        if key not in there:
            close = get_close_matches(key, there, 1)
            raise UsageError(
                f"the brokers know no configuration {key!r} of {of}",
                remedy=f"did you mean {close[0]}?"
                if close
                else "see Kafka's documentation for its keys",
            )


def _any_topic(observer: Observer, context: Context) -> str:
    seen = observer.observe(frozenset({Part.TOPICS}), Scope(), context.progress)
    return next((t.name for t in value_of(seen.topics, ())), "")
