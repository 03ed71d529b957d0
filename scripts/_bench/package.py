"""The modules of the integration, whatever there is in this version."""

import importlib
import pkgutil
from typing import Final

_NAME: Final = "custom_components.nina_observatory"


def load() -> None:
    """Import all of them."""
    integration = importlib.import_module(_NAME)
    for each in pkgutil.walk_packages(integration.__path__, f"{_NAME}."):
        importlib.import_module(each.name)
