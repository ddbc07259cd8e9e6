"""Rules and dashboard name only metrics and labels that there are, in PromQL that hangs together."""

import re
from collections.abc import Iterator

import pytest

from steward.analysis.alerting.alert import AlertCondition
from steward.daemon.metrics.dashboard import dashboard
from steward.daemon.metrics.registry import FAMILIES, MetricType
from steward.daemon.metrics.rules import ALERT_RULES, BAD, rule_file
from steward.daemon.receivers.bodies import alert_name

KNOWN = {f.name: f for f in FAMILIES}
WORDS = {
    "and", "or", "unless", "on", "by", "bool", "max", "min", "sum", "count", "topk", "increase", "rate",
    "avg_over_time", "absent", "vector",
}  # fmt: skip
_TOKEN = re.compile(
    r"\s*(?:(?P<range>\[\d+[smhd]\])|(?P<matchers>\{[^}]*\})|(?P<word>[A-Za-z_:][\w:]*)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<op>==|!=|>=|<=|[><+*/(),-]))"
)
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


def tokens(expr: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(expr.rstrip()):
        match = _TOKEN.match(expr, at)
        assert match, f"no PromQL at: {expr[at:]!r}"
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    return found


def labels_of(metric: str) -> set[str]:
    return {"cluster", "group"} if metric == BAD else set(KNOWN[metric].labels)


def check(expr: str) -> set[str]:
    """Hold an expression to the registry; return the metrics that it reads."""
    found = tokens(expr)
    assert [t for _, t in found].count("(") == [t for _, t in found].count(")"), expr
    metrics: set[str] = set()
    grouped: set[str] = set()
    for number, (kind, text) in enumerate(found):
        if kind == "word" and text in ("by", "on"):
            end = found.index(("op", ")"), number)
            grouped |= {t for k, t in found[number + 2 : end] if k == "word"}
    for number, (kind, text) in enumerate(found):
        after = found[number + 1] if number + 1 < len(found) else ("", "")
        if kind == "matchers":
            owner = found[number - 1][1]
            matchers = _MATCHER.findall(text)
            assert ", ".join(f'{a}{b}"{c}"' for a, b, c in matchers) == text[1:-1], text
            assert {label for label, _, _ in matchers} <= labels_of(owner), expr
        if kind == "word" and text not in WORDS | grouped:
            assert text in KNOWN or text == BAD, f"{text} is no metric: {expr}"
            metrics.add(text)
            is_ranged = "range" in (
                after[0],
                found[number + 2][0] if number + 2 < len(found) else "",
            )
            if text in KNOWN and is_ranged:
                assert KNOWN[text].kind is MetricType.COUNTER, f"a rate of a gauge: {expr}"
    for label in grouped:
        assert any(label in labels_of(m) for m in metrics), f"{label} in {expr}"
    return metrics


def rules() -> Iterator[dict]:
    for group in rule_file()["groups"]:
        yield from group["rules"]


@pytest.mark.parametrize("rule", [*rules()], ids=lambda r: r.get("alert") or r["record"])
def test_a_rule_reads_what_there_is(rule: dict) -> None:
    metrics = check(rule["expr"])
    assert metrics
    for text in rule.get("annotations", {}).values():
        for label in re.findall(r"\$labels\.(\w+)", text):
            assert any(label in labels_of(m) for m in metrics), f"{label} of {rule['expr']}"


def panels() -> Iterator[dict]:
    for panel in dashboard()["panels"]:
        yield panel
        yield from panel.get("panels", [])


EXPRESSIONS = [t["expr"] for p in panels() for t in p.get("targets", [])]


@pytest.mark.parametrize("expr", EXPRESSIONS)
def test_a_panel_reads_what_there_is(expr: str) -> None:
    assert check(expr)


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {metric for expr in EXPRESSIONS for metric in check(expr)}
    assert set(KNOWN) - shown == set()


def test_panels_have_their_own_ids_and_do_not_overlap() -> None:
    found = list(panels())
    ids = [p["id"] for p in found]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_legends_name_labels_that_there_are() -> None:
    for panel in panels():
        for target in panel.get("targets", []):
            labels = {label for m in check(target["expr"]) for label in labels_of(m)}
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels


def test_what_steward_alerts_on_prometheus_can() -> None:
    assert {alert_name(rule.value) for rule in AlertCondition} <= {
        rule.name for rule in ALERT_RULES
    }


@pytest.mark.parametrize(
    "wrong",
    ["steward_nope > 0", 'steward_group_members{topic="x"}', "rate(steward_group_members[5m])",
     "sum by (broker) (steward_group_members)", "sum(steward_group_members", "steward_group_members ~ 1"],
)  # fmt: skip
def test_what_is_wrong_would_be_seen(wrong: str) -> None:
    with pytest.raises(AssertionError):
        check(wrong)
