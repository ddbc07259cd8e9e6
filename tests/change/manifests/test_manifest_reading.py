"""Manifests are read with every problem named in its file and line, and the reference's example is understood."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steward.change.manifests.kinds import Manifest, TopicSpec, UserSpec
from steward.change.manifests.reading import examine, read
from steward.change.manifests.writing import write
from steward.change.manifests.yaml_nodes import Source
from support.manifest_values import manifest_sets

EXAMPLE = Path(__file__).with_name("payments.yaml")


def problems_of(text: str) -> list[str]:
    return [f"{p} ({p.remedy})" for p in examine([Source("m.yaml", text)])[1]]


def topic(*lines: str, name: str = "orders") -> str:
    spec = "".join(f"  {line}\n" for line in lines)
    return f"apiVersion: steward/v1\nkind: Topic\nmetadata: {{name: {name}}}\nspec:\n{spec}"


def test_every_kind_of_the_example_is_understood() -> None:
    found = read([Source("payments.yaml", EXAMPLE.read_text())])
    kinds = {m.kind for m in found.documents}
    assert kinds == {
        "ManifestSet", "Topic", "Application", "Acl", "Quota", "User", "Tenant", "Policy", "Waiver",
    }  # fmt: skip
    (_, spec) = next(iter(found.of(TopicSpec)))
    assert spec.retention == 7 * 86_400_000
    assert spec.config == {"max.message.bytes": "2097152"}


WRONG = {
    "partitons: 12": "m.yaml:5: spec has no key 'partitons' (did you mean partitions?)",
    "replicas: three": "m.yaml:5: spec.replicas is 'three'; it must be a whole number (write digits only)",
    "partitions: 0": "m.yaml:5: spec.partitions is 0 (write 1 or more)",
    "criticality: critcal": "m.yaml:5: spec.criticality is 'critcal' (did you mean critical?)",
    "retention: 7": "m.yaml:5: spec.retention is '7', which is not a duration "
    "(write a duration such as 7d, 12h or 30s, or unlimited)",
    "retentionBytes: 5 bananas": "m.yaml:5: spec.retentionBytes is '5 bananas', which is not a size "
    "(write a size such as 10GiB or 500MB, or unlimited)",
    "config: [a]": "m.yaml:5: spec.config is a list; it must be a map ()",
    "config: {retention.ms: {a: b}}": "m.yaml:5: spec.config.retention.ms is a map; it must be text ()",
    "placement: {spread: rack, spread: rack}": "m.yaml:5: duplicate key spec.placement.spread (remove one of them)",
    "config: !!python/tuple {a: b}": "m.yaml:5: spec.config has the tag tag:yaml.org,2002:python/tuple "
    "(remove it: manifests use no tags)",
    "partitions: [1": "m.yaml:6: not YAML: did not find expected ',' or ']' (check indentation and quotes)",
}


@pytest.mark.parametrize(("line", "said"), WRONG.items())
def test_a_problem_names_file_line_and_cure(line: str, said: str) -> None:
    assert said in problems_of(topic(line))


def test_many_problems_are_told_at_once() -> None:
    text = topic("partitons: 12", "replicas: three") + "---\n" + topic("retention: soon", name="b")
    assert [p.split(": ", 1)[0] for p in problems_of(text)] == ["m.yaml:5", "m.yaml:6", "m.yaml:12"]


def test_the_same_object_twice_is_told_with_both_places() -> None:
    one = topic("partitions: 1", "replicas: 1")
    assert problems_of(f"{one}---\n{one}") == [
        "m.yaml:8: Topic orders is also declared at m.yaml:1 (declare an object only once: remove one of them)"
    ]


def test_a_typed_field_and_its_config_key_are_too_many() -> None:
    found = problems_of(topic("retention: 7d", "config:", "  retention.ms: 1"))
    assert found == [
        "m.yaml:7: spec has both retention and config.retention.ms (remove one of them)"
    ]


def test_a_password_is_refused_and_not_repeated() -> None:
    text = (
        "apiVersion: steward/v1\nkind: User\nmetadata: {name: a}\nspec: {password: hunter2}\n"
        "---\napiVersion: steward/v1\nkind: User\nmetadata: {name: b}\nspec: {passwordFrom: hunter3}\n"
    )
    found = problems_of(text)
    assert len(found) == 2
    assert "passwordFrom: {env: NAME}" in found[0]
    assert "hunter2" not in str(found)


def test_one_user_may_have_a_credential_of_each_mechanism() -> None:
    text = "".join(
        f"---\napiVersion: steward/v1\nkind: User\nmetadata: {{name: a}}\nspec: {{mechanism: {m}}}\n"
        for m in ("SCRAM-SHA-256", "SCRAM-SHA-512")
    )
    assert len(list(read([Source("m.yaml", text)]).of(UserSpec))) == 2


def test_yaml_is_read_as_1_2() -> None:
    found = read(
        [Source("m.yaml", topic("config: {compression.type: no, x: on, y: 12:30, z: 0o7}"))]
    )
    (_, spec) = next(iter(found.of(TopicSpec)))
    assert spec.config == {"compression.type": "no", "x": "on", "y": "12:30", "z": "0o7"}


def test_files_of_other_tools_are_told_apart() -> None:
    (said,) = problems_of("apiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\n")
    assert "other tools" in said


def test_a_topic_outside_of_every_scope_is_refused() -> None:
    text = (
        "apiVersion: steward/v1\nkind: ManifestSet\nmetadata: {name: s}\nspec: {scope: {topics: [pay.]}}\n---\n"
    ) + topic("partitions: 1")
    (said,) = problems_of(text)
    assert said.startswith("m.yaml:8: topic orders is outside the scope of every set")


def test_overlapping_scopes_are_refused() -> None:
    text = "---\n".join(
        f"apiVersion: steward/v1\nkind: ManifestSet\nmetadata: {{name: {n}}}\nspec: {{scope: {{topics: [{p}]}}}}\n"
        for n, p in (("a", "pay."), ("b", "pay.orders."))
    )
    (said,) = problems_of(text)
    assert "pay.orders. is also in the scope of set a" in said


def test_deep_nesting_and_alias_bombs_are_problems_not_crashes() -> None:
    assert problems_of("[" * 5_000)
    bomb = "a: &a [x]\n" + "".join(
        f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert problems_of(bomb)
    assert problems_of("&a [*a]")
    assert problems_of(topic("config: &a {x: *a}"))


@given(manifest_sets())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(manifests: list[Manifest]) -> None:
    text = write(manifests)
    found, problems = examine([Source("m.yaml", text)])
    accepted = [p for p in problems if "has both" not in p.message]
    assert not accepted
    assert sorted(map(described, found.documents)) == sorted(map(described, manifests))
    assert write(found.documents) == text


def described(manifest: Manifest) -> str:
    return repr((manifest.kind, manifest.metadata, manifest.spec))


YAML_WORDS = st.sampled_from(
    ["a", ":", "-", " ", "\n", "  ", "[", "]", "{", "}", "&a", "*a", "!!x", "|", ">", "'", '"', "\t", "#",
     "apiVersion: steward/v1\n", "kind: Topic\n", "kind: Quota\n", "metadata: {name: x}\n", "spec:\n", "---\n",
     "  entity: {user: a}\n", "  limits: 3\n", "  config:\n", "%", "\0", "\x07", "é", "\ufeff", "~", "null"]
)  # fmt: skip


@given(st.lists(YAML_WORDS, max_size=25).map("".join) | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
@example("apiVersion: steward/v1\nkind: Topic\nmetadata:\nspec:\n")
@example("\ud800")
def test_no_text_is_a_crash(text: str) -> None:
    _, problems = examine([Source("m.yaml", text)])
    assert all("\n" not in str(p) and p.place.line >= 1 for p in problems)


@given(manifest_sets(), st.data())
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_manifest_is_a_crash(manifests: list[Manifest], data: st.DataObject) -> None:
    text = write(manifests)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 8))
    damaged = text[:at] + data.draw(YAML_WORDS) + text[at + cut :]
    _, problems = examine([Source("m.yaml", damaged)])
    assert all("\n" not in str(p) and p.place.line >= 1 for p in problems)
