"""A lint rule: its name, shared with the audit's check of the same state, and its input."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from steward.analysis.checks.thresholds import Thresholds
from steward.change.manifests.desired import shape_of
from steward.change.manifests.kinds import Manifest, ManifestSetSpec, TopicShape, TopicSpec
from steward.change.manifests.problem import Place
from steward.change.manifests.reading import Manifests
from steward.change.manifests.scope import holds_topic
from steward.model.command import Command
from steward.model.connection import Environment
from steward.model.finding import Evidence, ObjectRef, Remedy, Severity
from steward.model.policy import Criticality


@dataclass(frozen=True, slots=True, kw_only=True)
class LintHit:
    """A violation: of which object, where it is written, and its severity if not the rule's usual one."""

    object: ObjectRef
    place: Place
    summary: str
    fact: str
    value: str
    remedy: str
    severity: Severity | None = None
    command: Command | None = None

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The line that causes it."""
        return (Evidence(str(self.place), self.fact, self.value),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTopic:
    """A topic after defaults, profile and override: ``config`` has Kafka's keys, typed fields included."""

    manifest: Manifest
    shape: TopicShape
    config: dict[str, str]

    @property
    def name(self) -> str:
        """Its name."""
        return self.manifest.metadata.name

    @property
    def ref(self) -> ObjectRef:
        """The object of its findings."""
        return ObjectRef("topic", self.name)


@dataclass(frozen=True, kw_only=True)
class LintInput:
    """Manifests as rules see them: resolved for one cluster's overrides, or for none."""

    manifests: Manifests
    thresholds: Thresholds
    environment: Environment
    cluster: str | None = None
    today: str = ""

    @cached_property
    def sets(self) -> tuple[ManifestSetSpec, ...]:
        """The sets among them."""
        return tuple(spec for _, spec in self.manifests.of(ManifestSetSpec))

    @cached_property
    def topics(self) -> tuple[ResolvedTopic, ...]:
        """Every topic, resolved."""
        found: list[ResolvedTopic] = []
        for manifest, spec in self.manifests.of(TopicSpec):
            shape, config = shape_of(spec, self._owner(manifest), self.cluster)
            found.append(ResolvedTopic(manifest=manifest, shape=shape, config=dict(config)))
        return tuple(found)

    def _owner(self, manifest: Manifest) -> ManifestSetSpec | None:
        name = manifest.metadata.name
        holding = [s for s in self.sets if holds_topic(s.scope, name)]
        return next(iter((*holding, *(s for s in self.sets if not s.scope.topics))), None)

    def criticality(self, topic: ResolvedTopic) -> Criticality:
        """Return a topic's criticality; undeclared in production it is critical."""
        if topic.shape.criticality:
            return Criticality(topic.shape.criticality)
        is_production = self.environment is Environment.PRODUCTION
        return Criticality.CRITICAL if is_production else Criticality.STANDARD

    @cached_property
    def criticality_by_name(self) -> dict[str, Criticality]:
        """The criticality of every declared topic."""
        return {t.name: self.criticality(t) for t in self.topics}


Examine = Callable[[LintInput], Iterator[LintHit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRule:
    """A rule: its name, usual severity in production (``everywhere``: in any environment), and documentation."""

    name: str
    severity: Severity
    doc: str
    examine: Examine
    everywhere: bool = False


def rule(severity: Severity, *, everywhere: bool = False) -> Callable[[Examine], LintRule]:
    """Create a rule from a generator over a case: its name is the bad state, its docstring the documentation.

    Errors: TypeError, at import, for a rule without docstring.
    """

    def make(examine: Examine) -> LintRule:
        if not examine.__doc__:
            raise TypeError(f"{examine.__name__} has no docstring")
        return LintRule(
            name=examine.__name__,
            severity=severity,
            doc=examine.__doc__,
            examine=examine,
            everywhere=everywhere,
        )

    return make


def on_topic(
    topic: ResolvedTopic,
    summary: str,
    key: str,
    value: str | None,
    remedy: str,
    severity: Severity | None = None,
) -> LintHit:
    """Return a violation of a topic: the key, with its value or that it is not declared."""
    return LintHit(
        object=topic.ref,
        place=topic.manifest.place,
        summary=summary,
        fact=key,
        value="not declared" if value is None else value,
        remedy=Remedy(remedy).summary,
        severity=severity,
    )
