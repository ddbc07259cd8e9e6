"""Exact solution for small clusters: the fewest bytes that bring every broker into its windows, proved by HiGHS.

A binary variable says whether a broker holds a replica of a partition. Racks, windows of every resource and the number
of replicas are constraints. Above some ten thousand variables the search no longer ends within seconds: greedy plans
are then closer to the bound than an interrupted search.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from steward.analysis.rebalance.layout import (
    NONE,
    BalancedResource,
    BrokerMask,
    Floats,
    Ints,
    RackSpread,
    ReplicaLayout,
)
from steward.analysis.rebalance.rack_proportion import RackCounts, counts_by_factor
from steward.analysis.rebalance.rack_spread import rack_count
from steward.analysis.rebalance.window import LoadWindow

MOST_VARIABLES = 20_000
_WORK, _LEAST_NODES = 400_000, 20
"""Limit of search nodes, so that the same cluster gives the same plan if the search ends within its time."""
RELATIVE_GAP = 1e-4
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class ExactSolution:
    """Result of the solver: a placement, if any, the bound in bytes that it proved, and whether windows can be met."""

    replicas: Ints | None
    bound_bytes: float
    is_infeasible: bool


@dataclass(frozen=True, slots=True)
class RackLimits:
    """The minimum and maximum of replicas that the usable brokers of each rack may hold together."""

    low: Floats
    high: Floats
    usable: BrokerMask


def size_of(layout: ReplicaLayout, usable: BrokerMask) -> int:
    """Return how many variables a cluster needs."""
    return len(layout.partitions) * int(usable.sum())


def solve(
    layout: ReplicaLayout,
    windows: Mapping[BalancedResource, LoadWindow],
    usable: BrokerMask,
    fixed: BrokerMask,
    start: Ints,
    limits: RackLimits | None = None,
    arriving: Floats | None = None,
    receivers: BrokerMask | None = None,
) -> ExactSolution:
    """Return the placement that copies least; ``start`` is a known placement.

    ``arriving`` is the most bytes that each broker may receive, where copies need room beside what it holds.
    Usable brokers' racks count; ``receivers``, by default all of these, may receive replicas, and the others keep what
    their window allows. Deterministic: one thread, and a limit of search nodes.
    """
    import highspy

    model = _Model(layout, windows, usable, fixed, usable if receivers is None else receivers)
    if limits is not None:
        model.limit_racks(limits)
    if arriving is not None:
        model.limit_arriving(arriving)
    found = _solved(highspy, model, start)
    if found is None:
        found = _solved(highspy, model, None)
    return found or ExactSolution(None, 0.0, False)


def _solved(highspy: Any, model: "_Model", start: Ints | None) -> ExactSolution | None:
    """Run the solver; None if its answer contradicts itself.

    Its values must keep every constraint, and cost what it says that they cost: with a start it has returned the start
    with the objective of another solution.
    """
    solver = _silent(highspy)
    for name, value in (
        ("output_flag", False), ("threads", 1), ("random_seed", 1), ("mip_rel_gap", RELATIVE_GAP),
        ("mip_max_nodes", max(_LEAST_NODES, _WORK // model.cells)),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    solver.passModel(model.as_lp(highspy))
    if start is not None:
        warm = highspy.HighsSolution()
        warm.col_value = model.values_of(start).tolist()
        solver.setSolution(warm)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
        return ExactSolution(None, float("inf"), True)
    info = solver.getInfo()
    bound = max(0.0, info.mip_dual_bound) * model.scale
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return ExactSolution(None, bound, False)
    values: Floats = np.rint(np.array(solver.getSolution().col_value, np.float64))
    values = values.reshape(model.shape)
    cost = model.cost_of(values)
    if not model.keeps(values) or cost > info.objective_function_value + _ROUNDING:
        return None
    return ExactSolution(model.placement(values), min(bound, cost * model.scale), False)


def _silent(highspy: Any) -> Any:
    """Create a silent solver: with its callbacks enabled, it prints its name to standard output on creation."""

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # noqa: N802  the library's name
            pass

    return Silent()


class _Model:
    """Columns: whether broker b holds a replica of partition p, at p * brokers + b."""

    def __init__(
        self,
        layout: ReplicaLayout,
        windows: Mapping[BalancedResource, LoadWindow],
        usable: BrokerMask,
        fixed: BrokerMask,
        receivers: BrokerMask,
    ) -> None:
        self._layout, self._usable = layout, usable
        partitions, brokers = len(layout.partitions), len(layout.brokers)
        self.shape = (partitions, brokers)
        self.cells = partitions * brokers
        self.scale = max(1.0, float(layout.size.max(initial=1.0)))
        self.held = self._held(layout.replicas)
        self._upper = np.where(fixed[:, None] | ~receivers[None, :], self.held, 1.0)
        stays = fixed[:, None] | ~usable[None, :]
        self._lower = np.where(stays, self.held, 0.0)
        self._rows: list[tuple[Floats, float, float]] = []
        self._index: list[np.ndarray[Any, Any]] = []
        cells = np.arange(partitions * brokers).reshape(self.shape)
        ones = np.ones(brokers)
        for p, factor in enumerate(layout.factor.tolist()):
            self._add(cells[p], ones, float(factor), float(factor))
        self._racks(cells)
        for resource, window in windows.items():
            need, _ = layout.demand(resource)
            unit = max(1e-9, float(need.max(initial=1.0)))
            for b in range(brokers):
                self._add(cells[:, b], need / unit, window.low[b] / unit, window.high[b] / unit)

    def _add(self, columns: Any, values: Floats, low: float, high: float) -> None:
        self._index.append(columns)
        self._rows.append((values, low, high))

    def _racks(self, cells: Any) -> None:
        """Constrain a partition's replicas to spread over racks as evenly as possible, or at least as now."""
        layout = self._layout
        racks = int(layout.rack.max(initial=-1)) + 1
        if racks == len(layout.brokers):
            return
        usable = rack_count(layout, self._usable)
        low, high = layout.factor // usable, -(-layout.factor // usable)
        proportional = layout.rack_spread is RackSpread.PROPORTIONAL
        by_factor: Mapping[int, RackCounts] = (
            counts_by_factor(layout, self._usable) if proportional else {}
        )
        factors: list[int] = layout.factor.tolist()
        for rack in range(racks):
            members = np.flatnonzero(layout.rack == rack)
            now = self.held[:, members].sum(axis=1)
            for p, factor in enumerate(factors):
                held, fewest, most = float(now[p]), float(low[p]), float(high[p])
                if factor in by_factor:
                    fewest, most = by_factor[factor].low[rack], by_factor[factor].high[rack]
                self._add(
                    cells[p, members], np.ones(len(members)), min(fewest, held), max(most, held)
                )

    def limit_racks(self, limits: RackLimits) -> None:
        """Bound the total that each rack holds."""
        cells = np.arange(self.cells).reshape(self.shape)
        for rack, (low, high) in enumerate(zip(limits.low, limits.high, strict=True)):
            members = np.flatnonzero((self._layout.rack == rack) & limits.usable)
            if len(members):
                columns = cells[:, members].ravel()
                self._add(columns, np.ones(len(columns)), float(low), float(high))

    def limit_arriving(self, room: Floats) -> None:
        """Bound the bytes that each broker receives."""
        cells = np.arange(self.cells).reshape(self.shape)
        unit = max(1e-9, float(self._layout.size.max(initial=1.0)))
        for broker in np.flatnonzero(np.isfinite(room)).tolist():
            new = np.flatnonzero(self.held[:, broker] < 0.5)
            self._add(
                cells[new, broker], self._layout.size[new] / unit, 0.0, float(room[broker]) / unit
            )

    def _held(self, replicas: Ints) -> Floats:
        found = np.zeros(self.shape)
        rows, slots = np.nonzero(replicas != NONE)
        found[rows, replicas[rows, slots]] = 1.0
        return found

    def values_of(self, replicas: Ints) -> Floats:
        """Convert a placement to values of the variables."""
        return self._held(replicas).ravel()

    def cost_of(self, values: Floats) -> float:
        """Return the bytes that values copy, divided by the scale."""
        size = (self._layout.size / self.scale)[:, None]
        return float((size * (1.0 - self.held) * values).sum())

    def keeps(self, values: Floats) -> bool:
        """Return whether values are within their limits and keep every constraint."""
        if (values < self._lower).any() or (values > self._upper).any():
            return False
        flat = values.ravel()
        return all(
            low - _ROUNDING * max(1.0, abs(low))
            <= float(weights @ flat[columns])
            <= high + _ROUNDING * max(1.0, abs(high))
            for columns, (weights, low, high) in zip(self._index, self._rows, strict=True)
        )

    def as_lp(self, highspy: Any) -> Any:
        """Build the model in the form of HiGHS."""
        lp = highspy.HighsLp()
        count = self.shape[0] * self.shape[1]
        lp.num_col_, lp.num_row_ = count, len(self._rows)
        cost = (self._layout.size / self.scale)[:, None] * (1.0 - self.held)
        lp.col_cost_ = cost.ravel()
        lp.col_lower_, lp.col_upper_ = self._lower.ravel(), self._upper.ravel()
        lp.row_lower_ = np.array([low for _, low, _ in self._rows])
        lp.row_upper_ = np.array([high for _, _, high in self._rows])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lengths = [len(columns) for columns in self._index]
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate(self._index).astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate([values for values, _, _ in self._rows])
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
        return lp

    def placement(self, values: Floats) -> Ints:
        """Convert values to replicas: those that stay keep their order, new ones take the places of those removed."""
        before = self._layout.replicas
        after = before.copy()
        chosen = values > 0.5
        for p in np.flatnonzero((chosen != (self.held > 0.5)).any(axis=1)).tolist():
            new = [b for b in np.flatnonzero(chosen[p]).tolist() if b not in before[p].tolist()]
            for slot, broker in enumerate(before[p].tolist()):
                if broker != NONE and not chosen[p, broker]:
                    after[p, slot] = new.pop(0)
        return after
