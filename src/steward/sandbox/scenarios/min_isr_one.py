"""One replica is enough: min.insync.replicas=1, which takes away the guarantee of acks=all."""

from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create

RATE_PER_S = 10.0


def run(run: ScenarioRun) -> None:
    """Create the topic and write to it with acks=all, which guarantees nothing here."""
    topic = run.name("payments")
    create(run, ScenarioTopic(name=topic, min_isr=1))
    keys = even_keys(run.random("keys"), 300)
    start_flow(run, Flow(client_id=run.name("bank"), topic=topic, keys=keys, rate_per_s=RATE_PER_S))


SCENARIO = Scenario(
    name="min-isr-one",
    summary="a topic of three replicas with min.insync.replicas=1",
    injects=(
        "Topic min-isr-one.payments has three replicas and min.insync.replicas=1: with two "
        f"brokers lost, acks=all still succeeds with one replica. {RATE_PER_S:.0f} records a second. "
        "Left behind: the topic."
    ),
    finds=("min_isr_one",),
    default_seconds=60,
    run=run,
)
