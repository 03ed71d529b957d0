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
CONF_SECURE_STEPS: Final = "secure_steps"
CONF_SECURE_UNPARKED: Final = "secure_unparked"
CONF_SECURE_PARK_LIMIT: Final = "secure_park_limit"
CONF_SECURE_ROOF_LIMIT: Final = "secure_roof_limit"
CONF_START_UP_TEMPERATURE: Final = "start_up_temperature"
CONF_START_UP_SEQUENCE: Final = "start_up_sequence"

DEFAULT_PORT: Final = 1888
DEFAULT_SCHEDULER_PORT: Final = 8188

EVENT_NINA: Final = "nina_observatory_event"

MANUFACTURER: Final = "N.I.N.A."

# How long a reading of the safety monitor may stand for "safe" (design 7).
SAFETY_FRESHNESS: Final = timedelta(seconds=30)
