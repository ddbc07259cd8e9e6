"""A Grafana dashboard generated from the registry: lag first, then groups, partitions, and steward itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from steward.daemon.metrics import registry as r
from steward.daemon.metrics.registry import Family, MetricType
from steward.model.lag import OBJECTIVE_SECONDS
from steward.model.wording import duration

TITLE = "Kafka by steward"
_SOURCE: Mapping[str, str] = {"type": "prometheus", "uid": "${datasource}"}
_UNITS: Mapping[str, str] = {"seconds": "s", "bytes": "bytes", "records": "short", "": "short"}
_WIDTH, _HEIGHT = 24, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One query of a panel; ``legend`` in Grafana's braces."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: a ``timeseries``, or a ``stat`` with the latest number; red from ``bad_from`` on."""

    title: str
    lines: tuple[Line, ...]
    unit: str = "short"
    type: str = "timeseries"
    width: int = 12
    bad_from: float | None = None
    description: str = ""


def _chosen(family: Family, extra: str = "") -> str:
    """Select a family's series by the dashboard's variables, for the labels it has."""
    parts = [
        f'{label}=~"${label}"' for label in ("cluster", "group", "topic") if label in family.labels
    ]
    parts += [extra] if extra else []
    return f"{family.name}{{{', '.join(parts)}}}" if parts else family.name


def _by(family: Family, *labels: str, how: str = "max") -> str:
    return f"{how} by ({', '.join(labels)}) ({_chosen(family)})"


def _legend(*labels: str) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in labels)


def _lag_panels() -> tuple[Panel, ...]:
    low, high = r.GROUP_LAG_SECONDS_LOW, r.GROUP_LAG_SECONDS_HIGH
    worst = r.GROUP_WORST_LAG_SECONDS
    return (
        Panel(title="Worst lag", type="stat", width=6, unit="s", bad_from=round(OBJECTIVE_SECONDS),
              lines=(Line(expr=f"max({_chosen(worst)})", legend="worst"),)),
        Panel(title=f"Groups over {duration(OBJECTIVE_SECONDS)}", type="stat", width=6, bad_from=1,
              lines=(Line(expr=f"count({_chosen(low)} > {OBJECTIVE_SECONDS:g}) or vector(0)", legend="groups"),)),
        Panel(title="Groups with unknown lag", type="stat", width=6, bad_from=1,
              lines=(Line(expr=f"count({_chosen(r.GROUP_LAG_UNKNOWN)} > 0) or vector(0)", legend="groups"),)),
        Panel(title="Records lost", type="stat", width=6, bad_from=1,
              lines=(Line(expr=f"sum({_chosen(r.GROUP_LOST_RECORDS)}) or vector(0)", legend="records"),)),
        Panel(title="Lag in seconds, by group", unit="s", bad_from=round(OBJECTIVE_SECONDS),
              lines=(Line(expr=f"topk(20, {_by(worst, 'cluster', 'group')})", legend=_legend("cluster", "group")),)),
        Panel(title="Bounds of lag: the true lag is in between", unit="s",
              lines=(Line(expr=_by(low, "cluster", "group"), legend=f"{_legend('group')} at least"),
                     Line(expr=_by(high, "cluster", "group"), legend=f"{_legend('group')} at most"))),
        Panel(title="Lag in records, by group",
              lines=(Line(expr=f"topk(20, {_by(r.GROUP_TOTAL_LAG_RECORDS, 'cluster', 'group')})",
                          legend=_legend("cluster", "group")),)),
        Panel(title="Time to data loss", unit="s",
              lines=(Line(expr=_by(r.GROUP_DATA_LOSS_IN_SECONDS, "cluster", "group", how="min"),
                          legend=_legend("cluster", "group")),)),
    )  # fmt: skip


def _group_panels() -> tuple[Panel, ...]:
    both = ("cluster", "group")
    return (
        Panel(title="Produced and consumed records per second",
              lines=(Line(expr=_by(r.GROUP_ARRIVALS, *both, how="sum"), legend=f"{_legend('group')} produced"),
                     Line(expr=_by(r.GROUP_CONSUMED, *both, how="sum"), legend=f"{_legend('group')} consumed"))),
        Panel(title="Rebalances in 5 minutes", bad_from=3,
              lines=(Line(expr=f"sum by (cluster, group) (increase({_chosen(r.GROUP_REBALANCES)}[5m]))",
                          legend=_legend(*both)),)),
        Panel(title="Members", lines=(Line(expr=_by(r.GROUP_MEMBERS, *both), legend=_legend(*both)),)),
        Panel(title="Lag of partitions, the worst twenty", unit="s",
              lines=(Line(expr=f"topk(20, {_chosen(r.GROUP_LAG_SECONDS)})",
                          legend=_legend("group", "topic", "partition")),)),
        Panel(title="Partitions with unknown lag",
              lines=(Line(expr=_by(r.GROUP_LAG_UNKNOWN, *both, how="sum"), legend=_legend(*both)),)),
        Panel(title="Partitions by flag",
              lines=(Line(expr=_by(r.GROUP_FLAGGED_PARTITIONS, "cluster", "group", "flag", how="sum"),
                          legend=_legend("group", "flag")),)),
    )  # fmt: skip


