"""Faults: what went wrong, where, and what to do next.

::

    StewardError
      ClusterUnreachable   no broker answered
      ClusterReplaced      another cluster answers than before
      NotAuthorized        the cluster denied it; names the exact ACL to add
      NotSupported         this broker version lacks the request
      BrokerRefused        Kafka's own error name and message, verbatim
      DeadlineExceeded     took too long; says whether a change may have happened
      ConfigurationError   a setting, profile or file is wrong
        ExtraMissing       (steward.model.extra) what a command needs is not installed
        PlanEdited         a plan's content is not what its id was made of
      Interrupted          Ctrl-C ended a run that has changed something already
      UsageError           the command line or request is wrong
      ObjectNotFound       the named topic, group, broker... does not exist
      LeaseLost            another process may change the cluster now, this run no longer
      StoreUnavailable     history, alerts and silences could not be read or written; says why
        WrongDocument      what the store holds under a key is the document of another key
      SandboxError         (steward.sandbox) a sandbox could not do what was asked

Refusals are values, not faults.
"""

from enum import StrEnum

from steward.model.printable import one_line
from steward.model.redaction import sieved, without_secrets


def shown_remedy(remedy: str) -> str:
    """Return what to do without secrets; one that holds commands keeps them, for those quote by themselves."""
    hidden = without_secrets(remedy)
    return remedy if hidden == remedy and type(remedy) is not str else one_line(hidden)


class StewardError(Exception):
    """A fault that a person can act on: one line of what and where, one of what to do next; secrets sieved out."""

    code = "failed"

    def __init__(self, summary: str, *, remedy: str = "", object_name: str = "") -> None:
        summary = one_line(sieved(summary))
        super().__init__(summary)
        self.summary = summary
        self.remedy = shown_remedy(remedy)
        self.object_name = object_name

    @property
    def each(self) -> "tuple[StewardError, ...]":
        """The faults that it is made of, where there are several; otherwise itself."""
        return (self,)


class ClusterUnreachable(StewardError):
    """No broker answered before anything was changed."""

    code = "cluster_unreachable"


class ClusterReplaced(StewardError):
    """The brokers state another cluster id than before: what was remembered is of another cluster."""

    code = "cluster_replaced"


class NotAuthorized(StewardError):
    """The cluster denied a request; ``acl`` is the right that would allow it."""

    code = "not_authorized"

    def __init__(self, summary: str, *, acl: str, remedy: str = "", object_name: str = "") -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.acl = acl


class NotSupported(StewardError):
    """The cluster's version lacks the request or the feature."""

    code = "not_supported"


class BrokerRefused(StewardError):
    """The broker answered with an error; ``kafka_error`` is its name, verbatim."""

    code = "broker_refused"

    def __init__(
        self, summary: str, *, kafka_error: str, remedy: str = "", object_name: str = ""
    ) -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.kafka_error = kafka_error


class DeadlineExceeded(StewardError):
    """The answer did not come in time; ``may_have_happened`` is true after a request that changes something."""

    code = "deadline_exceeded"

    def __init__(self, summary: str, *, may_have_happened: bool = False, remedy: str = "") -> None:
        super().__init__(summary, remedy=remedy)
        self.may_have_happened = may_have_happened


class ConfigurationError(StewardError):
    """A setting is wrong: the summary names file, key, what was found and what was expected."""

    code = "configuration"


class PlanEdited(ConfigurationError):
    """A plan was edited after it was made."""

    code = "plan_edited"


class Interrupted(StewardError):
    """Ctrl-C came in the middle of changes; the remedy says how to go on."""

    code = "interrupted"


class UsageError(StewardError):
    """The command or request is wrong."""

    code = "usage"


class ObjectNotFound(StewardError):
    """The named object does not exist, or may not be seen."""

    code = "not_found"


class LeaseLost(StewardError):
    """This run no longer holds the lease to change the cluster: its writes and requests are refused."""

    code = "lease_lost"


class StoreTrouble(StrEnum):
    """Why a store could not be used."""

    LOCKED = "locked"
    """another process holds it for longer than we wait"""
    GONE = "gone"
    """its file or its server is not there"""
    FULL = "full"
    """no space is left"""
    REFUSED = "refused"
    """rights, a damaged file, or another error of the database"""
    NEWER = "newer"
    """a newer steward has changed its tables"""


class StoreUnavailable(StewardError):
    """What is remembered could not be read or written; ``why`` is what a daemon counts and states."""

    code = "store_unavailable"

    def __init__(
        self, summary: str, *, why: StoreTrouble, remedy: str = "", object_name: str = ""
    ) -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.why = why


class WrongDocument(StoreUnavailable):
    """What the store holds under a key is the document of another key."""

    code = "wrong_document"
