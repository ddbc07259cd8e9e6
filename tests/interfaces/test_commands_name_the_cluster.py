"""Every command that is printed names the cluster that was asked: remedies, notices, plans, in text and in JSON."""

import io
import re

import pytest

from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Notice
from steward.interfaces.show import show, show_notes
from steward.model.command import ClusterTarget, Hint
from steward.model.command import steward as steward_command
from support.command_line import CommandLine
from support.results import Maker

TARGET = ClusterTarget(bootstrap="b1:9092", cluster="prod")
_BARE = re.compile(r"steward (?:group|topic|plan|check|lag|broker|permissions|acl|quota|user) ")


@pytest.mark.parametrize("format", ["text", "wide", "csv", "json", "yaml"])
def test_every_answer_names_the_cluster_in_its_commands(format: str) -> None:
    named = 0
    for capability in all_capabilities():
        if capability.name == "schema-of":
            continue
        data = Maker(1, "one").make(capability.result)
        remedy = Hint("see: ", steward_command("group describe", "billing"))
        answer = Answer(data=data, warnings=(Notice(code="x", message="m", remedy=remedy),))
        out = io.StringIO()
        show(capability, answer, format, out, target=TARGET)
        show_notes(answer, out, TARGET)
        assert _BARE.findall(out.getvalue()) == [], capability.name
        named += out.getvalue().count("steward --cluster prod group describe")
    assert named > len(all_capabilities())


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_fault_names_the_cluster_in_its_remedy(steward: CommandLine, format: str) -> None:
    ran = steward("group", "describe", "no-such-thing", "-B", "b1:9092", "-o", format)
    assert ran.code == 1
    assert "steward -B b1:9092 group list" in (ran.out if format == "json" else ran.err)
