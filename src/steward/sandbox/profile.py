"""Writes a sandbox's profile for ``steward --cluster NAME``."""

import json
from pathlib import Path

from steward.sandbox.files import write_file
from steward.sandbox.status import SandboxStatus

FILE = "profile.toml"

CRITICALITY = {"*orders": "critical", "*payments": "critical"}
"""As a company would declare them: the scenarios' payments and orders are critical in every environment."""


def write_profile(status: SandboxStatus) -> Path:
    """Write the sandbox's profile into its folder."""
    path = Path(status.data_dir) / FILE
    write_file(path, render_profile(status))
    return path


def render_profile(status: SandboxStatus) -> str:
    """Render the profile as TOML; JSON strings are TOML strings."""
    settings = {
        "bootstrap_servers": status.bootstrap_servers,
        "environment": status.environment,
        **status.connection,
    }
    lines = [f"[profiles.{status.profile}]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    metrics = ", ".join(f'"{one.id}" = {json.dumps(one.metrics_url)}' for one in status.brokers)
    declared = [
        f"{json.dumps(topic)} = {json.dumps(level)}" for topic, level in CRITICALITY.items()
    ]
    lines += [
        f"metrics = {{ {metrics} }}",
        "",
        f"[profiles.{status.profile}.criticality]",
        *declared,
    ]
    return "\n".join([*lines, ""])
