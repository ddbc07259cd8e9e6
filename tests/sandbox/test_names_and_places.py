import pytest

from steward.sandbox.error import SandboxError
from steward.sandbox.places import cache_dir, checked_name, sandbox_home


@pytest.mark.parametrize("name", ["sandbox", "a", "team-7", "0x", "a" * 40])
def test_usable_names_are_kept(name):
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "Upper", "a_b", "../x", "a/b", "-a", "a-", "a" * 41, "a\n", "ä", "."]
)
def test_names_that_could_leave_the_folder_or_break_a_profile_are_refused(name):
    with pytest.raises(SandboxError) as refused:
        checked_name(name)
    assert refused.value.remedy


def test_environment_moves_state_and_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_STATE_DIR", str(tmp_path / "s"))
    monkeypatch.setenv("STEWARD_CACHE_DIR", str(tmp_path / "c"))
    assert sandbox_home("one") == tmp_path / "s" / "sandboxes" / "one"
    assert cache_dir() == tmp_path / "c"
    assert list(tmp_path.iterdir()) == []
