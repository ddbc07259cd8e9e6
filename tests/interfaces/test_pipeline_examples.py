"""The pipeline examples apply the very plan that was reviewed: its file goes from the plan job to the apply job."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.changing import Changing

EXAMPLES = Path(__file__).parents[2] / "docs" / "ci"
PROFILE = """
[profiles.prod]
bootstrap_servers = "broker1:9092"
environment = "staging"
"""
MANIFEST = """
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 3, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
"""
CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {},
    "topic_configs": {},
    "broker_configs": {},
    "acls": [],
    "quotas": [],
    "users": {},
    "log_dirs": {},
    "reassignments": {},
}
NAMES = ("github-actions.yml", "gitlab-ci.yml")


def scripts(example: str, job: str) -> list[str]:
    """Return the lines of shell that a job of an example runs."""
    document = yaml.safe_load((EXAMPLES / example).read_text())
    if "jobs" in document:
        steps = document["jobs"][job]["steps"]
        return [line for step in steps for line in step.get("run", "").splitlines()]
    return [line for script in document[job]["script"] for line in script.splitlines()]


def steward_lines(example: str, job: str) -> list[str]:
    return [line for line in scripts(example, job) if line.startswith("steward ")]


def stored_files(example: str) -> set[str]:
    """Return what the plan job stores for later jobs."""
    document = yaml.safe_load((EXAMPLES / example).read_text())
    if "jobs" not in document:
        return set(document["plan"]["artifacts"]["paths"])
    steps = document["jobs"]["plan"]["steps"]
    return {s["with"]["path"] for s in steps if "upload-artifact" in s.get("uses", "")}


class Pipeline:
    """Runs lines of an example as their shell would: a redirection, and an id read out of a file by jq."""

    def __init__(self, run: Changing, directory: Path) -> None:
        self._run = run
        self._directory = directory

    @property
    def performed(self) -> list[Any]:
        return self._run.cluster.performed

    def __call__(self, text: str) -> tuple[int, str]:
        words = list(_substituted(shlex.split(text, comments=True)[1:], self._directory))
        before, after = words, list[str]()
        if ">" in words:
            before, after = words[: words.index(">")], words[words.index(">") + 1 :]
        code, out, _ = self._run._run(*before)  # pyright: ignore[reportPrivateUsage]
        for file in after:
            (self._directory / file).write_text(out)
        return code, out


@pytest.fixture
def pipeline(changing: Callable[[dict[str, Any]], Changing], config: Path) -> Pipeline:
    run = changing(CLUSTER)
    config.write_text(PROFILE)
    folder = config.parent / "manifests"
    folder.mkdir()
    (folder / "topics.yaml").write_text(MANIFEST)
    return Pipeline(run, config.parent)


def _substituted(words: list[str], directory: Path) -> Iterator[str]:
    for word in words:
        if word.startswith("$(jq -r .data.id "):
            file = word.removeprefix("$(jq -r .data.id ").removesuffix(")")
            yield json.loads((directory / file).read_text())["data"]["id"]
        else:
            yield word


@pytest.mark.parametrize("example", NAMES)
def test_what_was_reviewed_is_what_is_applied(
    example: str, pipeline: Pipeline, config: Path
) -> None:
    planning, applying = steward_lines(example, "plan"), steward_lines(example, "apply")
    assert [line.split()[3] for line in applying] == ["apply"]
    for line in planning:
        assert pipeline(line)[0] == 0, line
    planned = json.loads((config.parent / "plan.json").read_text())["data"]
    assert planned["id"] in (config.parent / "plan.md").read_text()
    applied = applying[0].split()[4]
    assert applied in stored_files(example)
    (config.parent / "state" / "steward.db").unlink()  # another machine: only the file comes along
    (config.parent / "manifests" / "topics.yaml").write_text(MANIFEST.replace("orders", "other"))
    assert pipeline.performed == []
    code, out = pipeline(f"{applying[0]} -o json")
    assert code == 0
    assert json.loads(out)["data"]["plan_id"] == planned["id"]
    assert [change.name for change in pipeline.performed] == ["orders"]


@pytest.mark.parametrize("example", NAMES)
def test_a_plan_that_was_edited_after_the_review_is_refused(
    example: str, pipeline: Pipeline, config: Path
) -> None:
    for line in steward_lines(example, "plan"):
        pipeline(line)
    file = config.parent / "plan.json"
    file.write_text(file.read_text().replace("orders", "other"))
    code, _ = pipeline(f"{steward_lines(example, 'apply')[0]} -o json")
    assert code == 4
    assert pipeline.performed == []
