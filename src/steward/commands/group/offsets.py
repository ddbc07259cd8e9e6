"""Change or delete a group's offsets: shown as offsets, times, and records skipped or read again."""

from dataclasses import dataclass
from typing import Annotated

from steward.commands.api.group_position import (
    KnownInstant,
)
from steward.commands.plan.execution_report import ChangeReport
from steward.model.doc import Doc
from steward.model.snapshot import Part
from steward.model.unknown import NotApplicable

NEEDED_PARTS = (
    Part.GROUPS, Part.GROUP_OFFSETS, Part.TOPICS, Part.TOPIC_CONFIGS, Part.OFFSETS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetRow:
    """One partition's position, before and after."""

    topic: str
    partition: int
    current_offset: Annotated[int | NotApplicable, Doc("null where there is no commit")]
    new_offset: int
    skipped_records: Annotated[int, Doc("stored offsets that are skipped, at most")]
    read_again_records: Annotated[int, Doc("offsets read a second time, at most")]
    current_time: Annotated[KnownInstant, Doc("timestamp of the record at the current offset")]
    new_time: Annotated[KnownInstant, Doc("timestamp of the record at the new offset")]
    start_offset: Annotated[int, Doc("first offset still stored", wide=True)]
    end_offset: Annotated[int, Doc("high watermark", wide=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetReset(ChangeReport):
    """A plan that changes a group's offsets, and its effect on each partition."""

    group: str
    offsets: Annotated[tuple[OffsetRow, ...], Doc("each partition, before and after")]
    skipped_records: Annotated[int, Doc("offsets that are skipped, at most")]
    read_again_records: Annotated[int, Doc("offsets read a second time, at most")]
