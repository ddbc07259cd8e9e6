"""Silences: which alerts are not notified, who decided it, why, and until when."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from steward.analysis.alerting.alert import Alert, AlertCondition
from steward.model.doc import Doc
from steward.model.error import UsageError


class Label(StrEnum):
    """Labels that a matcher can compare."""

    CLUSTER = "cluster"
    RULE = "rule"
    SEVERITY = "severity"
    KIND = "kind"
    NAME = "name"
    GROUP = "group"
    FINGERPRINT = "fingerprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition: a label equals a value, or matches a regular expression as a whole."""

    label: Label
    value: str
    is_regex: bool = False
    is_negated: bool = False

    def __str__(self) -> str:
        """Return its input form, ``group=~pay.*``."""
        operator = {
            (False, False): "=", (True, False): "=~", (False, True): "!=", (True, True): "!~",
        }[self.is_regex, self.is_negated]  # fmt: skip
        return f"{self.label.value}{operator}{self.value}"

    def matches(self, alert: Alert) -> bool:
        """Return whether an alert meets the condition."""
        found = label_of(alert, self.label)
        equal = _matches(self.value, found) if self.is_regex else found == self.value
        return equal is not self.is_negated


@lru_cache(maxsize=10_000)
def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def label_of(alert: Alert, label: Label) -> str:
    """Return an alert's value of a label; ``group`` is empty for objects other than groups."""
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
    """Alerts that are not notified for a time: those that meet every matcher. Times are epoch milliseconds."""

    id: str
    matchers: Annotated[tuple[Matcher, ...], Doc("all must match")]
    starts_ms: int
    ends_ms: int
    author: str
    reason: str

    def covers(self, alert: Alert, now_ms: int) -> bool:
        """Return whether it is in effect now and covers the alert."""
        return self.starts_ms <= now_ms < self.ends_ms and all(
            m.matches(alert) for m in self.matchers
        )


def matcher_of(text: str) -> Matcher:
    """Parse ``LABEL=VALUE``, ``LABEL!=VALUE``, ``LABEL=~REGEX`` or ``LABEL!~REGEX``; a bare fingerprint is accepted.

    Errors: UsageError, with the valid labels, or the valid values of a closed list.
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
                f"{read[3]!r} is not a regular expression: {e}",
                remedy="correct it, or use = instead of =~",
            ) from None
    elif label is Label.RULE and read[3] not in set(AlertCondition):
        raise UsageError(
            f"there is no rule {read[3]!r}",
            remedy=f"one of {', '.join(r.value for r in AlertCondition)}",
        )
    return Matcher(
        label=label, value=read[3], is_regex=is_regex, is_negated=read[2].startswith("!")
    )
