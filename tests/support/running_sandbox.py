"""A sandbox that tests share."""

import os
from dataclasses import dataclass

from steward.model.connection import Connection
from steward.sandbox.status import SandboxStatus
from steward.settings.connecting import connection_of
from steward.settings.profiles import sandbox_profiles


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that tests share: leave it as it was."""

    name: str
    status: SandboxStatus

    @property
    def bootstrap_servers(self) -> str:
        return self.status.bootstrap_servers

    @property
    def connection(self) -> Connection:
        return connection_of(self.name, sandbox_profiles()[self.name], os.environ)
