"""A rebalance as one HTML file: a heat map of brokers and resources before and after, and the moves."""

from dataclasses import dataclass

from steward.commands.api.registry import Answer
from steward.commands.reassignment.report import BrokerBeforeAfter, LoadRow, ReassignmentPlan
from steward.interfaces.reports.page import page_template
from steward.interfaces.views.reassignment import duration_text, headline, marked, spread_text
from steward.model.command import apart
from steward.model.wording import rate, size

MOST_BROKERS, MOST_MOVES = 200, 500
"""Rows that a page shows: of more brokers those farthest from their share, of more moves the largest."""
_NAMES = {
    "disk": "disk", "network_in": "network in", "network_out": "network out", "replicas": "replicas",
    "leaders": "leaders", "cpu": "CPU share",
}  # fmt: skip
_EVEN, _STEPS = 0.05, (0.15, 0.3, 0.5)
"""A broker within 5% of its share counts as even; beyond that the colour deepens at 15, 30 and 50%."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the heat map: a colour class, its text, and the amount."""

    style: str
    text: str
    amount: str


def reassignment_html(answer: Answer[ReassignmentPlan]) -> str:
    """Return the page; every name and value is escaped, and colours always come with their number."""
    plan = answer.data
    shown = _farthest(plan.brokers)
    resources = [load.resource for load in plan.brokers[0].loads] if plan.brokers else []
    return page_template("reassignment.html.j2").render(
        cluster=answer.cluster.name if answer.cluster else "a cluster from a file",
        at=str(answer.observed_at or "unknown"),
        plan=plan,
        lines=[headline(plan), duration_text(plan), spread_text(plan)] if plan.planned else [],
        resources=[_NAMES.get(r, r) for r in resources],
        balance=[(_NAMES.get(row.resource, row.resource), row) for row in plan.balance],
        rows=[(b.broker, b.rack, [_cells(load) for load in b.loads]) for b in shown],
        hidden_brokers=len(plan.brokers) - len(shown),
        moves=[
            (m, marked(m.before, m.after), marked(m.after, m.before), size(m.bytes))
            for m in plan.moves[:MOST_MOVES]
        ],
        hidden_moves=max(0, len(plan.moves) - MOST_MOVES),
        staying=plan.staying[:MOST_MOVES],
        hidden_staying=max(0, len(plan.staying) - MOST_MOVES),
        notices=(*answer.errors, *answer.warnings),
        apart=apart,
    )


def _farthest(brokers: tuple[BrokerBeforeAfter, ...]) -> tuple[BrokerBeforeAfter, ...]:
    if len(brokers) <= MOST_BROKERS:
        return brokers

    def distance(broker: BrokerBeforeAfter) -> float:
        found = [abs(value - 1) for load in broker.loads for value in _relative(load)]
        return max(found, default=float("inf"))

    ranked = sorted(brokers, key=lambda b: (-distance(b), b.broker))[:MOST_BROKERS]
    return tuple(sorted(ranked, key=lambda b: b.broker))


def _relative(load: LoadRow) -> list[float]:
    return [v for v in (load.relative_before, load.relative_after) if v is not None]


def _cells(load: LoadRow) -> tuple[Cell, Cell]:
    return (
        _cell(load.resource, load.before, load.relative_before),
        _cell(load.resource, load.after, load.relative_after),
    )


def _cell(resource: str, amount: float, relative: float | None) -> Cell:
    text = _amount(resource, amount)
    if relative is None:
        return Cell("none", "no share", text)
    return Cell(heat(relative), f"{relative:.0%}", text)


def heat(relative: float) -> str:
    """Return the class of a load relative to its share: ``even``, or ``over`` and ``under`` with a step from 1 to 4."""
    away = round(abs(relative - 1), 6)
    if away <= _EVEN:
        return "even"
    step = 1 + sum(away > edge for edge in _STEPS)
    return f"{'over' if relative > 1 else 'under'}{step}"


def _amount(resource: str, amount: float) -> str:
    match resource:
        case "disk":
            return size(amount)
        case "network_in" | "network_out":
            return rate(amount)
        case "cpu":
            return ""
        case _:
            return f"{amount:,.0f}"
