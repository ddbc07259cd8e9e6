"""The names that a shell offers: from the program, its configuration, the store, or the cluster within a second."""

import threading
from collections.abc import Callable, Iterable, Mapping

from steward.commands.api.context import Context
from steward.model.doc import Candidates
from steward.model.snapshot import Part
from steward.model.unknown import value_or

DEADLINE_SECONDS = 1.0
"""A person waits at the terminal: after so long there are no names."""
_MOST_PLANS = 50


def candidates(names: Candidates, context: Context) -> tuple[str, ...]:
    """Return the names, in order; none where they are not known within the deadline, whatever the reason.

    Nothing is created or changed: a store that does not exist yet stays absent.
    """
    found: list[str] = []

    def read() -> None:
        try:
            found.extend(_READERS[names](context))
        except Exception:  # noqa: BLE001  a shell shows nothing better than no names
            found.clear()

    thread = threading.Thread(target=read, name="steward-completion", daemon=True)
    thread.start()
    thread.join(DEADLINE_SECONDS)
    return () if thread.is_alive() else tuple(found)


def _topics(context: Context) -> Iterable[str]:
    topics = value_or(context.observe(frozenset({Part.TOPICS})).topics, ())
    return [topic.name for topic in sorted(topics, key=lambda t: (t.is_internal, t.name))]


def _groups(context: Context) -> Iterable[str]:
    return sorted(g.id for g in value_or(context.observe(frozenset({Part.GROUPS})).groups, ()))


def _brokers(context: Context) -> Iterable[str]:
    brokers = value_or(context.observe(frozenset({Part.BROKERS})).brokers, ())
    return [str(id) for id in sorted(broker.id for broker in brokers)]


def _checks(_: Context) -> Iterable[str]:
    from steward.analysis.checks.catalog import CHECKS

    return sorted(check.name for check in CHECKS)


def _profiles(context: Context) -> Iterable[str]:
    from steward.settings.profiles import sandbox_profiles

    return sorted({*context.settings.profiles, *sandbox_profiles()})


def _plans(context: Context) -> Iterable[str]:
    from steward.settings.store import store_url
    from steward.store.plan_ids import newest_plan_ids

    return newest_plan_ids(store_url(context.settings, context.environ), _MOST_PLANS)


def _topic_keys(_: Context) -> Iterable[str]:
    from steward.model.config_definitions import TOPIC

    return sorted(TOPIC)


def _broker_keys(_: Context) -> Iterable[str]:
    from steward.model.config_definitions import BROKER

    return sorted(BROKER)


def _quota_keys(_: Context) -> Iterable[str]:
    from steward.model.quota import QUOTA_KEYS

    return QUOTA_KEYS


_Reader = Callable[[Context], Iterable[str]]


def _settings(keys: _Reader) -> _Reader:
    """Return ``KEY=`` for each key."""
    return lambda context: [f"{key}=" for key in keys(context)]


_READERS: Mapping[Candidates, _Reader] = {
    Candidates.TOPICS: _topics,
    Candidates.GROUPS: _groups,
    Candidates.BROKERS: _brokers,
    Candidates.CHECKS: _checks,
    Candidates.PROFILES: _profiles,
    Candidates.PLANS: _plans,
    Candidates.TOPIC_KEYS: _topic_keys,
    Candidates.TOPIC_SETTINGS: _settings(_topic_keys),
    Candidates.BROKER_KEYS: _broker_keys,
    Candidates.BROKER_SETTINGS: _settings(_broker_keys),
    Candidates.QUOTA_KEYS: _quota_keys,
    Candidates.QUOTA_SETTINGS: _settings(_quota_keys),
}
