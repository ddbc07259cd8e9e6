"""The command line: options before and after the verb, wrong words, exit codes, help, completion."""

import json
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from steward.commands.api.index import NOUNS, all_capabilities
from steward.commands.api.registry import Capability, Outcome
from steward.interfaces.cli.options import written_duration
from steward.interfaces.cli.root import root_command
from steward.interfaces.exit_codes import EXIT_CODES, MEANINGS
from steward.model.error import (
    BrokerRefused,
    ClusterUnreachable,
    DeadlineExceeded,
    NotAuthorized,
    NotSupported,
    StewardError,
)
from support.command_line import CommandLine
from support.example_cluster import example


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "json", "--cluster", "dev", "topic", "list"),
        ("topic", "-o", "json", "--cluster", "dev", "list"),
        ("topic", "list", "-o", "json", "--cluster", "dev"),
        ("topic", "list", "--format", "json", "--cluster=dev"),
        ("--cluster", "prod", "topic", "list", "-o", "json", "--cluster", "dev"),
    ],
)
def test_global_options_stand_anywhere_and_the_later_wins(
    words: tuple[str, ...], steward: CommandLine
):
    ran = steward(*words)
    assert ran.code == 0
    assert ran.json["cluster"]["name"] == "dev"


WRONG = [
    (("topik", "list"), "Did you mean 'topic'?"),
    (("topic", "lst"), "Did you mean 'list'?"),
    (("topic", "list", "--inernal"), "--internal"),
    (("topic", "list", "--format", "xml"), "xml"),
    (("topic", "list", "-o", "sarif"), "use one of text, wide, json, yaml, csv"),
    (("topic", "list", "--cluster", "prd"), "did you mean prod?"),
    (("topic", "list", "--config", "/nowhere.toml"), "/nowhere.toml does not exist"),
    (("topic", "list", "-B", "nohost"), "HOST:PORT"),
    (("topic", "list", "-B", "host:99999"), "HOST:PORT"),
    (("topic", "list", "("), "regular expression"),
    (("topic", "describe"), "NAME..."),
    (("topic", "describe", "orders", "--section", "nothing"), "nothing"),
    (("group", "list", "--lag", "many"), "use '>0'"),
    (("group", "list", "--state", "Sleeping"), "Sleeping"),
    (("broker", "describe", "one"), "one"),
    (("quota", "describe"), "--user"),
    (("permissions", "--for", "topic.lst"), "did you mean topic.list?"),
    (("transaction", "list", "--open-longer-than", "soon"), "not a duration"),
]


@pytest.mark.parametrize(
    ("words", "said"), WRONG, ids=lambda w: " ".join(w)[:40] if isinstance(w, tuple) else ""
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    words: tuple[str, ...], said: str, steward: CommandLine
):
    ran = steward(*words)
    assert ran.code == 2
    assert ran.out == ""
    assert said in ran.err
    assert ran.err.startswith("error: ")
    assert len(ran.err.splitlines()) <= 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("words", "said"), WRONG, ids=lambda w: " ".join(w)[:40] if isinstance(w, tuple) else ""
)
def test_wrong_usage_in_json_is_an_envelope(
    words: tuple[str, ...], said: str, steward: CommandLine
):
    ran = steward("-o", "json", *words)
    if "--format" in words or "-o" in words:
        return
    document = json.loads(ran.out)
    assert document["data"] is None
    assert document["errors"][0]["code"] in ("usage", "configuration")
    assert document["errors"][0]["message"]


def test_a_broken_configuration_names_file_and_line(steward: CommandLine, config: Path):
    config.write_text("[profiles.prod\nbootstrap_servers = 3\n")
    ran = steward("topic", "list")
    assert ran.code == 2
    assert str(config) in ran.err
    assert f"{config}:1:15: not valid TOML" in ran.err


def test_a_secret_in_the_file_is_refused_without_showing_it(steward: CommandLine, config: Path):
    config.write_text('[profiles.x]\nbootstrap_servers = "h:1"\nsasl_password = "hunter2"\n')
    ran = steward("topic", "list", "-o", "json")
    assert ran.code == 2
    assert "hunter2" not in ran.out + ran.err
    assert "sasl_password_env" in ran.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ClusterUnreachable("no broker answered"), 8),
        (NotAuthorized("denied", acl="DESCRIBE on cluster"), 7),
        (NotSupported("too old"), 1),
        (BrokerRefused("no", kafka_error="POLICY_VIOLATION"), 1),
        (DeadlineExceeded("too slow"), 1),
        (ZeroDivisionError("a bug"), 1),
    ],
)
def test_faults_have_their_exit_code_and_no_traceback(
    fault: BaseException, code: int, steward: CommandLine
):
    steward.fault = fault
    ran = steward("topic", "list", "-o", "json")
    assert ran.code == code
    assert ran.json["data"] is None
    assert "Traceback" not in ran.err
    if isinstance(fault, StewardError):
        assert ran.json["errors"][0]["code"] == fault.code


