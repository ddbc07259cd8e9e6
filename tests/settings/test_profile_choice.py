"""Where no cluster can be chosen, the fault names those that exist: profiles, and sandboxes that run."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from steward.model.error import ConfigurationError
from steward.settings.profiles import choose_profile
from steward.settings.shapes import Profile, Settings

HOW = "choose one with --cluster NAME, STEWARD_CLUSTER=NAME or -B HOST:PORT"


def settings(*names: str) -> Settings:
    profiles = {name: Profile(bootstrap_servers=f"{name}:9092") for name in names}
    return Settings(
        profiles=profiles, default_profile="", thresholds={}, waivers=(), source="steward.toml"
    )


def refusal(found: Settings, cluster: str | None = None) -> tuple[str, str]:
    with pytest.raises(ConfigurationError) as raised:
        choose_profile(found, cluster=cluster, bootstrap=None, environ={})
    return raised.value.summary, str(raised.value.remedy)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Make the profile of a sandbox; one that runs has a server that listens at its address."""
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path))
    with ExitStack() as stack:

        def make(name: str, *, runs: bool) -> None:
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            port = server.getsockname()[1]
            if not runs:
                server.close()
            path = tmp_path / "sandboxes" / name / "profile.toml"
            path.parent.mkdir(parents=True)
            path.write_text(f'[profiles.{name}]\nbootstrap_servers = "127.0.0.1:{port}"\n')

        yield make


def test_several_profiles_are_named(sandbox: Callable[..., None]) -> None:
    assert refusal(settings("staging", "prod")) == (
        "steward.toml has several profiles and none is selected",
        f"{HOW}. Profiles: prod, staging.",
    )


def test_beside_profiles_a_running_sandbox_is_named(sandbox: Callable[..., None]) -> None:
    sandbox("trial", runs=True)
    sandbox("asleep", runs=False)
    _, remedy = refusal(settings("staging", "prod"))
    assert remedy == f"{HOW}. Profiles: prod, staging. Running sandboxes: trial."


def test_no_profile_and_no_sandbox_says_how_to_start_one(sandbox: Callable[..., None]) -> None:
    assert refusal(settings()) == (
        "no cluster selected: no profile is configured and no sandbox is running",
        f"{HOW}; or start a sandbox: steward sandbox up",
    )


def test_without_a_profile_a_running_sandbox_is_named(sandbox: Callable[..., None]) -> None:
    sandbox("trial", runs=True)
    assert refusal(settings()) == (
        "no cluster selected: no profile is configured",
        f"{HOW}. Running sandboxes: trial.",
    )


def test_a_stopped_sandbox_is_not_offered(sandbox: Callable[..., None]) -> None:
    sandbox("asleep", runs=False)
    summary, remedy = refusal(settings())
    assert summary.endswith("no sandbox is running")
    assert "asleep" not in remedy


def test_a_misspelt_name_is_corrected_and_all_are_named(sandbox: Callable[..., None]) -> None:
    sandbox("trial", runs=True)
    assert refusal(settings("staging", "prod"), "stagin") == (
        "unknown profile 'stagin'",
        (
            "did you mean staging? Profiles: prod, staging. Running sandboxes: trial. "
            "Any other cluster: -B HOST:PORT."
        ),
    )


def test_a_name_like_no_other_gets_those_that_exist(sandbox: Callable[..., None]) -> None:
    _, remedy = refusal(settings("staging", "prod"), "elsewhere")
    assert remedy == (
        "choose one that exists. Profiles: prod, staging. Any other cluster: -B HOST:PORT."
    )


def test_a_stopped_sandbox_can_still_be_chosen_by_name(sandbox: Callable[..., None]) -> None:
    sandbox("asleep", runs=False)
    name, profile = choose_profile(settings(), cluster="asleep", bootstrap=None, environ={})
    assert (name, profile.bootstrap_servers.split(":")[0]) == ("asleep", "127.0.0.1")
