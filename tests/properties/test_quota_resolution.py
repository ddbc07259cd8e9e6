"""The quota resolver answers as Kafka's two steps do: choose the metric's tags, then look the limit up."""

from hypothesis import given
from hypothesis import strategies as st

from steward.model.quota import QuotaEntry
from steward.model.quota_resolution import QuotaResolver, level_of, levels

KEY = "consumer_byte_rate"
NONE = object()

users = st.sampled_from(("alice", "bob"))
clients = st.sampled_from(("app", "job", ""))


def entity_of(user, client):
    pairs = {"user": user, "client-id": client}
    return tuple(sorted((k, v) for k, v in pairs.items() if v is not NONE))


entities = st.tuples(
    st.sampled_from(("alice", "bob", None, NONE)), st.sampled_from(("app", "job", None, NONE))
).filter(lambda pair: pair != (NONE, NONE))
quotas = st.dictionaries(entities, st.integers(1, 9), max_size=10)


def as_entries(limits):
    return [QuotaEntry(entity_of(*e), {KEY: float(v)}) for e, v in limits.items()]


def tags_of(limits, user, client):
    """Read ClientQuotaManager.DefaultQuotaCallback.quotaMetricTags."""
    walk = (
        ((user, client), (user, client)),
        ((user, None), (user, client)),
        ((user, NONE), (user, "")),
        ((None, client), (user, client)),
        ((None, None), (user, client)),
        ((None, NONE), (user, "")),
    )
    return next((tags for entity, tags in walk if entity in limits), ("", client))


def limit_of(limits, tags):
    """Read ClientQuotaManager.DefaultQuotaCallback.quotaLimit."""
    user, client = tags
    if user and client:
        order = [(user, client), (user, None), (None, client), (None, None)]
    elif user:
        order = [(user, NONE), (None, NONE)]
    elif client:
        order = [(NONE, client), (NONE, None)]
    else:
        order = []
    return next((limits[e] for e in order if e in limits), None)


@given(quotas, users, clients)
def test_the_limit_is_the_one_kafka_applies(limits, user, client):
    resolved = QuotaResolver(as_entries(limits)).resolve(KEY, user, client)
    expected = limit_of(limits, tags_of(limits, user, client))
    assert (resolved.limit if resolved else None) == expected


@given(quotas, users, clients)
def test_the_winner_is_the_first_level_that_is_set(limits, user, client):
    resolved = QuotaResolver(as_entries(limits)).resolve(KEY, user, client)
    if resolved:
        assert levels(user, client)[resolved.level - 1] == resolved.entity
        assert level_of(resolved.entity) == resolved.level


@given(quotas, users, st.sampled_from(("app", "job", "other")))
def test_a_shadowed_entry_never_wins(limits, user, client):
    resolver = QuotaResolver(as_entries(limits))
    resolved = resolver.resolve(KEY, user, client)
    if resolved:
        assert resolver.shadowing(KEY, resolved.entity) is None


def named_by_no_other_entry(entity):
    """A user and client id that match the entity, by their names only where it names them."""
    names = dict(entity)
    return names.get("user") or "stranger", names.get("client-id") or "stray"


@given(quotas, entities)
def test_an_entry_wins_for_someone_unless_it_is_shadowed(limits, pair):
    entity = entity_of(*pair)
    resolver = QuotaResolver(as_entries({**limits, pair: 5}))
    winner = resolver.resolve(KEY, *named_by_no_other_entry(entity))
    assert (winner.entity == entity) == (resolver.shadowing(KEY, entity) is None)


@given(quotas, entities)
def test_what_lies_beneath_is_what_holds_once_the_entry_is_gone(limits, pair):
    entity = entity_of(*pair)
    resolver = QuotaResolver(as_entries({**limits, pair: 5}))
    rest = QuotaResolver(as_entries({e: v for e, v in limits.items() if e != pair}))
    if resolver.shadowing(KEY, entity) is None:
        assert resolver.beneath(KEY, entity) == rest.resolve(KEY, *named_by_no_other_entry(entity))


@given(st.dictionaries(st.sampled_from(("10.0.0.1", "10.0.0.2", None)), st.integers(1, 9)))
def test_an_address_falls_back_to_the_default(limits):
    entries = [
        QuotaEntry((("ip", a),), {"connection_creation_rate": float(v)}) for a, v in limits.items()
    ]
    resolved = QuotaResolver(entries).resolve_ip("10.0.0.1")
    assert (resolved.limit if resolved else None) == limits.get("10.0.0.1", limits.get(None))
