import pytest

from steward.sandbox.error import SandboxError
from steward.sandbox.jre import find_runtime


def _java_home(folder, version):
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").write_text("#!/bin/sh\n")
    (folder / "bin" / "java").chmod(0o755)
    if version is not None:
        (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return folder


def test_without_java_home_the_wheel_s_runtime_is_used(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    runtime = find_runtime()
    assert runtime.major >= 17
    assert runtime.java.is_file()


@pytest.mark.parametrize(("version", "major"), [("17.0.15", 17), ("21", 21), ("25-ea", 25)])
def test_java_home_is_taken_when_it_is_new_enough(tmp_path, monkeypatch, version, major):
    home = _java_home(tmp_path / "jdk", version)
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_runtime().major == major
    assert find_runtime().home == home


@pytest.mark.parametrize(
    ("version", "said"), [("11.0.2", "Java 11"), ("1.8.0", "Java 1"), (None, "version")]
)
def test_a_java_home_that_cannot_run_brokers_is_refused(tmp_path, monkeypatch, version, said):
    monkeypatch.setenv("JAVA_HOME", str(_java_home(tmp_path / "jdk", version)))
    with pytest.raises(SandboxError, match=said) as refused:
        find_runtime()
    assert "JAVA_HOME" in refused.value.remedy


def test_a_java_home_without_java_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SandboxError, match="bin/java"):
        find_runtime()
