"""The list of pages, and their index."""

from collections.abc import Mapping

from steward.interfaces.reference.alerts import SCHEMA_PATH, alerts_page, notification_schema
from steward.interfaces.reference.checks import check_index, check_pages
from steward.interfaces.reference.commands import commands_page
from steward.interfaces.reference.exit_codes import exit_codes_page
from steward.interfaces.reference.markdown import link, page, table
from steward.interfaces.reference.metrics import metrics_page
from steward.interfaces.reference.output import output_page
from steward.interfaces.reference.permissions import permissions_page
from steward.interfaces.reference.scenarios import scenarios_page
from steward.interfaces.reference.settings import settings_page

INDEX = (
    ("commands.md", "Commands", "every command with its options, examples and what it reads"),
    ("checks.md", "Checks", "every check: meaning, impact, what to do"),
    ("settings.md", "Settings", "profiles, thresholds, waivers, environment variables"),
    (
        "permissions.md",
        "Permissions",
        "the ACLs that each command needs, and what each allows it to read",
    ),
    ("metrics.md", "Metrics", "every metric of `steward serve`: type, unit, labels, meaning"),
    ("alerts.md", "Alerts", "every rule, when alerts fire and resolve, what receivers get"),
    ("output.md", "Output", "formats, the JSON envelope, schemas"),
    ("exit-codes.md", "Exit codes", "meaning for scripts"),
    ("scenarios.md", "Scenarios", "problems that a sandbox can simulate"),
    ("diagnosis-accuracy.md", "Accuracy of diagnoses", "diagnoses of injected faults"),
)
MEASURED = frozenset({"diagnosis-accuracy.md"})
"""Pages with measured results (`make accuracy`), which are not generated from the sources."""


def pages() -> Mapping[str, str]:
    """Return every page by its path below docs/reference."""
    rows = ((link(title, path), about) for path, title, about in INDEX)
    return {
        "README.md": page("Reference", table(("Page", "Holds"), rows)),
        "commands.md": commands_page(),
        "checks.md": check_index(),
        **check_pages(),
        "settings.md": settings_page(),
        "permissions.md": permissions_page(),
        "metrics.md": metrics_page(),
        "alerts.md": alerts_page(),
        SCHEMA_PATH: notification_schema(),
        "output.md": output_page(),
        "exit-codes.md": exit_codes_page(),
        "scenarios.md": scenarios_page(),
    }
