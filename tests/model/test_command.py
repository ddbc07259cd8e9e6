"""Commands that people paste: whatever names hold, a shell gets exactly the arguments, and runs nothing else."""

import ast
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steward as package
from steward.commands.api.index import NOUNS, all_capabilities, capabilities_of
from steward.model import command as module
from steward.model.command import (
    HOST_PORT,
    ClusterTarget,
    Command,
    Hint,
    command_of_line,
    kafka,
    quota_command,
    steward,
)
from steward.model.printable import ansi_c_quoted, is_printable, printable, printable_lines

HOSTILE = (
    "$(touch x)", "`id`", "a b", "'", '"', "a'b\"c", "; rm -rf /", "a\nb", "a\rb", "\x1b[31m", "--help", "-x",
    "", "*", "~", "#", "!!", "\\", "a\\", "é漢字", "\u202eabc", "\u200b", "|", "&&", "<(x)", "history", "\x07",
    "\x9b1m", "[bold]", "%s", "$HOME", "a=b", "x,y",
)  # fmt: skip
NAMES = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8"), max_size=12)
TARGET = ClusterTarget(bootstrap="b1:9092", cluster="prod", command_config="client.properties")


@given(name=NAMES, value=NAMES, cluster=NAMES)
def test_a_shell_gets_the_arguments_back(name: str, value: str, cluster: str) -> None:
    target = ClusterTarget(
        bootstrap="b1:9092", cluster=cluster, command_config="my client.properties"
    )
    for made in (
        steward("diagnose", name),
        steward("group delete-offsets", name, topics=value),
        steward("acl delete", principal=[name, value], prefixed=True),
        steward("lag", name, output="wide", by="partition"),
        kafka("configs", "--alter", entity_type="topics", entity_name=name, add_config=value),
        kafka("cluster", "unregister", id=value),
        quota_command((("user", name), ("client-id", None)), set=value),
    ):
        for complete in (made, made.at(target)):
            assert tuple(shlex.split(str(complete))) == complete.argv
            assert command_of_line(str(complete)).argv == complete.argv
            assert is_printable(complete.line)
            assert "\n" not in complete.line


@pytest.mark.parametrize("name", [n for n in HOSTILE if n])
def test_the_shown_line_runs_with_the_very_arguments(name: str, tmp_path: Path) -> None:
    made = Command(("printf", "%s\\0", name, "--end"))
    done = subprocess.run(
        ["bash", "-c", made.line], capture_output=True, cwd=tmp_path, check=True, env={"LC_ALL": "C.UTF-8"}
    )  # fmt: skip
    assert done.stdout.decode().split("\0")[:-1] == [name, "--end"]
    assert list(tmp_path.iterdir()) == []


def test_it_is_complete_for_a_cluster() -> None:
    assert str(steward("diagnose", "g").at(TARGET)) == "steward --cluster prod diagnose g"
    assert (
        str(steward("diagnose", "g").at(ClusterTarget(bootstrap="b:1")))
        == "steward -B b:1 diagnose g"
    )
    assert str(steward("sandbox status").at(TARGET)) == "steward sandbox status"
    found = kafka("features", "upgrade", feature="x=1")
    assert str(found) == f"kafka-features.sh --bootstrap-server {HOST_PORT} upgrade --feature x=1"
    assert found.at(TARGET).argv[:5] == (
        "kafka-features.sh", "--bootstrap-server", "b1:9092", "--command-config", "client.properties",
    )  # fmt: skip
    assert kafka("cluster", "unregister", id=1).at(TARGET).argv[1] == "unregister"
    old = ClusterTarget(bootstrap="b:1", command_config="c", one_option=False)
    assert "--admin.config" in kafka("leader-election").at(old).argv


def test_what_looks_like_an_option_stays_a_value() -> None:
    assert steward("diagnose", "--help").argv == ("steward", "diagnose", "--", "--help")
    assert steward("group delete", "g", topics="-x").argv[-1] == "--topics=-x"
    assert steward("plan", "list").argv == ("steward", "plan", "--", "list")


def test_a_hint_is_completed_and_stays_a_text() -> None:
    hint = Hint("go on with: ", steward("plan resume", "3f2a"))
    assert hint == "go on with: steward plan resume 3f2a"
    assert hint.at(TARGET) == "go on with: steward --cluster prod plan resume 3f2a"


def test_the_short_commands_with_verbs_are_known() -> None:
    found = {
        (noun.name, c.verb.partition(".")[0])
        for noun in NOUNS
        for c in capabilities_of(noun)
        if c.verb and any(not other.verb for other in capabilities_of(noun))
    }
    assert found == {(n, v) for n, verbs in module.VERBS_BESIDE.items() for v in verbs}


@given(text=st.text(max_size=40))
@settings(max_examples=300)
def test_what_is_made_printable_shows_every_character(text: str) -> None:
    assert is_printable(printable(text))
    assert is_printable(printable_lines(text).replace("\n", ""))
    assert printable_lines(text).count("\n") == text.count("\n")
    assert is_printable(ansi_c_quoted(text))
    if is_printable(text):
        assert printable(text) == text


def test_every_verb_of_a_made_command_exists() -> None:
    known = {c.name.replace(".", " ") for c in all_capabilities()}
    root = Path(str(package.__file__)).parent
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "steward"):
                continue
            phrase = ast.literal_eval(node.args[0])
            assert phrase in known, f"{path}:{node.lineno}: {phrase}"
