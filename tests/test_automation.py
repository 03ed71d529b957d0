"""The automation of the README closes the dome when it rains."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml

from custom_components.nina_observatory.coordinator import NinaConfigEntry
from simulator import Observatory

from .states import DOME, act, state, until
