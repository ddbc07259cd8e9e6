"""Parse configuration from the command line: KEY=VALUE with units, checked against the brokers' keys."""

from collections.abc import Iterable
from difflib import get_close_matches

from steward.change.manifests.units import EXAMPLES, Unit, config_value, measure
from steward.cluster.ports import Observer, Scope
from steward.commands.api.context import Context
from steward.model.error import UsageError
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, value_or

RETENTION_MS, RETENTION_BYTES = "retention.ms", "retention.bytes"


def configs_of(words: Iterable[str]) -> dict[str, str]:
    """Parse ``KEY=VALUE`` words to Kafka's values: 2MiB becomes 2097152 for a key in bytes.

    A comma belongs to the value, as in cleanup.policy=compact,delete; repeat the option for each key.

    Errors: UsageError.
    """
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.strip()
        if not equals:
            raise UsageError(
                f"{word!r} is not KEY=VALUE", remedy="for example --set retention.ms=7d"
            )
        if not key or key in found:
            why = f"{key} is repeated" if key else f"{word!r} has no key"
            raise UsageError(why, remedy="pass --set KEY=VALUE, each key once")
        found[key] = value.strip()
    return {key: config_value(key, value) for key, value in found.items()}


def retention_configs(
    words: Iterable[str], retention: str | None, retention_bytes: str | None
) -> dict[str, str]:
    """Parse --retention and --retention-bytes.

    Errors: UsageError, for an invalid value, and where the same key is also given with --set.
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
            raise UsageError(f"{option} {text!r} is not a valid value", remedy=EXAMPLES[unit])
        if any(word.partition("=")[0] == key for word in words):
            raise UsageError(
                f"{option} sets {key}, which --set also sets", remedy="pass one of them"
            )
        found[key] = str(number)
    return found


def keys_known(
    keys: Iterable[str], observer: Observer, context: Context, *, topic: str = ""
) -> None:
    """Require that the brokers know each topic key, by the keys of an existing topic; without topics, brokers validate.

    Errors: UsageError, with the nearest key.
    """
    wanted = sorted(set(keys))
    name = topic or (_any_topic(observer, context) if wanted else "")
    if not wanted or not name:
        return
    scope = Scope(topics=frozenset({name}), config_synonyms=False)
    seen = observer.observe(frozenset({Part.TOPIC_CONFIGS}), scope, context.progress)
    known = value_or(seen.topic_configs, {}).get(name)
    if known is None or isinstance(known, Unknown):
        return
    require_known(wanted, known, "topics")


def require_known(keys: Iterable[str], known: Iterable[str], of: str) -> None:
    """Require that keys are among the known ones.

    Errors: UsageError, with the nearest key.
    """
    there = sorted(known)
    for key in keys:
        if key not in there:
            close = get_close_matches(key, there, 1)
            raise UsageError(
                f"unknown configuration key {key!r} of {of}",
                remedy=f"did you mean {close[0]}?"
                if close
                else "see Kafka's documentation for valid keys",
            )


def _any_topic(observer: Observer, context: Context) -> str:
    seen = observer.observe(frozenset({Part.TOPICS}), Scope(), context.progress)
    return next((t.name for t in value_or(seen.topics, ())), "")
