"""Real brokers for the whole run: one plain and one secured sandbox, started when a test first asks."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from steward.model import redaction
from steward.sandbox.cluster import down, up
from steward.sandbox.status import SandboxSpec
from support.running_sandbox import RunningSandbox

# a law holds on a busy machine, too: no test fails for having been slow
_LAWS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("steward", _LAWS, derandomize=True)  # the same examples in every run
settings.register_profile("explore", _LAWS)  # pytest --hypothesis-profile explore: new ones
settings.load_profile("steward")


# a parent that ignores Ctrl-C (nohup, a background job) would have this process and all that it starts ignore it
signal.signal(signal.SIGINT, signal.default_int_handler)


class BySandbox(LoadScopeScheduling):
    """Runs files that share a sandbox in one process, one after the other, and every other file as a whole.

    In place of pytest-xdist's own groups, which pytest 9.2 does not see.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        used = re.search(
            r"\b((secure_)?sandbox): RunningSandbox", (self.config.rootpath / file).read_text()
        )
        return used[1] if used else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySandbox | None:
    """Answer ``--dist loadgroup``."""
    return BySandbox(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session", autouse=True)
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the run's sandboxes and settings apart from the user's; the cache of jars is shared."""
    folder = tmp_path_factory.mktemp("state")
    patch = pytest.MonkeyPatch()
    for name in [n for n in os.environ if n.startswith("STEWARD_") and n != "STEWARD_CACHE_DIR"]:
        patch.delenv(name)
    patch.setenv("STEWARD_STATE_DIR", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(autouse=True)
def secrets_of_one_test() -> Iterator[None]:
    """Forget the secrets that a test makes known: a later text may hold the same word, such as a folder's name."""
    kept = [(known, set(known)) for known in (redaction._known, redaction._known_short)]
    yield
    for known, before in kept:
        known.clear()
        known.update(before)
    redaction.forget_shown()


def _running(name: str, *, secure: bool) -> Iterator[RunningSandbox]:
    status = up(SandboxSpec(name=name, secure=secure))
    try:
        yield RunningSandbox(name, status)
    finally:
        down(name, purge=True)


@pytest.fixture(scope="session")
def sandbox(state_dir: Path) -> Iterator[RunningSandbox]:
    """Three brokers over PLAINTEXT."""
    yield from _running("plain", secure=False)


@pytest.fixture(scope="session")
def secure_sandbox(state_dir: Path) -> Iterator[RunningSandbox]:
    """Three brokers with an authorizer, SASL_SSL, TLS and mTLS listeners."""
    yield from _running("locked", secure=True)
