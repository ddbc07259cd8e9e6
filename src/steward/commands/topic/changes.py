"""Create and alter topics: each change is a plan, checked by the guard, shown and confirmed."""

from steward.cluster.ports import Observer, Scope
from steward.commands.api.answers import wanted
from steward.commands.api.context import Context
from steward.commands.api.group_position import seen_or_fault
from steward.model.error import ObjectNotFound
from steward.model.snapshot import Part
from steward.model.topic import Topic

RETENTION = "how long records are retained, 7d or unlimited: retention.ms"
RETENTION_BYTES = "bytes retained per partition, 10GiB or unlimited: retention.bytes"
CONFIG_OPTION = "KEY=VALUE in Kafka's keys, with units: max.message.bytes=2MiB"


def topic_or_fault(observer: Observer, context: Context, name: str) -> Topic:
    """Return a topic by its exact name.

    Errors: ObjectNotFound with the nearest name; a fault where topics cannot be read.
    """
    asked = Scope(topics=frozenset({name}))
    seen = observer.observe(frozenset({Part.TOPICS}), asked, context.progress)
    found = next((t for t in seen_or_fault(seen.topics) if t.name == name), None)
    if found is None:
        every = observer.observe(frozenset({Part.TOPICS}), Scope(), context.progress)
        names = [t.name for t in seen_or_fault(every.topics)]
        wanted((name,), names, "topic", complete=True)
        raise ObjectNotFound(f"topic {name} does not exist", object_name=name)
    return found
