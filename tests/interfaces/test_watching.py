"""A watch is redrawn at a terminal and appended elsewhere, Ctrl-C ends it with 130; long work says how far it is."""

import csv
import io
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from steward.analysis.rebalance.moves.progress import MoveProgress, progress_step
from steward.commands.api.index import all_capabilities
from steward.commands.api.registry import Answer, Notice
from steward.commands.daemon.serve import ServeNotice, ServeReport
from steward.interfaces.cli.progress import ProgressLines
from steward.interfaces.cli.stream import ChangedNotes
from steward.interfaces.exit_codes import MEANINGS
from steward.interfaces.views.csv import CsvStream
from steward.interfaces.views.sparkline import sparkline, trend
from steward.model.command import NOWHERE
from steward.model.instant import Instant
from steward.model.progress import ProgressStep
from support.terminals import OnTerminal, without_spinner, without_styles

EXECUTING = "support.executing_plan"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
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
    assert ran.seen.count("TIME ") == 1


def test_csv_has_one_header_and_the_time_of_each_poll(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, "-o", "csv", environ=environ, at_terminal=False) as ran:
        ran.until("slow", 4)
        assert ran.interrupted() == 130
    lines = ran.seen.splitlines()
    read = list(csv.DictReader(lines))
    assert sum(line.startswith("group,") for line in lines) == 1
    assert {row["group"] for row in read} == {"slow", "fast"}
    assert all(re.fullmatch(TIME, row["at"]) for row in read)
    assert len({row["at"] for row in read if row["group"] == "slow"}) >= 3
    assert not any(None in row for row in read), "a row has more cells than the header"


def test_yaml_is_a_document_each(environ: dict[str, str]) -> None:
    with OnTerminal(LAG, *WATCH, "-o", "yaml", environ=environ, at_terminal=False) as ran:
        ran.until("---\n", 3)
        assert ran.interrupted() == 130
    documents = ran.seen.split("---\n")[1:3]
    assert [yaml.safe_load(text)["schema"] for text in documents] == ["steward/lag/v1"] * 2


def test_a_note_is_not_repeated_at_each_poll(capsys: pytest.CaptureFixture[str]) -> None:
    notes = ChangedNotes(NOWHERE, quiet=False, local=False)
    first, second = (Answer(data=None, warnings=(Notice(code="x", message=m),)) for m in "ab")
    for answer in (first, first, second, second, first):
        notes.show(answer)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["warning: a", "warning: b", "warning: a"]


def test_events_of_the_daemon_stand_below_one_header_in_csv() -> None:
    out = io.StringIO()
    rows = CsvStream(out, headers=True)
    for event in ("serving", "stopped"):
        notice = ServeNotice(at=Instant(0), event=event, cluster=None, detail="")
        rows.write(
            Answer(data=ServeReport(url="", notices=(notice,)), observed_at=Instant(0)), NOWHERE
        )
    header, *lines = out.getvalue().splitlines()
    assert header.startswith("time,event,")
    assert [line.split(",")[1] for line in lines] == ["serving", "stopped"]


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
    step = re.compile("sample 2 of 3, ([0-9]+m [0-9]+s) left  ━{6,7}─{13,14}")
    with OnTerminal("support.shown_progress", "1000") as ran:
        ran.until_it(lambda seen: len(set(step.findall(without_spinner(seen)))) > 1)


def test_progress_shows_nothing_elsewhere() -> None:
    with OnTerminal("support.shown_progress", "4", at_terminal=False) as ran:
        assert ran.ended() == 0
    assert ran.seen == ""


def test_an_executing_plan_shows_its_step_and_a_bar(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    steps = [
        r"step 1 of 3: \w+ topic new  ─{20}",
        r"step 2 of 3: \w+ topic orders(, \d+ s left)?  ━{6,}─+",
        r"step 3 of 3: \w+ topic old(, \d+ s left)?  ━{13,}─+",
    ]
    with OnTerminal(EXECUTING, str(tmp_path), columns=120, environ=environ) as ran:
        for step in steps:
            ran.until_it(lambda seen, step=step: re.search(step, without_spinner(seen)))
            ran.type("\n")
        assert ran.ended() == 0


def test_elsewhere_an_executing_plan_writes_lines_with_their_time(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with OnTerminal(EXECUTING, str(tmp_path), environ=environ, at_terminal=False) as ran:
        assert ran.ended() == 0
    assert re.search(rf"^{TIME}  step 1 of 3: \w+ topic new$", ran.seen, re.MULTILINE)
    assert "\x1b" not in ran.seen
    assert "━" not in ran.seen


def test_quiet_execution_writes_no_progress(tmp_path: Path, environ: dict[str, str]) -> None:
    words = (str(tmp_path), "-q")
    with OnTerminal(EXECUTING, *words, environ=environ, at_terminal=False) as ran:
        assert ran.ended() == 0
    assert "step 1 of 3" not in ran.seen


def test_lines_of_progress_come_at_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    lines = ProgressLines(enabled=True, clock=lambda: now[0])
    for second in range(25):
        now[0] = 100.0 + second
        lines(ProgressStep(f"second {second}", changes_cluster=True))
        lines(f"reading {second}")
    assert re.findall("second .*|reading .*", capsys.readouterr().err) == [
        "second 0",
        "second 10",
        "second 20",
    ]


def test_moves_show_bytes_rate_time_left_and_a_share() -> None:
    found = MoveProgress(
        bytes_done=2**20,
        bytes_left=3 * 2**20,
        done=1,
        in_flight=2,
        left=7,
        rate=5e6,
        eta_seconds=41,
    )
    step = progress_step(found)
    assert step.at(0.0) == ("1 of 10 moves done, 2 in progress; 1 MiB of 4 MiB; 5 MB/s; 41s left")
    assert (step.share(0.0), step.changes_cluster) == (0.25, True)
    assert progress_step(replace(found, bytes_done=0, bytes_left=0)).share(0.0) == 0.1


@pytest.mark.parametrize(
    ("step", "elapsed", "said", "share"),
    [
        (ProgressStep("a", seconds=161.0, done=0.5), 0.0, "a, 2m 41s left", 0.5),
        (ProgressStep("a", seconds=40.0, done=0.5), 20.0, "a, 20 s left", 0.75),
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
