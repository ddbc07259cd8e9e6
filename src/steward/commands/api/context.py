"""The context of a capability: cluster, settings, clock, and callbacks for progress and prompts."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from steward.cluster.ports import EVERYTHING, Observer, Progress, Scope, quiet
from steward.commands.api.consent import Ask
from steward.model.command import CLIENT_PROPERTIES, ClusterTarget
from steward.model.connection import Connection
from steward.model.error import StewardError
from steward.model.progress import ProgressStep
from steward.model.snapshot import ClusterSnapshot, Part
from steward.settings.connecting import connection_of
from steward.settings.finding import find_settings
from steward.settings.profiles import choose_profile
from steward.settings.shapes import Profile, Settings


def _nothing(_: Settings) -> None:
    """Ignore the configuration."""


@dataclass(kw_only=True)
class Context:
    """One run of one capability.

    ``connect`` opens an Observer for a Connection (given by the composition root); ``progress`` receives the current
    step of long work; ``ask`` asks the user to confirm a plan, ``ask_secret`` prompts for a password, and both are
    None without a terminal; ``on_settings`` receives the configuration once it is read, ``on_policy`` the reason why
    another policy than the profile's applies. ``plan_target`` is the cluster of the plan that a command takes, once it
    is found: printed commands name it. ``clusters`` are all clusters given, ``cluster`` the last of them.
    ``wide``: every column is shown, so optional facts are read, too.
    Configuration is read on first use: work that needs none runs without it.
    """

    connect: Callable[[Connection], Observer]
    cluster: str | None = None
    clusters: tuple[str, ...] = ()
    bootstrap: str | None = None
    config: str | None = None
    timeout_seconds: float | None = None
    progress: Progress = quiet
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    directory: Path = field(default_factory=Path.cwd)
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    sleep: Callable[[float], None] = time.sleep
    ask: Ask | None = None
    ask_secret: Callable[[str], str] | None = None
    actor: str = "cli"
    wide: bool = False
    on_settings: Callable[[Settings], None] = _nothing
    on_policy: Callable[[str], None] = lambda _: None
    plan_target: ClusterTarget | None = None

    @cached_property
    def settings(self) -> Settings:
        """The active configuration."""
        found = find_settings(self.config, self.environ, self.directory)
        self.on_settings(found)
        return found

    @property
    def local_time(self) -> bool:
        """Whether people want times in the zone of this machine; False where the configuration cannot be read.

        Work that needs no configuration hears nothing of what is ignored in it.
        """
        read: Settings | None = vars(self).get("settings")
        try:
            found = read or find_settings(self.config, self.environ, self.directory)
        except StewardError:
            return False
        return found.local_time

    @cached_property
    def named_profile(self) -> tuple[str, Profile]:
        """The active profile, with its name."""
        return choose_profile(
            self.settings,
            cluster=self.cluster,
            bootstrap=self.bootstrap,
            environ=self.environ,
            tell=self.on_policy,
        )

    @property
    def profile(self) -> Profile:
        """The active profile."""
        return self.named_profile[1]

    @cached_property
    def connection(self) -> Connection:
        """Connection settings of the chosen cluster, with secrets resolved."""
        name, profile = self.named_profile
        if self.timeout_seconds is not None:
            profile = _with_timeout(profile, self.timeout_seconds)
        return connection_of(name, profile, self.environ)

    @property
    def target(self) -> ClusterTarget:
        """The cluster of the plan at hand, else the chosen one, as printed commands name it.

        Errors: ConfigurationError where none is chosen.
        """
        if self.plan_target is not None:
            return self.plan_target
        name, profile = self.named_profile
        is_profile = bool(self.cluster) or name != profile.bootstrap_servers
        return replace(
            target_of(name, profile),
            cluster=name if is_profile else "",
            override=bool(self.bootstrap),
            config=self.config or "",
        )

    def wait(
        self,
        seconds: float,
        step: str,
        *,
        number: int = 0,
        total: int = 0,
        left: float | None = None,
    ) -> None:
        """Wait, and report what for: ``number`` of ``total`` samples; ``left`` is until the last one, in seconds."""
        self.progress(
            ProgressStep(
                step, number=number, total=total, seconds=seconds if left is None else left
            )
        )
        self.sleep(seconds)

    def observe(self, parts: frozenset[Part], scope: Scope = EVERYTHING) -> ClusterSnapshot:
        """Observe the chosen cluster once."""
        with self.connect(self.connection) as observer:
            return observer.observe(parts | {Part.IDENTITY}, scope, self.progress)


def target_of(name: str, profile: Profile) -> ClusterTarget:
    """Return a profile's cluster, as printed commands name it; bootstrap addresses are not a profile name."""
    return ClusterTarget(
        bootstrap=profile.bootstrap_servers,
        cluster="" if name == profile.bootstrap_servers else name,
        command_config="" if profile.security_protocol == "PLAINTEXT" else CLIENT_PROPERTIES,
    )


def _with_timeout(profile: Profile, seconds: float) -> Profile:
    return replace(
        profile,
        request_timeout_seconds=seconds,
        connect_timeout_seconds=min(seconds, profile.connect_timeout_seconds),
    )
