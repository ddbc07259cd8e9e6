"""Silences: which alerts are not told, by whom it was decided, why, and until when."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from steward.analysis.alerting.alert import Alert, AlertCondition
from steward.model.doc import Doc
from steward.model.error import UsageError


class Label(StrEnum):
    """What a matcher can look at."""

    CLUSTER = "cluster"
    RULE = "rule"
    SEVERITY = "severity"
    KIND = "kind"
    NAME = "name"
    GROUP = "group"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition: a label is a value, or matches a regular expression as a whole."""

    label: Label
    value: str
    is_regex: bool = False
    is_negated: bool = False

    def __str__(self) -> str:
        """Write it as it is read, ``group=~pay.*``."""
        operator = {
            (False, False): "=", (True, False): "=~", (False, True): "!=", (True, True): "!~",
        }[self.is_regex, self.is_negated]  # fmt: skip
        return f"{self.label.value}{operator}{self.value}"

    def matches(self, alert: Alert) -> bool:
        """Tell whether an alert meets the condition."""
        found = label_of(alert, self.label)
        equal = _matches(self.value, found) if self.is_regex else found == self.value
        return equal is not self.is_negated


@lru_cache(maxsize=10_000)
def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def label_of(alert: Alert, label: Label) -> str:
    """Return what an alert has for a label; ``group`` is empty for what is not about a group."""
    match label:
        case Label.CLUSTER:
            return alert.cluster
        case Label.RULE:
            return alert.rule.value
        case Label.SEVERITY:
            return alert.severity.label
        case Label.KIND:
            return alert.object.kind
        case Label.NAME:
            return alert.object.name
        case Label.FINGERPRINT:
            return alert.fingerprint
        case Label.GROUP:
            return alert.object.name if alert.object.kind == "group" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Alerts that are not told for a while: those that meet every matcher. Times are epoch milliseconds."""

    id: str
    matchers: Annotated[tuple[Matcher, ...], Doc("all have to match")]
    starts_ms: int
    ends_ms: int
    author: str
    reason: str

    def covers(self, alert: Alert, now_ms: int) -> bool:
        """Tell whether it holds now and is about the alert."""
        return self.starts_ms <= now_ms < self.ends_ms and all(
            m.matches(alert) for m in self.matchers
        )


def matcher_of(text: str) -> Matcher:
    """Read ``LABEL=VALUE``, ``LABEL!=VALUE``, ``LABEL=~REGEX`` or ``LABEL!~REGEX``; a fingerprint stands for itself.

    Errors: UsageError, naming the labels, or the values where a label has a closed list.
    """
    if re.fullmatch(r"[0-9a-f]{16}", text.strip()):
        return Matcher(label=Label.FINGERPRINT, value=text.strip())
    read = re.fullmatch(r"\s*(\w+)\s*(=~|!~|!=|=)\s*(.*?)\s*", text)
    labels = [label.value for label in Label]
    if read is None or read[1] not in labels:
        raise UsageError(
            f"{text!r} is not a matcher",
            remedy=f"write LABEL=VALUE or LABEL=~REGEX with one of {', '.join(labels)}",
        )
    is_regex, label = "~" in read[2], Label(read[1])
    if is_regex:
        try:
            re.compile(read[3])
        except re.error as e:
            raise UsageError(
                f"{read[3]!r} is no regular expression: {e}", remedy="correct it, or write = for =~"
            ) from None
    elif label is Label.RULE and read[3] not in set(AlertCondition):
        raise UsageError(
            f"there is no rule {read[3]!r}",
            remedy=f"one of {', '.join(r.value for r in AlertCondition)}",
        )
    return Matcher(
        label=label, value=read[3], is_regex=is_regex, is_negated=read[2].startswith("!")
    )
