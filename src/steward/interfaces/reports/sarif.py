"""An audit as SARIF 2.1.0, for code scanning."""

import re
from typing import Any
from urllib.parse import quote

from steward import __version__
from steward.commands.check.audit import Audit
from steward.commands.manifests.lint import FiledFinding, Lint, rule_pages
from steward.documents.writing import json_text
from steward.model.command import Command
from steward.model.finding import Finding, Severity
from steward.model.printable import printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"

LEVELS = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning",
    Severity.LOW: "note", Severity.INFO: "note", Severity.UNKNOWN: "none",
}  # fmt: skip

SCORES = {
    Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0",
    Severity.INFO: "0.0", Severity.UNKNOWN: "0.0",
}  # fmt: skip


def sarif(audit: Audit | Lint, cluster: str, at: str) -> str:
    """Return the SARIF document: a rule for each check with findings, a result for each finding.

    Findings in manifests carry file and line; an unknown finding is a result of kind ``open``; a waived finding carries
    an accepted suppression.
    """
    names = sorted({f.check for f in audit.findings})
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "steward",
                        "version": __version__,
                        "informationUri": "https://kafka.apache.org/documentation/",
                        "rules": [_rule(name) for name in names],
                    }
                },
                "invocations": [{"executionSuccessful": True, "endTimeUtc": at}],
                "results": [_result(f, names.index(f.check), cluster) for f in audit.findings],
            }
        ],
    }
    return json_text(document, indented=True) + "\n"


def _rule(name: str) -> dict[str, Any]:
    page = rule_pages()[name]
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("_")),
        "shortDescription": {"text": page.text.split("\n", 1)[0]},
        "fullDescription": {"text": page.text},
        "help": {"text": page.text},
        "defaultConfiguration": {"level": LEVELS[Severity[page.severity.upper()]]},
        "properties": {"security-severity": SCORES[Severity[page.severity.upper()]]},
    }


def _result(finding: Finding, rule_index: int, cluster: str) -> dict[str, Any]:
    root = "manifests" if isinstance(finding, FiledFinding) else cluster
    place = f"{root}/{finding.object.kind}/{finding.object.name}"
    command = f"\n$ {_typed(finding.remedy.command)}" if finding.remedy.command else ""
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": rule_index,
        "kind": "open" if finding.severity is Severity.UNKNOWN else "fail",
        "level": LEVELS[finding.severity],
        "message": {
            "text": _message(
                f"{finding.object}: {finding.summary}. To do: {finding.remedy.summary}."
            )
            + command
        },
        "locations": [
            {
                "physicalLocation": _physical(finding, place),
                "logicalLocations": [
                    {
                        "name": finding.object.name,
                        "kind": finding.object.kind,
                        "fullyQualifiedName": place,
                    }
                ],
            }
        ],
        "partialFingerprints": {"stewardFinding/v1": f"{finding.check}:{place}"},
        "properties": {
            "confidence": finding.confidence.value,
            "severity": finding.severity.label,
            "evidence": [f"{e.source}: {e.fact} = {e.value}" for e in finding.evidence],
        },
    }
    if finding.waiver:
        result["suppressions"] = [
            {
                "kind": "external",
                "status": "accepted",
                "justification": f"{finding.waiver.reason} (until {finding.waiver.expires})",
            }
        ]
    return result


def _physical(finding: Finding, place: str) -> dict[str, Any]:
    """Return the file and line of a manifest; for a cluster's object its logical location: a file is required."""
    if isinstance(finding, FiledFinding):
        return {
            "artifactLocation": {"uri": _uri(finding.file)},
            "region": {"startLine": max(1, finding.line)},
        }
    return {"artifactLocation": {"uri": _uri(place)}}


def _message(text: str) -> str:
    """Write a sentence on one line; text that viewers would turn into a link (SARIF 3.11.6) is broken up."""
    return re.sub(r"\](?=\()", "] ", printable(text))


def _typed(command: Command) -> str:
    """Write a command so that a shell reads the same arguments and viewers see no link (SARIF 3.11.6)."""
    return " ".join(
        word.replace("](", r"]\050" if word.startswith("$'") else "]''(") for word in command.words
    )


def _uri(path: str) -> str:
    """Write a path as a relative reference: a colon in its first part would be read as a scheme."""
    return quote(path, errors="replace")
