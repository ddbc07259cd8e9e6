"""Faults: what failed, where, and what to do next.

::

    StewardError
      ClusterUnreachable   no broker answered
      ClusterReplaced      the brokers report another cluster id than before
      NotAuthorized        the cluster denied a request; names the ACL to add
      NotSupported         the broker's version lacks the request
      BrokerRefused        a broker returned an error: Kafka's name and message
      DeadlineExceeded     no answer in time; says whether a change may have happened
      ConfigurationError   a setting, profile or file is wrong
        ExtraMissing       (steward.model.extra) an optional dependency is not installed
        PlanEdited         a plan's content does not match its id
      Interrupted          Ctrl-C ended a run that had already changed something
      UsageError           the command line or request is wrong
      ObjectNotFound       the named topic, group, broker... does not exist
      LeaseLost            this run lost the lease; another process may change the cluster
      StoreUnavailable     history, plans or alerts could not be read or written; says why
        WrongDocument      the store returned a document of another key
      SandboxError         (steward.sandbox) a sandbox operation failed

Refusals are values, not faults.
"""

from enum import StrEnum

from steward.model.printable import one_line
from steward.model.redaction import sieved, without_secrets


def shown_remedy(remedy: str) -> str:
    """Return the remedy without secrets; a remedy that holds commands keeps them, because commands quote themselves."""
    hidden = without_secrets(remedy)
    return remedy if hidden == remedy and type(remedy) is not str else one_line(hidden)


class StewardError(Exception):
    """A fault with a summary (what failed, and where) and a remedy, one line each; secrets are removed."""

    code = "failed"

    def __init__(self, summary: str, *, remedy: str = "", object_name: str = "") -> None:
        summary = one_line(sieved(summary))
        super().__init__(summary)
        self.summary = summary
        self.remedy = shown_remedy(remedy)
        self.object_name = object_name

    @property
    def each(self) -> "tuple[StewardError, ...]":
        """The faults it consists of, where there are several; otherwise itself."""
        return (self,)


class ClusterUnreachable(StewardError):
    """No broker answered; nothing was changed."""

    code = "cluster_unreachable"


class ClusterReplaced(StewardError):
    """The brokers report another cluster id than before: stored state belongs to another cluster."""

    code = "cluster_replaced"


class NotAuthorized(StewardError):
    """The cluster denied a request; ``acl`` is the ACL that would allow it."""

    code = "not_authorized"

    def __init__(self, summary: str, *, acl: str, remedy: str = "", object_name: str = "") -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.acl = acl


class NotSupported(StewardError):
    """The cluster's version lacks the request or the feature."""

    code = "not_supported"


class BrokerRefused(StewardError):
    """A broker returned an error; ``kafka_error`` is Kafka's name of it."""

    code = "broker_refused"

    def __init__(
        self, summary: str, *, kafka_error: str, remedy: str = "", object_name: str = ""
    ) -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.kafka_error = kafka_error


class DeadlineExceeded(StewardError):
    """No answer in time. ``may_have_happened``: the request changes something and may have been executed."""

    code = "deadline_exceeded"

    def __init__(self, summary: str, *, may_have_happened: bool = False, remedy: str = "") -> None:
        super().__init__(summary, remedy=remedy)
        self.may_have_happened = may_have_happened


class ConfigurationError(StewardError):
    """A setting is wrong: the summary names file, key, the value found and the value expected."""

    code = "configuration"


class PlanEdited(ConfigurationError):
    """A plan was edited after it was created."""

    code = "plan_edited"


class Interrupted(StewardError):
    """Ctrl-C stopped a run between changes; the remedy says how to continue."""

    code = "interrupted"


class UsageError(StewardError):
    """The command or request is wrong."""

    code = "usage"


class ObjectNotFound(StewardError):
    """The named object does not exist, or this principal may not describe it."""

    code = "not_found"


class LeaseLost(StewardError):
    """This run no longer holds the lease for the cluster: its writes and requests are refused."""

    code = "lease_lost"


class StoreTrouble(StrEnum):
    """Why a store is unavailable."""

    LOCKED = "locked"
    """another process holds its lock longer than the timeout"""
    GONE = "gone"
    """its file or server does not exist"""
    FULL = "full"
    """no space is left"""
    REFUSED = "refused"
    """permissions, a damaged file, or another error of the database"""
    NEWER = "newer"
    """a newer version of steward has migrated its tables"""


class StoreUnavailable(StewardError):
    """The store could not be read or written; ``why`` is the reason that the daemon counts and reports."""

    code = "store_unavailable"

    def __init__(
        self, summary: str, *, why: StoreTrouble, remedy: str = "", object_name: str = ""
    ) -> None:
        super().__init__(summary, remedy=remedy, object_name=object_name)
        self.why = why


class WrongDocument(StoreUnavailable):
    """The store returned, for a key, a document of another key."""

    code = "wrong_document"
