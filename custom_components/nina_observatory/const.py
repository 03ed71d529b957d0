"""What several modules of the integration share."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "nina_observatory"
LOGGER = logging.getLogger(__package__)

CONF_SCHEDULER_PORT: Final = "scheduler_port"
CONF_ROOF_INTERLOCK: Final = "roof_interlock"
CONF_DAILY_PLAN: Final = "daily_plan"
CONF_READ_ONLY: Final = "read_only"

DEFAULT_PORT: Final = 1888
DEFAULT_SCHEDULER_PORT: Final = 8188

EVENT_NINA: Final = "nina_observatory_event"

MANUFACTURER: Final = "N.I.N.A."

# How long a reading of the safety monitor may stand for "safe" (design 7).
SAFETY_FRESHNESS: Final = timedelta(seconds=30)