def _cluster_panels() -> tuple[Panel, ...]:
    def summed(title: str, family: Family, *labels: str) -> Panel:
        line = Line(expr=_by(family, *labels, how="sum"), legend=_legend(*labels))
        return Panel(title=title, lines=(line,), bad_from=1)

    return (
        summed("Partitions without a leader", r.TOPIC_PARTITIONS_OFFLINE, "cluster", "topic"),
        summed(
            "Partitions under min.insync.replicas",
            r.TOPIC_PARTITIONS_UNDER_MIN_ISR,
            "cluster",
            "topic",
        ),
        summed(
            "Partitions with an out-of-sync replica",
            r.TOPIC_PARTITIONS_UNDER_REPLICATED,
            "cluster",
            "topic",
        ),
        summed("Hanging transactions", r.HANGING_TRANSACTIONS, "cluster"),
    )


def _own_panels(shown: Iterable[Family]) -> tuple[Panel, ...]:
    """Show every metric without a panel of its own: steward itself, and future additions."""
    known = set(shown)
    panels: list[Panel] = []
    for family in r.FAMILIES:
        if family in known:
            continue
        labels = tuple(label for label in family.labels if label != "partition")
        chosen = _chosen(family)
        rate = f"rate({chosen}[5m])" if family.kind is MetricType.COUNTER else chosen
        expr = f"sum by ({', '.join(labels)}) ({rate})" if labels else f"sum({rate})"
        unit = _UNITS[family.unit] if family.kind is MetricType.GAUGE else "short"
        title = family.name.removeprefix("steward_").replace("_", " ").removesuffix(" total")
        panels.append(
            Panel(
                title=title.capitalize()
                + (" per second" if family.kind is MetricType.COUNTER else ""),
                lines=(Line(expr=expr, legend=_legend(*labels) or "steward"),),
                unit=unit,
                width=8,
                description=family.help,
            )
        )
    return tuple(panels)


def dashboard() -> Mapping[str, Any]:
    """Return the dashboard's JSON, as Grafana 10 and later import it."""
    rows = [
        ("Lag", _lag_panels()),
        ("Groups", _group_panels()),
        ("Partitions and transactions", _cluster_panels()),
    ]
    text = " ".join(line.expr for _, panels in rows for panel in panels for line in panel.lines)
    shown = [f for f in r.FAMILIES if f"{f.name}{{" in text]
    rows.append(("Everything else", _own_panels(shown)))
    return {
        "uid": "steward-kafka",
        "title": TITLE,
        "tags": ["kafka", "steward"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [_datasource(), *map(_variable, ("cluster", "group", "topic"))]},
        "panels": _placed(rows),
    }


def _datasource() -> Mapping[str, Any]:
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
    }


def _variable(label: str) -> Mapping[str, Any]:
    source = {
        "cluster": r.COLLECTION_UP,
        "group": r.GROUP_WORST_LAG_SECONDS,
        "topic": r.TOPIC_PARTITIONS,
    }[label]
    within = "" if label == "cluster" else '{cluster=~"$cluster"}'
    return {
        "name": label,
        "label": label.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": f"label_values({source.name}{within}, {label})", "refId": label},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "sort": 1,
    }


def _placed(rows: Iterable[tuple[str, tuple[Panel, ...]]]) -> list[Mapping[str, Any]]:
    """Place panels left to right, row by row; the last row is collapsed."""
    made: list[Mapping[str, Any]] = []
    y = 0
    for title, panels in rows:
        folded = title == "Everything else"
        at = y + 1
        x = 0
        inside: list[Mapping[str, Any]] = []
        for panel in panels:
            height = 4 if panel.type == "stat" else _HEIGHT
            if x + panel.width > _WIDTH:
                x, at = 0, at + height
            place = {"x": x, "y": at, "w": panel.width, "h": height}
            inside.append(_panel(panel, 1000 + len(made) + len(inside), place))
            x += panel.width
            if x >= _WIDTH:
                x, at = 0, at + height
        made.append(_row(title, 1 + len(made), y, inside if folded else []))
        made += [] if folded else inside
        y = at + (_HEIGHT if x else 0)
    return made


def _row(title: str, number: int, y: int, inside: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "id": number,
        "type": "row",
        "title": title,
        "collapsed": bool(inside),
        "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
        "panels": inside,
    }


def _panel(panel: Panel, number: int, place: Mapping[str, int]) -> Mapping[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.bad_from is not None:
        steps.append({"color": "red", "value": panel.bad_from})
    return {
        "id": number,
        "type": panel.type,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": {"spanNulls": False, "fillOpacity": 8},
            },
            "overrides": [],
        },
        "options": _options(panel),
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": line.expr,
                "legendFormat": line.legend,
            }
            for index, line in enumerate(panel.lines)
        ],
    }


def _options(panel: Panel) -> Mapping[str, Any]:
    if panel.type == "stat":
        return {
            "colorMode": "background",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