def test_an_interrupt_is_130_without_traceback(steward: CommandLine):
    steward.fault = KeyboardInterrupt()
    ran = steward("topic", "list")
    assert (ran.code, ran.out) == (130, "")
    assert "Traceback" not in ran.err


def test_every_outcome_has_a_documented_code():
    assert set(EXIT_CODES) == set(Outcome)
    assert set(EXIT_CODES.values()) <= {code for code, _ in MEANINGS}


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("topic", "describe", "ordrs"), "did you mean orders?"),
        (("topic", "list", "ordrs"), "did you mean orders?"),
        (("topic", "list", "ord*"), "'ord.*'"),
        (("group", "describe", "biling"), "did you mean billing?"),
        (("broker", "describe", "9"), "known brokers: 1, 2, 3"),
        (("user", "describe", "alicia"), "did you mean alice?"),
        (("transaction", "describe", "pay-3"), "did you mean pay-"),
    ],
)
def test_what_does_not_exist_is_exit_code_1_and_names_the_nearest(
    words: tuple[str, ...], nearest: str, steward: CommandLine
):
    ran = steward(*words, "-o", "json")
    assert ran.code == 1
    assert ran.json["errors"][0]["code"] == "not_found"
    assert nearest in ran.err


def test_partial_sight_is_not_a_failure(steward: CommandLine):
    steward.snapshot = example(log_dirs="denied: DESCRIBE on cluster")
    ran = steward("broker", "list", "-o", "json")
    assert ran.code == 0
    assert [b["leaders"] for b in ran.json["data"]["brokers"]] == [3, 2, 0]
    assert [b["log_bytes"] for b in ran.json["data"]["brokers"]] == [None, None, None]
    assert {
        "what": "log_dirs",
        "of": "cluster",
        "why": "not permitted: needs DESCRIBE on cluster",
    } in (ran.json["unknown"])


def test_nothing_learned_for_want_of_a_right_is_exit_code_7(steward: CommandLine):
    steward.snapshot = example(acls="denied: DESCRIBE on cluster")
    ran = steward("acl", "list")
    assert ran.code == 7
    assert "DESCRIBE on cluster" in ran.err


def test_a_cluster_without_authorizer_says_so(steward: CommandLine):
    steward.snapshot = example(acls="not_applicable: no authorizer is configured")
    ran = steward("acl", "list")
    assert ran.code == 0
    assert "warning: no authorizer is configured" in ran.err


def commands() -> Iterator[tuple[str, click.Command]]:
    root = root_command()
    assert isinstance(root, click.Group)
    ctx = click.Context(root)
    yield "steward", root
    for noun in root.list_commands(ctx):
        command = root.get_command(ctx, noun)
        assert command is not None
        yield noun, command
        if isinstance(command, click.Group):
            for verb, nested in command.commands.items():
                yield f"{noun} {verb}", nested


def test_every_option_of_every_command_says_what_it_does():
    mute = [
        f"{name} {param.opts[0]}"
        for name, command in commands()
        for param in command.params
        if isinstance(param, click.Option) and not (param.help or "").strip()
    ]
    assert mute == []


def test_every_command_says_what_it_does(steward: CommandLine):
    for name, command in commands():
        assert command.help, name
    for capability in all_capabilities():
        ran = steward(*capability.name.split("."), "--help")
        assert ran.code == 0
        assert capability.summary.split(":")[0][:40] in " ".join(ran.out.split())
        for example_line in capability.examples:
            assert example_line in ran.out


def test_examples_in_help_run(steward: CommandLine, monkeypatch: pytest.MonkeyPatch):
    ran: list[str] = []

    def run(capability: Capability, *_: object) -> int:
        ran.append(capability.name)
        return 0

    monkeypatch.setattr("steward.interfaces.cli.commands.run", run)
    for capability in all_capabilities():
        for line in capability.examples:
            words = shlex.split(line.split(" > ")[0])
            assert words[0] == "steward"
            assert steward(*words[1:]).code == 0, line
            assert ran[-1].partition(".")[0] == capability.noun, line


@pytest.mark.parametrize(
    ("words", "default"),
    [
        (("topic", "advise"), "30s"),
        (("topic", "quarantine"), "7d"),
        (("alert", "silence"), "1h"),
        (("lag",), "5s"),
    ],
)
def test_help_shows_default_durations_with_their_unit(
    words: tuple[str, ...], default: str, steward: CommandLine
):
    assert f"[default: {default}]" in " ".join(steward(*words, "--help").out.split())


