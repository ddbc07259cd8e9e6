"""Topics that share one name in metrics."""

from collections.abc import Iterator

from steward.analysis.checks.facts import Facts
from steward.analysis.checks.registry import CLUSTER, FoundState, check
from steward.analysis.checks.say import few, on_topic
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.topic import Topic


@check("T29", Severity.LOW, over=CLUSTER, parts=(Part.TOPICS,))
def topic_names_collide(facts: Facts, _: None) -> Iterator[FoundState]:
    """Two topics differ only in dots and underscores.

    What it means: names such as a.b and a_b become the same name in Kafka's metrics, where dots are replaced by
        underscores.
    Why it matters: metrics add up their traffic under one name, so neither topic can be monitored.
    What to do: use either dots or underscores in names, not both; move one of the topics to another name. Kafka in
        KRaft mode rejects new topics that collide.
    """
    by_metric_name: dict[str, list[Topic]] = {}
    for topic in facts.topics:
        by_metric_name.setdefault(topic.name.replace(".", "_"), []).append(topic)
    for metric_name, topics in sorted(by_metric_name.items()):
        if len(topics) > 1:
            names = [topic.name for topic in topics]
            yield FoundState(
                object=on_topic(topics[0]),
                summary=f"has the same name as {few(names[1:])} in metrics: {metric_name}",
                evidence=(Evidence("Metadata", "topics with the same metric name", few(names)),),
                remedy=Remedy(
                    "move one of the topics to a name without mixed dots and underscores"
                ),
            )
