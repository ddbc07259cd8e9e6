"""Lost broker: killed as by a power failure, with topics that tolerate it and topics that do not."""

from steward.model.command import Hint, steward
from steward.model.wording import count
from steward.sandbox.cluster import broker_kill, broker_start
from steward.sandbox.error import SandboxError
from steward.sandbox.scenarios.clients import admin
from steward.sandbox.scenarios.consuming import ConsumerMember, start_members
from steward.sandbox.scenarios.keys import even_keys
from steward.sandbox.scenarios.producing import Flow, preload, start_flow
from steward.sandbox.scenarios.run import ScenarioRun
from steward.sandbox.scenarios.scenario import Scenario
from steward.sandbox.scenarios.topics import ScenarioTopic, create, in_sync, leaders

RECORDS = 300
RATE_PER_S = 20.0


def run(run: ScenarioRun) -> None:
    """Fill three topics, then kill the broker with the only replica of one of them."""
    brokers = sorted(broker.id for broker in run.sandbox.brokers if "broker" in broker.roles)
    if len(brokers) < 3:
        raise SandboxError(
            f"sandbox {run.sandbox.name} has {count(len(brokers), 'broker')}: it cannot lose one",
            remedy=Hint(
                "Use a sandbox of three brokers: ", steward("sandbox up", brokers=3, name="NAME")
            ),
        )
    victim = run.random("broker").choice(brokers)
    orders, strict, single = run.name("orders"), run.name("strict"), run.name("single")
    others = [broker for broker in brokers if broker != victim][:2]
    create(
        run,
        ScenarioTopic(name=orders, replicas=(others[0], victim, others[1])),
        ScenarioTopic(name=strict, min_isr=3, replicas=(others[1], others[0], victim)),
        ScenarioTopic(name=single, min_isr=1, partitions=1, replicas=(victim,)),
    )
    flows = {topic: _flow(run, topic) for topic in (orders, strict, single)}
    for flow in flows.values():
        preload(run, flow, RECORDS, span_s=60)
    start_flow(run, flows[orders])
    group = run.name("billing")
    start_members(run, 2, ConsumerMember(client_id=group, group=group, topics=[orders]))
    _kill(run, victim)
    client = admin(run.sandbox)
    run.until(
        lambda: (
            leaders(client, single) == {0: -1}
            and all(victim not in isr for isr in in_sync(client, orders).values())
        ),
        f"the cluster has noticed the loss of broker {victim}",
    )


def _kill(run: ScenarioRun, broker_id: int) -> None:
    name = run.sandbox.name
    run.progress(
        f"killing broker {broker_id}; restart it with: "
        + str(steward("sandbox broker", "start", broker_id, name=name))
    )
    broker_kill(name, broker_id)
    if not run.leave:
        run.life.at_end(lambda: broker_start(name, broker_id, progress=run.progress))


def _flow(run: ScenarioRun, topic: str) -> Flow:
    return Flow(
        client_id=run.name("shop"),
        topic=topic,
        keys=even_keys(run.random(topic), 300),
        rate_per_s=RATE_PER_S,
    )


SCENARIO = Scenario(
    name="lost-broker",
    summary="a broker killed as by a power failure",
    injects=(
        "One broker, chosen by the seed, is killed (SIGKILL). lost-broker.orders (RF 3, min ISR "
        f"2) continues with {RATE_PER_S:.0f} records a second and a group, lost-broker.strict (RF "
        "3, min ISR 3) refuses acks=all, lost-broker.single (RF 1, on that broker) is offline. "
        "In the foreground the broker is restarted at the end; in the background it stays "
        "down until it is started by its id (sandbox broker start). Left behind: topics and group."
    ),
    finds=(
        "under_replicated",
        "isr_at_min",
        "isr_below_min",
        "partition_offline",
        "min_isr_equals_rf",
        "rf_one",
        "replicas_on_absent_broker",
    ),
    default_seconds=120,
    run=run,
)
