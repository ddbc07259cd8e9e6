"""Configuration that others may have written is left alone: owners, rights, links and folders, with real files."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import steward.__main__ as entry
from steward.model.error import ConfigurationError
from steward.settings import finding
from steward.settings.finding import find_settings
from steward.settings.profiles import sandbox_profiles
from steward.settings.trust import VARIABLE, Untrusted, trusted_content

OTHER = 54321
TEXT = '[profiles.p]\nbootstrap_servers = "h:1"\nsasl_password_command = ["touch", "ran"]\n'
pytestmark = pytest.mark.usefixtures("as_root")


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert os.geteuid() == 0, "these tests give files to others, which root alone may"
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setattr(finding, "user_config_dir", lambda _: str(tmp_path / "own"))
    monkeypatch.setattr(finding, "site_config_dir", lambda _: str(tmp_path / "site"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "steward.toml").write_text(TEXT)
    return folder


def give(path: Path) -> None:
    os.chown(path, OTHER, OTHER, follow_symlinks=False)


def link_elsewhere(folder: Path) -> None:
    target = folder / "deep" / "real.toml"
    (folder / "steward.toml").rename(target)
    give(target)
    (folder / "steward.toml").symlink_to(target)


UNTRUSTED: dict[str, Callable[[Path], object]] = {
    "file of another": lambda folder: give(folder / "steward.toml"),
    "file that all may write": lambda folder: (folder / "steward.toml").chmod(0o666),
    "file that a group may write": lambda folder: (
        os.chown(folder / "steward.toml", 0, OTHER), (folder / "steward.toml").chmod(0o664),
    ),
    "sticky does not help a file": lambda folder: (folder / "steward.toml").chmod(0o1666),
    "folder of another": give,
    "folder that all may write": lambda folder: folder.chmod(0o777),
    "folder that a group may write": lambda folder: (os.chown(folder, 0, OTHER), folder.chmod(0o775)),
    "folder above of another": lambda folder: give(folder.parent),
    "folder above that all may write": lambda folder: folder.parent.chmod(0o777),
    "link to a file of another": link_elsewhere,
}  # fmt: skip


@pytest.fixture(params=UNTRUSTED, ids=lambda v: v.replace(" ", "_"))
def untrusted(request: pytest.FixtureRequest, project: Path) -> Iterator[Path]:
    mode = project.parent.stat().st_mode & 0o7777
    UNTRUSTED[request.param](project)
    yield project
    os.chown(project.parent, 0, 0)
    project.parent.chmod(mode)


def test_what_others_may_have_written_is_left_alone_with_a_line(untrusted: Path) -> None:
    settings = find_settings(None, {}, untrusted / "deep" / "er")
    assert settings.profiles == {}
    assert settings.source == ""
    (line,) = settings.ignored
    assert line.startswith(f"{untrusted / 'steward.toml'} is not trusted: ")
    assert "the file is ignored" in line
    assert VARIABLE in line


def test_what_was_named_is_an_error(untrusted: Path) -> None:
    path = str(untrusted / "steward.toml")
    for named, environ in ((path, {}), (None, {"STEWARD_CONFIG": path})):
        with pytest.raises(Untrusted, match="is not trusted"):
            find_settings(named, environ, untrusted)


def test_a_trusted_directory_is_believed(untrusted: Path) -> None:
    for trusted in (str(untrusted.resolve()), f"/nowhere:{untrusted.parent}", "*"):
        settings = find_settings(None, {VARIABLE: trusted}, untrusted / "deep")
        assert list(settings.profiles) == ["p"]
        assert settings.ignored == ()
    for not_it in (
        "/nowhere",
        f"{untrusted}-other",
        str(untrusted / "deep" / "er"),
        "relative",
        "",
    ):
        assert find_settings(None, {VARIABLE: not_it}, untrusted).profiles == {}


def test_the_users_configuration_may_trust_more_and_the_projects_may_not(
    project: Path, tmp_path: Path
) -> None:
    (project / "steward.toml").write_text(f'trusted_directories = ["{project}"]\n' + TEXT)
    give(project / "steward.toml")
    assert find_settings(None, {}, project).profiles == {}
    own = tmp_path / "own" / "steward.toml"
    own.parent.mkdir()
    own.write_text(f'trusted_directories = ["{project}"]\n')
    assert list(find_settings(None, {}, project).profiles) == ["p"]
    give(own)  # the user's own file is judged as well
    settings = find_settings(None, {}, project)
    assert settings.profiles == {}
    assert any("its trusted_directories are ignored" in line for line in settings.ignored)


@pytest.mark.parametrize(
    "made",
    [
        lambda _: None,
        lambda folder: (folder / "steward.toml").chmod(0o644),
        lambda folder: (folder / "deep").chmod(0o777),  # not on the way to it
        lambda folder: folder.parent.chmod(0o1777),  # as /tmp is
    ],
)
def test_what_only_the_user_may_write_is_used(
    made: Callable[[Path], object], project: Path
) -> None:
    made(project)
    settings = find_settings(None, {}, project / "deep")
    assert settings.source == str(project / "steward.toml")
    assert settings.ignored == ()


def test_the_next_file_that_is_trusted_is_used(project: Path) -> None:
    nearer = project / "deep" / "steward.toml"
    nearer.write_text('[profiles.planted]\nbootstrap_servers = "h:1"\n')
    give(nearer)
    settings = find_settings(None, {}, project / "deep")
    assert list(settings.profiles) == ["p"]
    assert [line.split(" ")[0] for line in settings.ignored] == [str(nearer)]


def test_a_file_that_is_replaced_while_it_is_read_is_not_used(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project / "steward.toml"
    opened = os.open

    def swapping(*given: object, **more: object) -> int:
        descriptor = opened(*given, **more)  # pyright: ignore
        planted = project / "planted"
        planted.write_text("planted = 1")
        planted.rename(path)
        return descriptor

    monkeypatch.setattr(os, "open", swapping)
    with pytest.raises(Untrusted, match="replaced"):
        trusted_content(path)


def test_pipes_folders_and_circles_are_one_line(project: Path) -> None:
    pipe, circle = project / "pipe", project / "circle"
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    for path in (pipe, circle, project, project / "none"):
        with pytest.raises(ConfigurationError) as caught:
            trusted_content(path)
        assert "\n" not in str(caught.value)


def test_under_sudo_the_callers_files_are_used(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(project / "steward.toml")
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    assert list(find_settings(None, {}, project).profiles) == ["p"]


def test_a_planted_sandbox_is_no_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "state" / "sandboxes" / "x" / "profile.toml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    assert list(sandbox_profiles()) == ["p"]
    give(path)
    assert sandbox_profiles() == {}


def test_commands_say_which_file_is_used_and_which_is_not(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert entry.run(["profile", "explain", "-o", "json", "--verbose"]) == 0
    out, err = capsys.readouterr()
    assert f"configuration: {project / 'steward.toml'}" in err
    assert f'"{project / "steward.toml"}"' in out
    give(project / "steward.toml")
    for words in (["topic", "list"], ["profile", "list"]):
        entry.run(words)
        err = capsys.readouterr().err
        assert err.count("warning: ") >= 1
        assert f"{project / 'steward.toml'} is not trusted: " in err
    assert not (project / "ran").exists()
    entry.run(["topic", "list", "--config", "steward.toml"])
    assert "error: steward.toml is not trusted: " in capsys.readouterr().err


def test_policies_that_others_may_write_judge_no_plan(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from steward.commands.api.context import Context
    from steward.commands.plan.policy_files import written_policies

    folder = project / "policies"
    folder.mkdir()
    (project / "steward.toml").write_text(TEXT + 'policies = ["policies"]\n')
    (folder / "a.yaml").write_text("")
    context = Context(connect=lambda _: None, environ={}, directory=project)  # pyright: ignore
    written_policies(context)
    give(folder / "a.yaml")
    with pytest.raises(Untrusted, match="belongs to user"):
        written_policies(context)
    context.environ = {VARIABLE: str(project)}
    written_policies(context)
