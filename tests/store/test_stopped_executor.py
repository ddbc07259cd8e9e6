"""An executor that was stopped past its lease: another takes over, and the late one changes nothing any more."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from steward.change.execution.lease import LEASE_MS
from steward.change.planning.build import make_plan
from steward.model.connection import Secret
from steward.model.plan import Plan, PlanOutcome
from steward.store.open import open_store
from support.cluster_on_file import ClusterOnFile
from support.cluster_text import snapshot_of
from support.execution import ALLOW, executor, prepare
from support.leases import let_pass
from support.stopped_execution import CHANGES, CLUSTER, NOW

TESTS = Path(__file__).parents[1]
POINTS = (3, 4, 6, 7, 8)
"""Before and after the first intent is written, after its request (5 is the request itself), around its result."""


def _plan() -> Plan:
    return make_plan(CHANGES, snapshot_of(CLUSTER), title="t", made_by="me", source="test", now=NOW)


def _started(directory: Path, url: Secret, point: int) -> subprocess.Popen[str]:
    """Start an executor that stops itself at a point, and return when it has."""
    process = subprocess.Popen(
        [sys.executable, "-m", "support.stopped_execution", str(directory), url.reveal(), str(point)],
        cwd=TESTS, env={**os.environ, "PYTHONPATH": str(TESTS)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), status
    return process


@pytest.mark.parametrize("point", POINTS)
def test_the_late_write_is_refused_and_nothing_more_is_asked_for(
    tmp_path: Path, url: Secret, point: int
) -> None:
    plan = _plan()
    prepare(tmp_path, plan, snapshot_of(CLUSTER))
    late = _started(tmp_path, url, point)
    with open_store(url) as store:
        cluster = ClusterOnFile(tmp_path / "cluster")
        busy = executor(cluster, store, plan).run(plan, lambda *_: ALLOW, approved=False)
        assert f"/{late.pid}/" in busy.busy
        let_pass(url, LEASE_MS)
        taken = executor(cluster, store, plan).run(plan, lambda *_: ALLOW, approved=False)
        assert taken.execution.outcome is PlanOutcome.DONE
        journal, snapshot = store.plans.journal(plan.id), cluster.path.read_bytes()
        os.kill(late.pid, signal.SIGCONT)
        said, _ = late.communicate(timeout=120)
        assert "lost the lease" in said
        assert store.plans.journal(plan.id) == journal
        assert cluster.path.read_bytes() == snapshot
        assert store.plans.audited(plan.id)[-1].event == "fenced"


def test_a_broken_lease_stops_its_holder(tmp_path: Path, url: Secret) -> None:
    plan = _plan()
    prepare(tmp_path, plan, snapshot_of(CLUSTER))
    late = _started(tmp_path, url, 4)
    with open_store(url) as store:
        found = store.leases.find(f"execute {plan.cluster_id}")
        assert found is not None
        assert found.purpose == plan.id
        assert store.leases.revoke(found.fence)
        before = (tmp_path / "cluster").read_bytes()
        os.kill(late.pid, signal.SIGCONT)
        said, _ = late.communicate(timeout=120)
        assert "lost the lease" in said
        assert (tmp_path / "cluster").read_bytes() == before


def test_the_lease_of_a_killed_process_of_this_machine_passes_on_at_once(
    tmp_path: Path, url: Secret
) -> None:
    plan = _plan()
    prepare(tmp_path, plan, snapshot_of(CLUSTER))
    late = _started(tmp_path, url, 5)
    late.kill()
    late.communicate(timeout=120)
    with open_store(url) as store:
        cluster = ClusterOnFile(tmp_path / "cluster")
        taken = executor(cluster, store, plan).run(plan, lambda *_: ALLOW, approved=False)
        assert taken.execution.outcome is PlanOutcome.DONE
