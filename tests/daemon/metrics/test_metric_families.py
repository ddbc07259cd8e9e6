"""The registry keeps Prometheus's rules of naming, and nothing in it is told twice."""

import re

import pytest

from steward.daemon.metrics.registry import FAMILIES, Family, MetricType


def by_name(family: Family) -> str:
    return family.name


def test_names_are_unique() -> None:
    names = [f.name for f in FAMILIES]
    assert len(names) == len(set(names))
    assert len(names) > 40


@pytest.mark.parametrize("family", FAMILIES, ids=by_name)
def test_it_is_named_as_prometheus_wants(family: Family) -> None:
    assert re.fullmatch(r"steward_[a-z]+(_[a-z]+)*", family.name)
    assert family.name.endswith("_total") == (family.kind is MetricType.COUNTER)
    assert not family.name.endswith(("_sum", "_count", "_bucket"))
    assert family.unit in family.name


@pytest.mark.parametrize("family", FAMILIES, ids=by_name)
def test_it_says_what_it_means(family: Family) -> None:
    assert len(family.help) > 8
    assert not family.help.endswith(".")
    assert "\n" not in family.help


@pytest.mark.parametrize("family", FAMILIES, ids=by_name)
def test_its_labels_are_distinct_and_allowed(family: Family) -> None:
    assert len(set(family.labels)) == len(family.labels)
    assert all(re.fullmatch(r"[a-z]+", label) for label in family.labels)


def test_lag_has_the_labels_that_others_rely_on() -> None:
    labels = {f.name: f.labels for f in FAMILIES}
    whole = ("cluster", "group", "topic", "partition")
    assert labels["steward_group_lag_seconds"] == whole
    assert labels["steward_group_lag_records"] == whole
    assert labels["steward_group_lag_seconds_low"] == ("cluster", "group")
    assert labels["steward_group_lag_seconds_high"] == ("cluster", "group")
