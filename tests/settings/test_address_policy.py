"""Whose policy holds where addresses are named beside a profile: that of the addresses, else the strictest."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.change.guard.policy import window_of
from steward.model.error import ConfigurationError
from steward.model.instant import Instant
from steward.settings.address_policy import POLICY_FIELDS, strictest
from steward.settings.common_windows import common_windows
from steward.settings.profiles import choose_profile
from steward.settings.shapes import Profile, Settings

DEV = Profile(
    bootstrap_servers="dev1:9092,dev2:9092", environment="development", max_destructive_steps=500,
    allowed_programs=("/bin/print",), criticality={"*": "ephemeral"}, sasl_username="me",
)  # fmt: skip
PROD = Profile(
    bootstrap_servers="prod1:9092,prod2:9092", protected=("topic payments.*",), max_destructive_steps=2,
    maintenance_windows=("sat 02:00-04:00",),
)  # fmt: skip
STAGING = Profile(bootstrap_servers="staging:9092", environment="staging", read_only=True)
SETTINGS = Settings(
    profiles={"dev": DEV, "prod": PROD, "staging": STAGING}, default_profile="", thresholds={}, waivers=(),
    source="steward.toml",
)  # fmt: skip


def chosen(
    cluster: str | None, bootstrap: str, settings: Settings = SETTINGS
) -> tuple[Profile, list[str]]:
    told: list[str] = []
    _, profile = choose_profile(
        settings, cluster=cluster, bootstrap=bootstrap, environ={}, tell=told.append
    )
    return profile, told


def policy(profile: Profile) -> dict[str, object]:
    return {field: getattr(profile, field) for field in POLICY_FIELDS}


@pytest.mark.parametrize("bootstrap", ["prod1:9092", "PROD2:9092", "prod2:9092, prod1:9092"])
def test_the_policy_of_the_profile_that_has_the_address_holds(bootstrap: str) -> None:
    profile, told = chosen("dev", bootstrap)
    assert policy(profile) == policy(PROD)
    assert (profile.bootstrap_servers, profile.sasl_username) == (bootstrap, "me")
    assert told == [
        f"{bootstrap} belongs to profile prod: its policy applies, not that of profile dev"
    ]


@pytest.mark.parametrize("bootstrap", ["dev1:9092", "dev2:9092,dev1:9092"])
def test_its_own_addresses_leave_a_profile_its_policy(bootstrap: str) -> None:
    assert policy(chosen("dev", bootstrap)[0]) == policy(DEV)
    assert chosen("dev", bootstrap)[1] == []


@pytest.mark.parametrize("bootstrap", ["10.0.0.1:9092", "dev1:9093", "dev1:9092,other:9092"])
def test_an_address_that_nobody_has_is_production(bootstrap: str) -> None:
    profile, told = chosen("dev", bootstrap)
    assert profile.environment == "production"
    assert (profile.criticality, profile.allowed_programs) == ({}, ())
    assert profile.max_destructive_steps == Profile(bootstrap_servers="x:1").max_destructive_steps
    assert told == [f"{bootstrap} is not an address of profile dev: the production policy applies"]


def test_what_a_profile_forbids_is_not_lifted_by_another_address() -> None:
    profile, _ = chosen("prod", "elsewhere:9092")
    assert (profile.protected, profile.max_destructive_steps) == (PROD.protected, 2)
    assert profile.maintenance_windows == PROD.maintenance_windows
    assert chosen("staging", "elsewhere:9092")[0].read_only


def test_of_addresses_of_several_the_strictest_holds() -> None:
    profile, told = chosen("dev", "dev1:9092,staging:9092,prod1:9092")
    assert (profile.environment, profile.read_only) == ("production", True)
    assert profile.protected == PROD.protected
    assert "the strictest of their policies applies" in told[0]


def test_a_cluster_id_that_is_expected_holds_the_policy() -> None:
    own = Profile(bootstrap_servers="dev1:9092", environment="development", cluster_id="abc")
    settings = Settings(
        profiles={"dev": own}, default_profile="", thresholds={}, waivers=(), source="steward.toml"
    )
    profile, told = chosen("dev", "tunnel:9092", settings)
    assert (profile.environment, profile.cluster_id, told) == ("development", "abc", [])


def test_addresses_alone_are_production_with_all_that_their_profile_forbids() -> None:
    assert chosen(None, "dev1:9092")[0].environment == "production"
    assert chosen(None, "staging:9092")[0].read_only
    assert chosen(None, "prod1:9092")[0].protected == PROD.protected


profiles = st.builds(
    Profile,
    bootstrap_servers=st.just("h:1"),
    environment=st.sampled_from(("production", "staging", "development")),
    read_only=st.booleans(),
    protected=st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple),
    allowed_programs=st.lists(st.sampled_from("xyz"), max_size=2, unique=True).map(tuple),
    max_moved_bytes=st.integers(0, 3),
    max_destructive_steps=st.integers(0, 3),
    criticality=st.dictionaries(
        st.sampled_from("pq"), st.sampled_from(("critical", "standard", "ephemeral")), max_size=2
    ),
)
ORDER = ("development", "staging", "production")


@given(st.lists(profiles, min_size=1, max_size=4))
def test_the_strictest_allows_no_more_than_any(several: list[Profile]) -> None:
    found = strictest(several)
    for one, limit in product(several, ("max_moved_bytes", "max_destructive_steps")):
        assert ORDER.index(found.environment) >= ORDER.index(one.environment)
        assert found.read_only >= one.read_only
        assert set(found.protected) >= set(one.protected)
        assert set(found.allowed_programs) <= set(one.allowed_programs)
        assert not getattr(one, limit) or 0 < getattr(found, limit) <= getattr(one, limit)
        critical = {p for p, level in one.criticality.items() if level == "critical"}
        assert {p for p, level in found.criticality.items() if level == "critical"} >= critical


WEEK = range(0, 7 * 1440, 7)
"""Minutes of a week; 7 divides neither a day nor an hour, so that starts and ends of windows are met."""
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
windows = st.builds(
    "{}{}-{}".format,
    st.sampled_from(("", "mon ", "sat,sun ", "sun-tue ", "mon-fri ")),
    times,
    st.one_of(times, st.just("24:00")),
)
sets = st.lists(windows, max_size=3, unique=True).map(tuple)


def is_open(texts: tuple[str, ...], minute: int) -> bool:
    at = Instant(minute * 60_000)
    return not texts or any(window_of(text).holds(at) for text in texts)


@given(st.lists(sets, min_size=1, max_size=3))
def test_a_window_is_open_where_every_profile_has_one_open(several: list[tuple[str, ...]]) -> None:
    found = strictest(Profile(bootstrap_servers="h:1", maintenance_windows=w) for w in several)
    for minute in WEEK:
        assert is_open(found.maintenance_windows, minute) == all(
            is_open(texts, minute) for texts in several
        )


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (("sat 02:00-04:00",), ("sun 02:00-04:00",), ("00:00-00:00",)),
        (("sat,sun 02:00-06:00",), ("sun 04:00-08:00",), ("sun 04:00-06:00",)),
        (("fri 22:00-04:00",), ("00:00-24:00",), ("sat 00:00-04:00", "fri 22:00-24:00")),
        (("mon 01:00-02:00",), (), ("mon 01:00-02:00",)),
        (("mon 01:00-02:00",), ("at night",), ("mon 01:00-02:00", "at night")),
    ],
)
def test_windows_of_two_profiles(
    one: tuple[str, ...], other: tuple[str, ...], both: tuple[str, ...]
) -> None:
    assert common_windows(one, other) == both


def test_an_unknown_profile_is_refused_all_the_same() -> None:
    with pytest.raises(ConfigurationError):
        chosen("nobody", "prod1:9092")
