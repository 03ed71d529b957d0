"""What a start of Home Assistant need not wait for is loaded on first use."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import custom_components.nina_observatory
print(*sys.modules)
"""
# Components that Home Assistant may do without, and what draws plots.
LATER = (
    "PIL.ImageDraw",
    "PIL.ImageFont",
    "custom_components.nina_observatory.plots.canvas",
    "custom_components.nina_observatory.plots.drawings",
    "homeassistant.components.camera",
    "homeassistant.components.frontend",
    "homeassistant.components.image",
    "homeassistant.components.media_source",
    "homeassistant.components.stream",
    "numpy",
)


@pytest.mark.newest
def test_set_up_does_not_load_what_is_used_later() -> None:
    done = subprocess.run(  # our own interpreter and program
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert "custom_components.nina_observatory.entities.plots" in loaded
    assert [name for name in LATER if name in loaded] == []
