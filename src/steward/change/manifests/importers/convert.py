"""Read other tools' files: the tool is recognised by the document's shape; everything left out is reported."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from steward.change.manifests.importers import gitops, jikkou, julie, strimzi, topicctl
from steward.change.manifests.importers.field_reader import FieldReader, NotConverted
from steward.change.manifests.kinds import Manifest, ManifestSetSpec
from steward.change.manifests.problem import ManifestsInvalid, Problem, nearest
from steward.change.manifests.reading import examine
from steward.change.manifests.writing import write
from steward.change.manifests.yaml_nodes import Source, documents, place_of

TOOLS = ("topicctl", "kafka-gitops", "julie", "strimzi", "jikkou")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Manifests from other tools' files; ``left`` could not be converted; ``tools`` are those recognised."""

    manifests: tuple[Manifest, ...]
    left: tuple[NotConverted, ...]
    tools: tuple[str, ...]


def import_from(sources: Iterable[Source], tool: str = "") -> Imported:
    """Convert other tools' files.

    ``tool`` names the tool; without it each document's shape decides. Unrecognised documents beside recognised ones,
    as in a mixed folder, are reported in ``left``.
    Errors: ManifestsInvalid, for invalid YAML, or if no document is recognised.
    """
    problems: list[Problem] = []
    left: list[NotConverted] = []
    found: list[tuple[str, FieldReader]] = []
    nobodys: list[Problem] = []
    for source in sources:
        for node in documents(source, problems):
            document = FieldReader(node, source.name, "", left)
            whose = tool or _whose(document)
            if whose:
                found.append((whose, document))
                continue
            place, cure = (
                place_of(node, source.name),
                f"name the tool with --from: {', '.join(TOOLS)}",
            )
            nobodys.append(Problem(place, "unrecognised format", cure))
    if problems or (nobodys and not found):
        raise ManifestsInvalid([*problems, *nobodys])
    left += [NotConverted(p.place, "document", p.message) for p in nobodys]
    of_jikkou = [d for whose, d in found if whose == "jikkou"]
    maps, roles = jikkou.config_maps(of_jikkou), jikkou.roles_of(of_jikkou)
    carried = (m for whose, d in found for m in _converted(whose, d, maps, roles))
    manifests = _named_apart(_sets_joined(carried))
    left += [
        NotConverted(problem.place, "manifest", f"{problem.message}; {problem.remedy}")
        for problem in _problems(manifests)
    ]
    return Imported(
        manifests=manifests,
        left=tuple(sorted(set(left))),
        tools=tuple(sorted({whose for whose, _ in found})),
    )


def _whose(document: FieldReader) -> str:
    keys = set(document.names)
    version = document.text("apiVersion") if "apiVersion" in keys else ""
    if strimzi.GROUP in version:
        return "strimzi"
    if jikkou.GROUP in version:
        return "jikkou"
    if {"meta", "spec"} <= keys:
        return "topicctl"
    if "projects" in keys or ("context" in keys and "platform" in keys) or "plans" in keys:
        return "julie"
    if keys & {"services", "customServiceAcls"} or (
        keys and keys <= {"topics", "settings", "users", "customUserAcls"}
    ):
        return "kafka-gitops"
    return ""


def _converted(
    whose: str, document: FieldReader, maps: jikkou.Maps, roles: jikkou.Roles
) -> Iterator[Manifest]:
    match whose:
        case "topicctl":
            yield from topicctl.convert(document)
        case "kafka-gitops":
            yield from gitops.convert(document)
        case "julie":
            yield from julie.convert(document)
        case "strimzi":
            yield from strimzi.convert(document)
        case "jikkou":
            yield from jikkou.convert(document, maps, roles)
        case _:
            raise ManifestsInvalid(
                [
                    Problem(
                        document.place, f"there is no importer for {whose!r}", nearest(whose, TOOLS)
                    )
                ]
            )


def _sets_joined(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Remove sets that equal an earlier one."""
    found: list[Manifest] = []
    for manifest in manifests:
        is_set = isinstance(manifest.spec, ManifestSetSpec)
        if not is_set or all(manifest.spec != other.spec for other in found):
            found.append(manifest)
    return tuple(found)


def _named_apart(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Give unique names to applications and ACLs, whose names mean nothing to Kafka."""
    taken: set[tuple[str, str]] = set()
    found: list[Manifest] = []
    for manifest in manifests:
        name, number = manifest.metadata.name, 1
        while manifest.kind in ("Application", "Acl") and (manifest.kind, name) in taken:
            number += 1
            name = f"{manifest.metadata.name}-{number}"
        taken.add((manifest.kind, name))
        found.append(replace(manifest, metadata=replace(manifest.metadata, name=name)))
    return tuple(found)


def _problems(manifests: tuple[Manifest, ...]) -> Iterator[Problem]:
    """Return problems of the manifests themselves, such as a topic without partitions."""
    _, problems = examine([Source("imported", write(manifests))])
    yield from problems
    shapes = {m.metadata.name: m for m in manifests if m.kind == "Topic"}
    sets = [m.spec for m in manifests if isinstance(m.spec, ManifestSetSpec)]
    for name, manifest in shapes.items():
        for field in ("partitions", "replicas"):
            said = getattr(manifest.spec, field) is not None
            beneath = any(
                getattr(s.defaults.topic, field) is not None
                or any(getattr(p, field) is not None for p in s.profiles.values())
                for s in sets
            )
            if not said and not beneath:
                yield Problem(manifest.place, f"topic {name} has no {field}", f"add spec.{field}")