def test_every_default_duration_reads_back():
    shown = [
        param
        for _, command in commands()
        for param in command.params
        if isinstance(param.default, str) and param.type.name == "duration"
    ]
    assert shown
    for param in shown:
        context = click.Context(click.Command("x"))
        seconds = param.type_cast_value(context, param.default)
        assert written_duration(seconds) == param.default


def test_help_lists_every_noun(steward: CommandLine):
    ran = steward("--help")
    assert ran.code == 0
    for noun in NOUNS:
        assert f"\n  {noun.name} " in ran.out


@pytest.mark.parametrize(
    "words",
    [(), ("topic",), ("topic", "delete"), ("plan",), ("lag",), ("reassignment", "throttle", "sweep")],
    ids=" ".join,
)  # fmt: skip
def test_help_is_a_command(words: tuple[str, ...], steward: CommandLine):
    ran = steward("help", *words)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == steward(*words, "--help").out
    assert ran.out.startswith(f"Usage: {' '.join(('steward', *words))} ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("topik",), "No command steward topik. Did you mean 'topic'?"),
        (("topic", "delte"), "No command steward topic delte. Did you mean 'delete'?"),
        (("lag", "orders"), "No command steward lag orders."),
    ],
)
def test_help_on_no_command_names_the_nearest(
    words: tuple[str, ...], said: str, steward: CommandLine
):
    ran = steward("help", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_help_completes_commands_and_verbs():
    assert completions(["help"], "to") == ["topic"]
    assert completions(["help", "topic"], "de") == ["delete", "describe"]
    assert completions(["help", "lag"], "") == []
    assert completions(["help", "nothing"], "") == []


def completions(words: list[str], incomplete: str) -> list[str]:
    found = ShellComplete(root_command(), {}, "steward", "_STEWARD_COMPLETE")
    return [item.value for item in found.get_completions(words, incomplete)]


def test_completion_knows_profiles_verbs_and_choices(config: Path):
    assert completions(["topic", "list", "--cluster"], "") == ["dev", "prod"]
    assert completions(["--cluster"], "p") == ["prod"]
    assert {"list", "describe"} <= set(completions(["topic"], ""))
    assert completions(["group", "list", "--type"], "s") == ["share", "streams"]


def test_completion_survives_a_broken_configuration(config: Path):
    config.write_text("not toml")
    assert completions(["topic", "list", "--cluster"], "") == []


def test_profiles_to_complete_are_those_of_the_file_and_the_sandboxes(config: Path, tmp_path: Path):
    folder = tmp_path / "state" / "sandboxes" / "play"
    folder.mkdir(parents=True)
    (folder / "profile.toml").write_text('[profiles.play]\nbootstrap_servers = "127.0.0.1:1"\n')
    for words in (["--cluster"], ["topic", "list", "--config", str(config), "--cluster"]):
        assert completions(words, "") == ["dev", "play", "prod"]
    assert completions(["profile", "explain"], "p") == ["play", "prod"]


def test_profile_explain_shows_values_and_sources_but_no_secret(
    steward: CommandLine, config: Path, monkeypatch: pytest.MonkeyPatch
):
    config.write_text(
        '[profiles.x]\nbootstrap_servers = "h:1"\nproxy_url = "socks5://me:hunter2@proxy:1080"\n'
        'sasl_password_command = ["vault", "read", "hunter2"]\n'
    )
    assert tomllib.loads(config.read_text())
    ran = steward("profile", "explain", "-o", "json", "--timeout", "5s")
    rows = {row["setting"]: row for row in ran.json["data"]["settings"]}
    assert rows["proxy_url"]["value"] == "socks5://***@proxy:1080"
    assert rows["sasl_password_command"]["value"] == "vault ..."
    assert rows["bootstrap_servers"]["source"] == str(config)
    assert rows["request_timeout_seconds"]["source"] == "--timeout"
    assert rows["environment"] == {
        "setting": "environment",
        "value": "production",
        "source": "default",
        "meaning": "environment of the cluster; production if not set",
    }
    assert "hunter2" not in ran.out
    monkeypatch.setenv("STEWARD_BOOTSTRAP_SERVERS", "other:9")
    ran = steward("profile", "explain", "-o", "json")
    rows = {row["setting"]: row for row in ran.json["data"]["settings"]}
    assert rows["bootstrap_servers"]["value"] == "other:9"
    assert rows["bootstrap_servers"]["source"] == "$STEWARD_BOOTSTRAP_SERVERS"
