"""Parameters of ``steward reassignment plan``."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.reassignment.goal_options import INTENTS, RESOURCES
from steward.model.doc import Candidates, Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignmentPlanParams:
    """The goal, the brokers, and the tolerance."""

    intent: Annotated[
        str,
        Doc(
            "balance: every broker within tolerance; add-broker: new brokers get their share; drain: brokers are "
            "emptied; relieve: brokers get below a share of their disks; rack-repair: no two "
            "replicas in one rack; leaders: spread evenly, no data moves; "
            "change-replication-factor: set the number of replicas to --replication-factor; partition-placement: each "
            "topic evenly over brokers and racks",
            choices=INTENTS,
            positional=True,
        ),
    ]
    brokers: Annotated[
        tuple[str, ...],
        Doc(
            "ids of the new brokers, of those to drain, or of those to relieve (default: all)",
            metavar="ID,...",
            commas=True,
            completes=Candidates.BROKERS,
        ),
    ] = ()
    replication_factor: Annotated[
        int, Doc("replicas per partition; 0: as many as now", metavar="N", unit="replicas")
    ] = 0
    tolerance: Annotated[
        float,
        Doc("how far a broker may deviate from its share, percent", metavar="PERCENT", unit="%"),
    ] = 10.0
    topics: Annotated[
        tuple[str, ...],
        Doc(
            "move only these topics, names or patterns",
            metavar="TOPIC,...",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    topics_file: Annotated[
        str,
        Doc(
            "move only the topics that this topics-to-move file of kafka-reassign-partitions lists",
            metavar="FILE",
        ),
    ] = ""
    exclude_topics: Annotated[
        tuple[str, ...],
        Doc(
            "do not move these topics",
            metavar="TOPIC,...",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    exclude_brokers: Annotated[
        tuple[str, ...],
        Doc(
            "brokers that neither send nor receive replicas",
            metavar="ID,...",
            commas=True,
            completes=Candidates.BROKERS,
        ),
    ] = ()
    pin: Annotated[
        tuple[str, ...],
        Doc(
            "topics, patterns or partitions (orders:3, orders:0-7) whose replicas and leaders stay",
            metavar="TOPIC[:N],...",
            commas=True,
            completes=Candidates.TOPICS,
        ),
    ] = ()
    resources: Annotated[
        tuple[str, ...],
        Doc(
            f"balance only these, in order of importance: {', '.join(RESOURCES)}",
            metavar="RESOURCE,...",
            commas=True,
        ),
    ] = ()
    weights: Annotated[
        tuple[str, ...],
        Doc(
            "capacity of unlike brokers: 4=2 doubles the share of broker 4 (others have 1); disk: replicas in "
            "proportion to the size of disks",
            metavar="ID=N,...",
            commas=True,
        ),
    ] = ()
    below: Annotated[
        float | None,
        Doc(
            "relieve brokers above this percentage of their disks (default: 80)", metavar="PERCENT"
        ),
    ] = None
    strict_racks: Annotated[
        bool, Doc("refuse plans in which replicas of a partition share a rack")
    ] = False
    proportional_racks: Annotated[
        bool,
        Doc(
            "racks of unlike size hold replicas in proportion to their brokers, so that a large rack may hold two of a "
            "partition, but never all"
        ),
    ] = False
    window: Annotated[
        float,
        Doc(
            "measure write rates for this long, to balance network load as well", metavar="DURATION"
        ),
    ] = 0.0
    rate: Annotated[
        float,
        Doc(
            "replication throttle: MB per second that moves may use on each broker, in and out",
            metavar="MB",
            unit="MB/s",
        ),
    ] = 50.0
    snapshot: Annotated[
        str,
        Doc("plan over a file of reassignment snapshot instead of a live cluster", metavar="FILE"),
    ] = ""
    json: Annotated[
        str,
        Doc(
            "evaluate this reassignment of kafka-reassign-partitions instead of planning",
            metavar="FILE",
        ),
    ] = ""
    out: Annotated[
        str, Doc("write the plan to this file, for kafka-reassign-partitions", metavar="FILE")
    ] = ""
    rollback: Annotated[
        str, Doc("write the rollback to this file, in the same format", metavar="FILE")
    ] = ""  # fmt: skip
    topics_out: Annotated[
        str, Doc("write the moving topics to this file, as a topics-to-move file", metavar="FILE")
    ] = ""
