"""The cluster that a command was asked with: what completes every command that is printed."""

from steward.commands.api.context import Context
from steward.interfaces.cli.options import Globals
from steward.model.command import NOWHERE, ClusterTarget
from steward.model.error import StewardError


def chosen_target(options: Globals, context: Context) -> ClusterTarget:
    """Return the chosen cluster; where none could be chosen, what the command line says of it.

    Shape: of several nothing is taken: which of them a command is for is said where it is made.
    """
    if len(set(options.clusters)) > 1:
        return NOWHERE
    try:
        return context.target
    except StewardError:
        return named_target(options)


def named_target(options: Globals) -> ClusterTarget:
    """Return what the command line says of the cluster, for work that needs none."""
    if len(set(options.clusters)) > 1:
        return NOWHERE
    return ClusterTarget(
        bootstrap=options.bootstrap_server or "",
        cluster=options.cluster or "",
        override=bool(options.bootstrap_server),
        config=options.config or "",
    )
