"""The parts of the screenshots that need neither Home Assistant nor a browser."""

from io import BytesIO
import os
from pathlib import Path
from typing import cast

from PIL import Image
from playwright.async_api import Page

from scripts._browser.kept import CALENDAR, FACTS, UNDATED, lost, unavailable, undated
from scripts._browser.picture import LARGEST, save
from scripts._demo.rig import View

from .test_demo import make_view


class Shown:
    """A page that shows noise, which is hard to compress."""

    async def screenshot(self, animations: str) -> bytes:
        """Return a screenshot as PNG."""
        assert animations == "disabled"
        width, height = size = (900, 600)
        noise = Image.frombytes("RGB", size, os.urandom(3 * width * height))
        target = BytesIO()
        noise.save(target, "png")
        return target.getvalue()


async def test_pictures_of_stars_are_made_small(tmp_path: Path) -> None:
    """Text pages stay as they are."""
    page = cast("Page", Shown())
    await save(tmp_path / "a.png", page)
    await save(tmp_path / "a.webp", page)
    assert (tmp_path / "a.png").stat().st_size > 1_000_000
    with Image.open(tmp_path / "a.webp") as opened:
        assert (opened.format, opened.size) == ("WEBP", (900, 600))
    assert 0 < (tmp_path / "a.webp").stat().st_size < 2 * LARGEST


def facts(state: str) -> View:
    """Return a view with a state for everything that happened."""
    return make_view(**{f"{platform}__{key}": state for platform, key in (*FACTS, CALENDAR)})


def test_a_fact_is_lost_if_it_is_gone_or_another() -> None:
    before = facts("7")
    assert lost(before, before) == []
    assert len(lost(before, facts("8"))) == len(FACTS)
    assert len(lost(before, facts("unavailable"))) == len(FACTS) + 1
    assert len(lost(facts("unknown"), facts("unknown"))) == len(FACTS) + 1
    assert lost(facts("unknown"), facts("7")) == []


def test_a_fact_that_is_kept_has_a_time() -> None:
    view = facts("7")
    assert len(undated(view)) == len(FACTS) - len(UNDATED)
    for state in view.states.values():
        state["attributes"]["as_of"] = "2026-11-29T04:00:00+00:00"
    assert undated(view) == []


def test_what_has_no_state_is_unavailable_too() -> None:
    view = make_view(sensor__a="1", sensor__b="unknown", sensor__c="unavailable", sensor__d="2")
    del view.states["sensor.rig_d"]
    assert unavailable(view) == ["sensor.rig_c", "sensor.rig_d"]
