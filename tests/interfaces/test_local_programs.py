"""What a plan runs on this machine is shown in every format, agreed to, and in production on a list; no other runs."""

import ast
import json
import os
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import steward
from steward.model.change import UpsertScram
from support.changing import Changed, Changing

CLUSTER: dict[str, Any] = {
    "identity": {"version": "4.3", "controller": 1},
    "brokers": "1@a 2@b 3@c",
    "topics": {},
    "topic_configs": {},
    "broker_configs": {},
    "acls": [],
    "quotas": [],
    "users": {},
}
FORMATS = ("text", "wide", "markdown", "csv", "json")
SECRET = "hunter2"


@pytest.fixture
def run(changing: Callable[[dict[str, Any]], Changing]) -> Changing:
    return changing(CLUSTER)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a program on $PATH that prints a password and leaves a trace."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return _program(folder / "print-password", tmp_path / "trace")


def _program(path: Path, trace: Path) -> Path:
    path.write_text(f'#!/bin/sh\necho "$0" "$@" >> {trace}\necho {SECRET}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def _ran(tmp_path: Path) -> str:
    trace = tmp_path / "trace"
    return trace.read_text() if trace.exists() else ""


def _manifest(tmp_path: Path, source: dict[str, Any], **spec: Any) -> str:
    document = {
        "apiVersion": "steward/v1",
        "kind": "User",
        "metadata": {"name": "bob"},
        "spec": {"passwordFrom": source, **spec},
    }
    path = tmp_path / "user.yaml"
    path.write_text(yaml.safe_dump(document))
    return str(path)


def _apply(run: Changing, manifest: str, *words: str) -> Changed:
    """Plan, and apply the file that was planned to, as a pipeline does."""
    cluster = words[words.index("--cluster") :]
    shown = run("plan", manifest, *cluster)
    file = Path(manifest).with_suffix(".json")
    file.write_text(json.dumps(shown.document))
    return run("apply", str(file), *words)


def _allow(config: Path, *programs: Path) -> None:
    named = ", ".join(f'"{program}"' for program in programs)
    text = config.read_text()
    config.write_text(
        text.replace("[profiles.prod]\n", f"[profiles.prod]\nallowed_programs = [{named}]\n")
    )


@pytest.mark.parametrize("cluster", ["prod", "dev"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_shows_the_program(
    run: Changing, tmp_path: Path, program: Path, form: str, cluster: str
) -> None:
    manifest = _manifest(tmp_path, {"command": [program.name, "--for", "a user"]})
    shown = run.text("plan", manifest, "--cluster", cluster, "-o", form)
    assert "print-password" in shown
    assert "--for" in shown
    assert _ran(tmp_path) == ""


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("source", "named"),
    [({"env": "BOB_PASSWORD"}, "BOB_PASSWORD"), ({"file": "/run/bob.secret"}, "/run/bob.secret")],
)
def test_every_format_shows_what_is_read_and_never_the_value(
    run: Changing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str,
    source: dict[str, str], named: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("BOB_PASSWORD", SECRET)
    shown = run.text("plan", _manifest(tmp_path, source), "--cluster", "prod", "-o", form)
    assert named in shown
    assert SECRET not in shown


def test_production_runs_no_program_that_is_not_on_the_list(
    run: Changing, tmp_path: Path, program: Path
) -> None:
    manifest = _manifest(tmp_path, {"command": [program.name]})
    for agreed in (("--yes",), ("--confirm", "bob")):
        refused = _apply(run, manifest, *agreed, "--cluster", "prod")
        assert refused.code == 4
        assert f'allowed_programs = ["{program}"]' in refused.told
    assert _ran(tmp_path) == ""
    assert run.cluster.performed == []


def test_a_program_on_the_list_runs_once_a_person_agreed(
    run: Changing, tmp_path: Path, program: Path, config: Path
) -> None:
    _allow(config, program)
    manifest = _manifest(tmp_path, {"command": [program.name, "x"]})
    assert _apply(run, manifest, "--yes", "--cluster", "prod").code == 4
    assert _ran(tmp_path) == ""
    done = _apply(run, manifest, "--confirm", "bob", "--cluster", "prod")
    assert done.code == 0, done.told
    assert _ran(tmp_path) == f"{program} x\n"
    assert [type(c) for c in run.cluster.performed] == [UpsertScram]
    assert SECRET not in str(done.document)


def test_elsewhere_it_is_agreed_to_as_well(run: Changing, tmp_path: Path, program: Path) -> None:
    manifest = _manifest(tmp_path, {"command": [str(program)]})
    assert _apply(run, manifest, "--yes", "--cluster", "dev").code == 4
    assert _ran(tmp_path) == ""
    assert _apply(run, manifest, "--confirm", "bob", "--cluster", "dev").code == 0
    assert _ran(tmp_path)


def test_a_name_is_what_it_leads_to(
    run: Changing, tmp_path: Path, program: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _allow(config, program)
    link = tmp_path / "alias"
    link.symlink_to(program)
    through_link = _manifest(tmp_path, {"command": [str(link)]})
    assert _apply(run, through_link, "--confirm", "bob", "--dry-run", "--cluster", "prod").code == 0  # fmt: skip
    before = tmp_path / "before"
    before.mkdir()
    _program(before / program.name, tmp_path / "trace")
    monkeypatch.setenv("PATH", f"{before}{os.pathsep}{os.environ['PATH']}")
    hidden = _manifest(tmp_path, {"command": [program.name]})
    assert _apply(run, hidden, "--confirm", "bob", "--cluster", "prod").code == 4
    relative = _manifest(tmp_path, {"command": [f"./before/{program.name}"]})
    assert _apply(run, relative, "--confirm", "bob", "--cluster", "prod").code == 4
    absent = _manifest(tmp_path, {"command": ["no-such-program"]})
    assert _apply(run, absent, "--confirm", "bob", "--cluster", "prod").code == 4
    assert _ran(tmp_path) == ""


def test_a_command_of_a_command_line_is_judged_alike(
    run: Changing, tmp_path: Path, program: Path
) -> None:
    words = ("user", "create", "bob", "--password-command", f"{program} y", "--confirm", "bob")
    assert run(*words, "--cluster", "prod").code == 4
    assert _ran(tmp_path) == ""
    assert run(*words, "--cluster", "dev").code == 0
    words = ("user", "create", "eve", "--password-command", "a 'b", "--confirm", "eve")
    broken = run(*words, "--cluster", "dev")
    assert (broken.code, "cannot be parsed" in broken.told) == (4, True)


def test_a_plan_that_was_kept_is_judged_when_it_runs(
    run: Changing, tmp_path: Path, program: Path, config: Path
) -> None:
    _allow(config, program)
    manifest = _manifest(tmp_path, {"command": [program.name]})
    plan = run("plan", manifest, "--cluster", "prod").data["id"]
    config.write_text(config.read_text().replace(str(program), "/usr/bin/other"))
    assert run("plan", "execute", plan, "--confirm", "bob", "--cluster", "prod").code == 4
    assert _ran(tmp_path) == ""


def test_a_path_on_the_list_is_a_whole_one(run: Changing, tmp_path: Path, config: Path) -> None:
    _allow(config, Path("vault"))
    ran = run("plan", _manifest(tmp_path, {"env": "X"}), "--cluster", "prod")
    assert ran.code == 2
    assert "not an absolute path" in ran.told


def test_nothing_but_executing_runs_a_program(
    run: Changing, tmp_path: Path, program: Path, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("a program was started")

    _allow(config, program)
    manifest = _manifest(tmp_path, {"command": [program.name]})
    for module, name in ((subprocess, "run"), (subprocess, "Popen"), (os, "system"), (os, "popen")):
        monkeypatch.setattr(module, name, never)
    for words in (
        ("lint", manifest),
        ("plan", manifest),
        ("drift", manifest),
        ("user", "create", "bob", "--password-command", program.name, "--dry-run"),
    ):
        cluster = () if words[0] == "lint" else ("--cluster", "prod")
        assert run(*words, *cluster).code in (0, 3, 4)
    assert _apply(run, manifest, "--yes", "--cluster", "prod").code == 4
    assert _apply(run, manifest, "--confirm", "bob", "--dry-run", "--cluster", "prod").code == 0
    plan = run("plan", manifest, "--cluster", "prod").data["id"]
    assert run("plan", "show", plan, "--cluster", "prod").code == 0
    assert run("plan", "execute", plan, "--yes", "--cluster", "prod").code == 4
    assert _ran(tmp_path) == ""


SOURCE = Path(steward.__path__[0])
STARTS = {
    "settings/secrets.py",
    "cluster/adapters/security.py",
    "sandbox/server_properties.py",
    "sandbox/processes.py",
    "sandbox/tools.py",
}
"""Modules that may start programs: for secrets that settings name, and for sandboxes."""
FETCHES = {
    "commands/plan/passwords.py",
    "commands/api/external_services.py",
    "settings/connecting.py",
    "settings/alerts.py",
    "settings/store.py",
    "settings/secrets.py",
    "commands/daemon/serve.py",
}
"""Modules that may fetch secrets: of all of them only the passwords of a plan come from a manifest."""
_STARTERS = {"subprocess", "pty", "multiprocessing"}
_OS_STARTERS = ("system", "popen", "exec", "spawn", "posix_spawn", "startfile", "fork")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text())


def _starts(tree: ast.Module) -> bool:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        if any(name.split(".")[0] in _STARTERS for name in names):
            return True
        if isinstance(node, ast.Attribute) and (
            (
                isinstance(node.value, ast.Name)
                and node.value.id == "os"
                and node.attr.startswith(_OS_STARTERS)
            )
            or node.attr.startswith("create_subprocess")
        ):
            return True
    return False


def _names(tree: ast.Module, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree))


def test_no_other_module_can_start_a_program_or_fetch_a_secret() -> None:
    assert {name for name, tree in _modules() if _starts(tree)} <= STARTS
    fetching = {name for name, tree in _modules() if _names(tree, "secret_from")}
    assert fetching <= FETCHES
    passwords = {name for name, tree in _modules() if _names(tree, "passwords_from")}
    assert passwords == {"commands/plan/execution.py"}
