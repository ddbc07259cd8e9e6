"""Times in text in the zone of the machine, for those who ask; documents for machines stay in UTC."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.documents.plan import plan_from_plain
from steward.interfaces.local_time import in_local_time, local_text
from steward.interfaces.views.blocks import (
    Column,
    CommandLine,
    Diff,
    Fields,
    Lines,
    Paragraph,
    Prose,
    Table,
)
from steward.model.command import Hint, steward
from steward.model.connection import Secret
from steward.model.instant import Instant
from steward.store.open import open_store
from support.command_line import CommandLine as Run
from support.document_kinds import KINDS

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"
WINTER_MS, SUMMER_MS = 1_764_533_100_123, 1_751_371_200_000
WINTER, WINTER_HERE = "2025-11-30T20:05:00.123Z", "2025-11-30T21:05:00.123+01:00"
SUMMER, SUMMER_HERE = "2025-07-01T12:00:00.000Z", "2025-07-01T14:00:00.000+02:00"


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", BERLIN)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "here"),
    [
        (WINTER, WINTER_HERE),
        (f"from {SUMMER} to {WINTER}, then", f"from {SUMMER_HERE} to {WINTER_HERE}, then"),
        ("since 2025-11-30T20:05:00Z", "since 2025-11-30T21:05:00+01:00"),
        ("on 2025-11-30", "on 2025-11-30"),
        ("2025-99-30T20:05:00Z", "2025-99-30T20:05:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("", ""),
    ],
)
def test_every_time_in_a_text_is_written_in_the_zone(text: str, here: str) -> None:
    if not text.startswith("0001"):  # what a platform cannot place stays as it is
        assert local_text(text) == here
    assert local_text(local_text(text)) == local_text(text)


def test_blocks_show_times_in_the_zone_and_commands_as_they_are() -> None:
    command = steward("group reset-offsets", "g", to=f"@{WINTER}")
    columns = (Column("since", "SINCE"), Column("text", "TEXT"))
    rows = ((Instant(WINTER_MS), f"until {SUMMER}"), (None, (Instant(SUMMER_MS), "a")))
    hint = Hint(f"ended {WINTER}: ", command)
    blocks = in_local_time(
        (
            Table("t", columns, rows),
            Fields("", (("at", Instant(SUMMER_MS)), ("remedy", hint))),
            Prose(f"it ends {WINTER}"),
            Lines((f"{WINTER} started", CommandLine(f"$ x --to {WINTER}"))),
            Paragraph("now", "", (("when", WINTER), ("", command.line))),
            Diff("d", (("+", 0, SUMMER),), Table("", columns, ())),
        )
    )
    table, listed, prose, lines, paragraph, diff = blocks
    assert isinstance(table, Table)
    assert [str(value) for value in table.rows[0]] == [WINTER_HERE, f"until {SUMMER_HERE}"]
    assert table.rows[1][0] is None
    assert isinstance(listed, Fields)
    assert str(listed.pairs[0][1]) == SUMMER_HERE
    assert listed.pairs[1][1] == f"ended {WINTER_HERE}: {command}"
    assert isinstance(listed.pairs[1][1], Hint)
    assert prose == Prose(f"it ends {WINTER_HERE}")
    assert lines == Lines((f"{WINTER_HERE} started", f"$ x --to {WINTER}"))
    assert isinstance(paragraph, Paragraph)
    assert paragraph.lines[0] == ("when", WINTER_HERE)
    assert isinstance(diff, Diff)
    assert diff.lines == (("+", 0, SUMMER_HERE),)


@pytest.fixture
def created(config: Path) -> Instant:
    """When a plan in the store was made."""
    plan = plan_from_plain(json.loads(KINDS["plan"][0][0]), "sample")
    with open_store(Secret(f"sqlite:///{config.parent}/state/steward.db")) as store:
        store.plans.save(plan)
    return plan.created_at


def test_text_shows_local_times_on_request_and_documents_stay_in_utc(
    created: Instant, steward: Run
) -> None:
    utc, here = str(created), local_text(str(created))
    assert utc != here
    assert utc in steward("plan", "list").out
    for words in (("plan", "list", "--local-time"), ("--local-time", "plan", "list", "-o", "wide")):
        out = steward(*words).out
        assert here in out
        assert utc not in out
    for format in ("json", "yaml", "csv"):
        out = steward("plan", "list", "--local-time", "-o", format).out
        assert utc in out
        assert here not in out


def test_the_setting_makes_local_time_the_default(
    created: Instant, steward: Run, config: Path
) -> None:
    utc, here = str(created), local_text(str(created))
    config.write_text(f"local_time = true\n{config.read_text()}")
    ran = steward("plan", "list")
    assert here in ran.out
    assert ran.err == ""
    assert utc in steward("plan", "list", "--utc").out
    assert steward("plan", "list", "-o", "json").json["data"]["plans"][0]["created_at"] == utc
    config.write_text(config.read_text().replace("= true", '= "yes"', 1))
    wrong = steward("plan", "list")
    assert wrong.code == 2
    assert "local_time is 'yes'" in wrong.err


def test_what_needs_no_configuration_works_without_a_readable_one(
    steward: Run, config: Path
) -> None:
    config.write_text("not toml")
    ran = steward("check", "list", "isr")
    assert (ran.code, ran.err) == (0, "")
