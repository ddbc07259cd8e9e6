"""Parser of the Prometheus text format, used for metrics of brokers and consumers."""

import re

from steward.model.broker import MetricSample

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TIME = re.compile(r"-?[0-9]+")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|\Z)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n"}


def parse(text: str) -> dict[str, tuple[MetricSample, ...]]:
    """Parse Prometheus text into samples by metric name; invalid lines are skipped.

    Source: Prometheus text format 0.0.4, and OpenMetrics as far as they agree.
    """
    found: dict[str, list[MetricSample]] = {}
    for line in text.split("\n"):
        sample = _sample(line)
        if sample is not None:
            found.setdefault(sample.name, []).append(sample)
    return {name: tuple(found[name]) for name in sorted(found)}


def _sample(line: str) -> MetricSample | None:
    if not line or line[0] == "#":
        return None
    match = _NAME.match(line)
    if match is None:
        return None
    name, labels, rest = match[0], "", line[match.end() :].lstrip()
    if rest.startswith("{"):
        inner, closed, rest = rest[1:].rpartition("}")
        if not closed:
            return None
        labels = inner
    elif rest == line[match.end() :]:
        return None  # nothing between name and value
    words = rest.split()
    if not words or len(words) > 2 or not all(_TIME.fullmatch(w) for w in words[1:]):
        return None
    if labels and not rest[:1].isspace():
        return None
    try:
        value = float(words[0])
    except ValueError:
        return None
    if not labels:
        return MetricSample(name, (), value)
    pairs = _labels(labels)
    return None if pairs is None else MetricSample(name, tuple(sorted(pairs)), value)


def _labels(text: str) -> list[tuple[str, str]] | None:
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _LABEL.match(text, at)
        if match is None:
            return None
        pairs.append((match[1], _unescaped(match[2])))
        at = match.end()
    return pairs


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]), value)
