"""When a waiver of the configuration expires: the same for findings and for the guard's reasons."""

from datetime import date

from steward.model.error import ConfigurationError
from steward.settings.shapes import WaiverSetting


def expiry_of(setting: WaiverSetting) -> str:
    """Return the day on which a waiver expires, as it is written.

    Errors: ConfigurationError, for what is no day.
    """
    try:
        date.fromisoformat(setting.expires)
    except ValueError:
        raise ConfigurationError(
            f"the waiver of {setting.check} expires on {setting.expires!r}",
            remedy="write YYYY-MM-DD",
        ) from None
    return setting.expires
