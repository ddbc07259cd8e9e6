"""A watch is redrawn at a terminal and appended elsewhere, Ctrl-C ends it with 130; long work says how far it is."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from steward.commands.api.index import all_capabilities
from steward.interfaces.exit_codes import MEANINGS
from steward.interfaces.views.sparkline import sparkline, trend
from steward.model.progress import ProgressStep
from support.terminals import OnTerminal, without_spinner, without_styles

WATCH = ("-B", "broker1:9092", "lag", "--watch", "--interval", "1ms")
LAG = "support.watched_lag"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Keep the process apart from the user's settings."""
    (tmp_path / "steward.toml").write_text("")
    return {"STEWARD_STATE_DIR": str(tmp_path), "STEWARD_CONFIG": str(tmp_path / "steward.toml")}


def test_a_terminal_is_redrawn_in_place_until_ctrl_c(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, "-q", columns=120, environ=environ) as ran:
        seen = ran.until("Ctrl-C ends", 4)
        assert ran.interrupted() == 130
    frames = without_styles(seen).split("\x1b[J")
    assert len(frames) >= 4
    # each frame but the first begins where the one before did
    for before, frame in pairwise(frames[:-1]):
        lines = before.rsplit("\x1b[", 1)[0].count("\n")
        assert before.endswith(f"\x1b[{lines}F")
        assert re.match(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  cluster broker1:9092  Ctrl-C ends\n", frame
        )
    rows = {line.split()[0]: line for line in frames[2].split("\n") if line[:4] in ("slow", "fast")}
    assert "rising" in rows["slow"]
    assert re.search("[▁-█]{2}", rows["slow"])
    assert "Traceback" not in ran.seen


def test_a_status_has_its_colour(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, "-q", columns=120, environ=environ) as ran:
        assert "\x1b[31mover_objective" in ran.until("over_objective")


def test_a_frame_is_no_taller_than_the_terminal(environ: dict[str, str]) -> None:
    words = (*WATCH, "-q", "--by", "partition")
    with OnTerminal(LAG, *words, columns=120, rows=8, environ=environ) as ran:
        seen = without_styles(ran.until("enlarge the terminal", 3))
    frames = seen.split("\x1b[J")
    assert all(frame.count("\n") <= 8 for frame in frames)


def test_elsewhere_lines_with_their_time_are_appended(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, environ=environ, at_terminal=False) as ran:
        ran.until("slow", 3)
        assert ran.interrupted() == 130
    assert "\x1b" not in ran.seen
    lines = [line for line in ran.seen.splitlines() if "slow" in line]
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  slow ", line) for line in lines)
    assert ran.seen.count("TIME ") == 2  # once more when rates are known


def test_json_is_a_document_a_line_and_ends_with_130(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, "-o", "json", environ=environ, at_terminal=False) as ran:
        ran.until("\n", 2)
        assert ran.interrupted() == 130
    first, second = ran.seen.splitlines()[:2]
    assert first.count('"lag_records":[') == 2
    assert len(re.findall(r'"recent":\[\{"group":"\w+","lag_records":\[\d+,\d+\]', second)) == 1


def test_130_is_documented() -> None:
    assert "how a watch ends" in dict(MEANINGS)[130]
    watched = [c for c in all_capabilities() if c.replaces]
    assert [c.name for c in watched] == ["lag"]
    assert all(c.stream and "130" in c.doc for c in watched)


def test_long_work_shows_a_bar_and_a_countdown() -> None:
    step = re.compile("sample 2 of 3, ([0-9]+) s left  ━{6,7}─{13,14}")
    with OnTerminal("support.shown_progress", "1000") as ran:
        ran.until_it(lambda seen: len(set(step.findall(without_spinner(seen)))) > 1)


def test_progress_shows_nothing_elsewhere() -> None:
    with OnTerminal("support.shown_progress", "4", at_terminal=False) as ran:
        assert ran.ended() == 0
    assert ran.seen == ""


@pytest.mark.parametrize(
    ("step", "elapsed", "said", "share"),
    [
        (ProgressStep("reading"), 1.0, "reading", None),
        (
            ProgressStep("sample", number=1, total=3, seconds=5.0),
            0.0,
            "sample 1 of 3, 5 s left",
            0.0,
        ),
        (ProgressStep("sample", number=2, total=3, seconds=2.5), 2.5, "sample 2 of 3", 1.0),
        (ProgressStep("measuring rates", seconds=30.0), 15.0, "measuring rates, 15 s left", 0.5),
        (ProgressStep("topics read:", number=3, total=4), 9.0, "topics read: 3 of 4", 0.5),
    ],
)
def test_a_step_says_how_far_it_is(
    step: ProgressStep, elapsed: float, said: str, share: float | None
) -> None:
    assert step.at(elapsed) == said
    assert step.share(elapsed) == share


def test_bars_go_from_nothing_to_the_largest() -> None:
    assert sparkline((0, 50, 100, None)) == "▁▅█?"
    assert sparkline((0, 0)) == "▁▁"
    assert sparkline(()) == ""


def test_a_trend_leaves_small_changes_alone() -> None:
    assert trend((100, 101)) == "steady"
    assert (trend((100, 200)), trend((None, 200, 100)), trend((5,))) == ("rising", "falling", "-")
