"""steward lint: exit codes, reports with file and line, and never a traceback."""

import io
import json
import sys
from pathlib import Path

import pytest

from support.command_line import CommandLine

GOOD = """\
apiVersion: steward/v1
kind: Topic
metadata: {name: orders}
spec: {partitions: 3, replicas: 3, retention: 7d, config: {min.insync.replicas: "2"}}
"""


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "topics.yaml").write_text(GOOD)
    (folder / ".hidden.yaml").write_text("nonsense: [")
    return folder


def test_good_manifests_exit_with_0(steward: CommandLine, manifests: Path) -> None:
    run = steward("lint", "manifests")
    assert run.code == 0
    assert "1 document, production: no findings" in run.out


def test_findings_exit_with_3_and_name_their_line(steward: CommandLine, manifests: Path) -> None:
    (manifests / "b.yaml").write_text(
        GOOD.replace("orders", "b").replace("replicas: 3", "replicas: 1")
    )
    run = steward("lint", "manifests")
    assert run.code == 3
    assert "manifests/b.yaml:1: topic b: one copy" in run.out
    assert steward("lint", "manifests", "--fail-on", "never").code == 0
    sarif = json.loads(steward("lint", "manifests", "-o", "sarif").out)
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "manifests/b.yaml"}, "region": {"startLine": 1}}
    assert "<testsuite name=" in steward("lint", "manifests", "-o", "junit").out
    assert steward("lint", "manifests", "-o", "markdown").out.startswith("# Lint of manifests")


def test_what_cannot_be_read_exits_with_2_whatever_fails(
    steward: CommandLine, manifests: Path
) -> None:
    (manifests / "b.yaml").write_text("apiVersion: steward/v1\nkind: Topc\n---\n[")
    run = steward("lint", "manifests", "--fail-on", "never")
    assert run.code == 2
    assert "manifests/b.yaml:2: there is no kind 'Topc'\n  try: did you mean Topic?" in run.err
    envelope = json.loads(steward("lint", "manifests", "-o", "json").out)
    assert [e["object"] for e in envelope["errors"]] == ["manifests/b.yaml:2", "manifests/b.yaml:5"]
    assert {f["check"] for f in envelope["data"]["findings"]} == {"manifest_invalid"}


def test_standard_input_is_read(steward: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    run = steward("lint", "-")
    assert run.code == 2
    assert "<stdin>:1: not UTF-8 text" in run.err


def test_a_path_that_is_not_there_is_usage(steward: CommandLine, manifests: Path) -> None:
    run = steward("lint", "manifest")
    assert run.code == 2
    assert "did you mean manifests?" in run.err
    (manifests.parent / "empty").mkdir()
    assert steward("lint", "empty").code == 2


def test_a_waiver_of_no_check_is_told(steward: CommandLine, manifests: Path) -> None:
    (manifests / "w.yaml").write_text(
        "apiVersion: steward/v1\nkind: Waiver\nmetadata: {name: w}\n"
        "spec: {check: rf_won, object: topic/a, reason: r, until: 2030-01-01}\n"
    )
    run = steward("lint", "manifests")
    assert run.code == 2
    assert "did you mean rf_one?" in run.err


def test_schemas_of_kinds_are_published(steward: CommandLine) -> None:
    schema = json.loads(steward("schema-of", "Topic").out)
    assert schema["properties"]["kind"] == {"const": "Topic"}
    assert "did you mean Topic?" in steward("schema-of", "Topik").err


def test_what_cannot_be_read_has_its_cure_on_its_own_line(
    steward: CommandLine, manifests: Path
) -> None:
    (manifests / "b.yaml").write_text(GOOD.replace("partitions", "partitons").replace("7d", "7 x"))
    lines = [line.strip() for line in steward("lint", "manifests").out.splitlines()]
    assert "manifests/b.yaml:4: spec has no key 'partitons' (did you mean partitions?)" in lines
    assert not any(line.startswith("do ") for line in lines)


def test_a_spreadsheet_has_a_row_for_each_finding(steward: CommandLine, manifests: Path) -> None:
    (manifests / "b.yaml").write_text(
        GOOD.replace("orders", "b").replace("replicas: 3", "replicas: 1")
    )
    head, *rows = steward("lint", "manifests", "-o", "csv").out.splitlines()
    assert head == "severity,check,file,line,object,summary,remedy,accepted_until"
    assert any(
        row.startswith("critical,rf_one,manifests/b.yaml,1,topic b,one copy") for row in rows
    )


def test_an_audit_is_a_row_for_each_finding_too(steward: CommandLine) -> None:
    head, *rows = steward("check", "-o", "csv").out.splitlines()
    assert head == "severity,check,object,summary,remedy,command,accepted_until"
    found = steward("check", "-o", "json").json["data"]["findings"]
    assert len(rows) == len(found) > 3


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_every_problem_of_manifests_is_told_by_whoever_reads_them(
    steward: CommandLine, manifests: Path, command: str
) -> None:
    (manifests / "b.yaml").write_text(GOOD.replace("partitions", "partitons").replace("7d", "7 x"))
    run = steward(command, "manifests")
    assert run.code == 2
    assert run.err.count("error: manifests/b.yaml:4: ") >= 2
    assert "try: did you mean partitions?" in run.err
    errors = steward(command, "manifests", "-o", "json").json["errors"]
    assert len(errors) == run.err.count("error: ")
    assert {e["code"] for e in errors} == {"manifest_invalid"}


def test_of_very_many_problems_the_first_are_told(steward: CommandLine, manifests: Path) -> None:
    (manifests / "b.yaml").write_text("---\n".join(["kind: X\n"] * 70))
    run = steward("plan", "manifests")
    assert run.err.splitlines()[-1] == "error: and 20 more (all: -o json)"
    assert len(steward("plan", "manifests", "-o", "json").json["errors"]) == 70


def test_a_named_cluster_is_judged_as_what_its_profile_says(
    steward: CommandLine, manifests: Path
) -> None:
    (manifests / "b.yaml").write_text(
        GOOD.replace("orders", "b").replace("replicas: 3", "replicas: 1")
    )

    def judged(*words: str) -> tuple[str, set[str]]:
        data = json.loads(steward("lint", "manifests", "-o", "json", *words).out)["data"]
        return data["environment"], {f["severity"] for f in data["findings"]}

    production, development = judged(), judged("--environment", "development")
    assert production[0] == "production"
    assert development[0] == "development"
    assert production[1] != development[1]
    assert judged("--cluster", "prod") == production
    assert judged("--cluster", "dev") == development
    assert judged("--cluster", "dev", "--environment", "production") == production
    ran = steward("lint", "manifests", "--cluster", "prd")
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean prod?" in ran.err
    assert ran.observer.asked == []
