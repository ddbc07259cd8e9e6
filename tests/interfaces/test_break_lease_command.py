"""A lease that is stuck: shown, broken only where somebody agreed, and written to the audit log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steward.model.connection import Secret
from steward.model.error import LeaseLost
from steward.store.leases import FencingToken
from steward.store.open import open_store
from support.changing import Changing
from support.leases import ANYBODY, fence_of

CLUSTER: dict[str, Any] = {"identity": {"version": "4.3", "controller": 1}, "topics": {}}
CLUSTER_ID = "test-cluster"
BREAK = ("plan", "break-lease")
DEV, PROD = ("--cluster", "dev"), ("--cluster", "prod")


@pytest.fixture
def url(tmp_path: Path) -> Secret:
    return Secret(f"sqlite:///{tmp_path}/state/steward.db")


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


@pytest.fixture
def fence(run: Changing, url: Secret) -> FencingToken:
    with open_store(url) as store:
        return fence_of(store, CLUSTER_ID)


def is_held(url: Secret, fence: FencingToken) -> bool:
    with open_store(url) as store:
        try:
            store.leases.renew(fence, ttl_ms=600_000)
        except LeaseLost:
            return False
        return True


def test_it_is_shown_and_left_alone_by_a_dry_run(
    run: Changing, url: Secret, fence: FencingToken
) -> None:
    shown = run(*BREAK, "--dry-run", *PROD)
    assert shown.code == 0
    assert shown.data["holder"] == ANYBODY.name
    assert shown.data["since"]
    assert shown.data["renewed_at"]
    assert (shown.data["expired"], shown.data["broken"]) == (False, False)
    assert ANYBODY.name in run.text(*BREAK, "--dry-run", *PROD)
    assert is_held(url, fence)


@pytest.mark.parametrize(
    "words",
    [PROD, (*PROD, "--yes"), (*PROD, "--confirm", "dev"), (*PROD, "--yes", "--confirm", "dev"), DEV,
     (*DEV, "--yes", "--confirm", "prod")],
)  # fmt: skip
def test_without_the_right_confirmation_it_stays(
    run: Changing, url: Secret, fence: FencingToken, words: tuple[str, ...]
) -> None:
    refused = run(*BREAK, *words)
    assert refused.code == 4
    assert refused.data["holder"] == ANYBODY.name
    assert "confirmation required" in refused.told
    assert is_held(url, fence)


@pytest.mark.parametrize(
    "words", [(*PROD, "--confirm", "prod"), (*DEV, "--yes"), (*DEV, "--confirm", "dev")]
)
def test_broken_it_fences_its_holder_and_stands_in_the_audit_log(
    run: Changing, url: Secret, fence: FencingToken, words: tuple[str, ...]
) -> None:
    broken = run(*BREAK, *words)
    assert (broken.code, broken.data["broken"]) == (0, True)
    assert not is_held(url, fence)
    with open_store(url) as store:
        (entry,) = store.plans.noted(CLUSTER_ID, "lease_broken")
        assert ANYBODY.name in entry.detail
        again = fence_of(store, CLUSTER_ID)
    assert again.token > fence.token


def test_where_nobody_has_it_nothing_is_broken(run: Changing, url: Secret) -> None:
    shown = run(*BREAK, *PROD)
    assert (shown.code, shown.data["holder"], shown.data["broken"]) == (0, "", False)
    with open_store(url) as store:
        assert store.plans.noted(CLUSTER_ID, "lease_broken") == ()
