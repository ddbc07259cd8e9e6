"""Expiry of a waiver: the same for findings and for the guard's reasons."""

from datetime import date

from steward.model.error import ConfigurationError
from steward.settings.shapes import WaiverSetting


def expiry_of(setting: WaiverSetting) -> str:
    """Return the date on which a waiver expires.

    Errors: ConfigurationError, for an invalid date.
    """
    try:
        date.fromisoformat(setting.expires)
    except ValueError:
        raise ConfigurationError(
            f"invalid expiry {setting.expires!r} of the waiver of {setting.check}",
            remedy="write YYYY-MM-DD",
        ) from None
    return setting.expires
