"""The cluster that a command was run with: completes every printed command."""

import os

from steward.commands.api.context import Context
from steward.interfaces.cli.options import Globals
from steward.model.command import NOWHERE, ClusterTarget
from steward.model.error import StewardError


def chosen_target(options: Globals, context: Context) -> ClusterTarget:
    """Return the chosen cluster; where none could be chosen, the cluster options of the command line.

    With several clusters nothing is chosen: each command names its own.
    """
    if len(set(options.clusters)) > 1:
        return NOWHERE
    try:
        return context.target
    except StewardError:
        return named_target(options)


def printed_target(options: Globals, context: Context) -> ClusterTarget:
    """Return the cluster for work that needs none: that of the plan at hand, else as the command line names it."""
    return context.plan_target or named_target(options)


def named_target(options: Globals) -> ClusterTarget:
    """Return the cluster options of the command line, else $STEWARD_CLUSTER."""
    if len(set(options.clusters)) > 1:
        return NOWHERE
    unnamed = "" if options.bootstrap_server else os.environ.get("STEWARD_CLUSTER", "")
    return ClusterTarget(
        bootstrap=options.bootstrap_server or "",
        cluster=options.cluster or unnamed,
        override=bool(options.bootstrap_server),
        config=options.config or "",
    )
