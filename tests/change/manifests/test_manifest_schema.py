"""The published schema takes what the reader takes, and refuses what it refuses."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from steward.change.manifests.kinds import KINDS
from steward.change.manifests.schema import manifest_schema, names

EXAMPLE = Path(__file__).with_name("payments.yaml")


@pytest.mark.parametrize("name", names())
def test_it_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(manifest_schema(name))


def test_the_example_is_valid() -> None:
    of_any = Draft202012Validator(manifest_schema("manifest"))
    seen: set[str] = set()
    for document in yaml.load_all(EXAMPLE.read_text(), Loader=yaml.BaseLoader):
        typed = with_types(document)
        Draft202012Validator(manifest_schema(document["kind"])).validate(typed)
        of_any.validate(typed)
        seen.add(document["kind"])
    assert seen == set(KINDS)


@pytest.mark.parametrize(
    "spec",
    [{"partitons": 3}, {"replicas": "three"}, {"retention": "7 moons"}, {"criticality": "very"}],
)
def test_what_is_wrong_is_refused(spec: dict[str, Any]) -> None:
    document = {
        "apiVersion": "steward/v1",
        "kind": "Topic",
        "metadata": {"name": "orders"},
        "spec": spec,
    }
    with pytest.raises(ValidationError):
        Draft202012Validator(manifest_schema("Topic")).validate(document)


def with_types(value: Any) -> Any:
    """Give plain scalars the types that YAML 1.2 gives them."""
    if isinstance(value, dict):
        return {k: with_types(v) for k, v in value.items()}
    if isinstance(value, list):
        return [with_types(v) for v in value]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if value.isdigit() else value
