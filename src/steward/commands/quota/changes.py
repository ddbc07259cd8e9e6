"""Set and remove client quotas, for all shapes of entity."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.consent import ConsentParams
from steward.model.doc import Doc
from steward.model.error import UsageError
from steward.model.quota import name_from
from steward.model.quota_resolution import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaEntityParams(ConsentParams):
    r"""The entity: a user, a client id, both together, or an address; <default> is the default entity.

    A user or client id that is literally named so is escaped with a backslash: ``\<default>``.
    """

    user: Annotated[
        str | None,
        Doc(
            "principal's name, or <default>; \\<default> is a user with that literal name",
            metavar="NAME",
        ),
    ] = None
    client_id: Annotated[
        str | None,
        Doc(
            "client id, or <default>; \\<default> is a client id with that literal name",
            metavar="ID",
        ),
    ] = None
    ip: Annotated[str | None, Doc("address, or <default>", metavar="ADDRESS")] = None

    @property
    def entity(self) -> Entity:
        """The entity as Kafka names it, sorted.

        Errors: UsageError where none is given.
        """
        named = (("client-id", self.client_id), ("ip", self.ip), ("user", self.user))
        found = tuple((k, name_from(v)) for k, v in named if v is not None)
        if not found:
            raise UsageError("no entity given", remedy="add --user, --client-id or --ip")
        return found

    @property
    def words(self) -> tuple[str, ...]:
        """The entity as command-line arguments."""
        named = (("--user", self.user), ("--client-id", self.client_id), ("--ip", self.ip))
        given = [(option, v) for option, v in named if v is not None]
        return tuple(
            word for option, v in given for word in ((option, v) if v else (f"{option}=",))
        )
