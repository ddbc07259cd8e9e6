"""Options of ``steward reassignment plan``: what they ask for, and which of them contradict each other."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from steward.model.command import Hint, steward
from steward.model.error import UsageError

FACTOR = "change-replication-factor"
RELIEVE = "relieve"
PLACEMENT = "partition-placement"
INTENTS = (
    "balance", "add-broker", "drain", RELIEVE, "rack-repair", "leaders", FACTOR, PLACEMENT,
)  # fmt: skip
_NEED_BROKERS, _TAKE_BROKERS = ("add-broker", "drain"), ("add-broker", "drain", RELIEVE)
_EVENS = ("balance", "add-broker")
_BY_OTHER_RACKS = ("leaders", FACTOR, PLACEMENT)
RESOURCES = ("disk", "replicas", "leaders", "network_in", "network_out")
"""What a balance can even."""
_MOST_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalOptions:
    """The request: ``listed`` are the topics of a file, ``topics`` names and patterns.

    ``pin`` are topics, patterns and partitions as ``orders:3``. ``weights`` are ``4=2``, or ``disk`` alone. ``below``
    is a percentage, None if not given. ``snapshot`` and ``json`` are files.
    """

    intent: str
    brokers: tuple[str, ...]
    replication_factor: int
    tolerance: float
    topics: tuple[str, ...]
    listed: tuple[str, ...]
    exclude_topics: tuple[str, ...]
    exclude_brokers: tuple[str, ...]
    strict_racks: bool = False
    proportional_racks: bool = False
    pin: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    below: float | None = None
    window: float = 0.0
    rate: float = 1.0
    snapshot: str = ""
    json: str = ""


def check_options(asked: GoalOptions) -> None:
    """Reject options that contradict each other, or that the intent has no use for.

    Errors: UsageError, in one line.
    """
    _numbers(asked)
    if asked.json:
        _without_use(asked, f"--json {asked.json} is evaluated as it is", _ignored_by_file(asked))
        return
    _brokers(asked)
    _factor(asked)
    _without_use(asked, asked.intent, _ignored_by_intent(asked))
    if asked.strict_racks and asked.proportional_racks:
        raise UsageError(
            "--strict-racks and --proportional-racks contradict each other",
            remedy="a rack in proportion may hold two replicas of a partition: use one of them",
        )
    unknown = [r for r in asked.resources if r not in RESOURCES]
    if unknown:
        raise UsageError(
            f"--resources: {unknown[0]} cannot be balanced", remedy=f"one of {', '.join(RESOURCES)}"
        )


def ids(words: Iterable[str], option: str) -> frozenset[int]:
    """Return broker ids.

    Errors: UsageError.
    """
    try:
        return frozenset(int(w) for w in words)
    except ValueError:
        raise UsageError(
            f"{option} must be broker ids", remedy=f"for example {option} 4,5"
        ) from None


def _numbers(asked: GoalOptions) -> None:
    if not 0 < asked.tolerance <= _MOST_PERCENT:
        raise UsageError(
            "--tolerance must be a percentage above 0, at most 100",
            remedy="for example --tolerance 10",
        )
    if asked.below is not None and not 0 < asked.below <= _MOST_PERCENT:
        raise UsageError(
            "--below must be a percentage above 0, at most 100", remedy="for example --below 80"
        )
    if not 0 < asked.rate < math.inf:
        raise UsageError("--rate must be above 0", remedy="for example --rate 50")
    if asked.snapshot and asked.window > 0:
        raise UsageError(
            "--window measures a live cluster, and --snapshot is a file",
            remedy=Hint(
                "measure when the file is made: ",
                steward("reassignment snapshot", asked.snapshot, window="30s"),
            ),
        )


def _brokers(asked: GoalOptions) -> None:
    given = ids(asked.brokers, "--brokers")
    if asked.intent in _NEED_BROKERS and not given:
        raise _misused(f"{asked.intent} needs --brokers 4,5")
    if given and asked.intent not in _TAKE_BROKERS:
        raise _misused(f"{asked.intent} does not accept --brokers")
    both = given & ids(asked.exclude_brokers, "--exclude-brokers")
    if both:
        raise UsageError(
            f"broker {min(both)} is both in --brokers and in --exclude-brokers",
            remedy="remove it from one of them",
        )


def _misused(message: str) -> UsageError:
    return UsageError(message, remedy=Hint(steward("reassignment plan", help=True)))


def _factor(asked: GoalOptions) -> None:
    if bool(asked.replication_factor) != (asked.intent == FACTOR):
        needs = "does not accept" if asked.replication_factor else "needs"
        raise UsageError(
            f"{asked.intent} {needs} --replication-factor",
            remedy=Hint("for example ", steward("reassignment plan", FACTOR, replication_factor=3)),
        )
    if asked.replication_factor < 0:
        raise UsageError("--replication-factor must be 1 or more", remedy="for example 3")


def _ignored_by_file(asked: GoalOptions) -> dict[str, object]:
    return {
        "--brokers": asked.brokers,
        "--replication-factor": asked.replication_factor,
        "--exclude-brokers": asked.exclude_brokers,
        "--strict-racks": asked.strict_racks,
        "--proportional-racks": asked.proportional_racks,
        "--pin": asked.pin,
        "--resources": asked.resources,
        "--below": asked.below,
    }


def _ignored_by_intent(asked: GoalOptions) -> dict[str, object]:
    return {
        "--resources": asked.resources if asked.intent not in _EVENS else (),
        "--below": asked.below if asked.intent != RELIEVE else None,
        "--weights": asked.weights if asked.intent in (RELIEVE, PLACEMENT) else (),
        "--strict-racks": asked.strict_racks if asked.intent == "leaders" else False,
        "--proportional-racks": asked.proportional_racks
        if asked.intent in _BY_OTHER_RACKS
        else False,
    }


def _without_use(asked: GoalOptions, what: str, given: dict[str, object]) -> None:
    for option, value in given.items():
        if value not in ((), None, 0, False):
            raise _misused(
                f"{what}: {option} has no effect"
                if asked.json
                else f"{what} does not accept {option}"
            )
