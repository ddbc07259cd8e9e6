"""Missing retention: a topic that keeps everything, and one that uses the broker's default."""

from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create

RECORDS = 300


def run(run: ScenarioRun) -> None:
    """Create the two topics and write a little to each."""
    archive, clicks = run.name("archive"), run.name("clicks")
    for_ever = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
    create(
        run, ScenarioTopic(name=archive, configs=for_ever), ScenarioTopic(name=clicks, configs={})
    )
    for topic in (archive, clicks):
        keys = even_keys(run.random(topic), 100)
        flow = Flow(client_id=run.name("shop"), topic=topic, keys=keys, rate_per_s=1)
        preload(run, flow, RECORDS, span_s=60)


SCENARIO = Scenario(
    name="no-retention",
    summary="a topic without any limit, and one without retention of its own",
    injects=(
        "Topic no-retention.archive has the delete policy with retention.ms=-1 and "
        "retention.bytes=-1: it grows until the disk is full. Topic no-retention.clicks sets "
        f"neither, so that the broker's default applies. {RECORDS} records each. Left behind: the "
        "topics."
    ),
    finds=("retention_unlimited", "retention_not_explicit"),
    default_seconds=60,
    run=run,
)
