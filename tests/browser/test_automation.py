"""What the integration brings to the automation editor, and the diary in the logbook."""

from datetime import timedelta

from playwright.async_api import Page, expect
import pytest

from scripts._browser.automation import show_automation, show_triggers
from scripts._browser.diary import show_diary
from scripts._checks.files import read_object
from scripts._demo.target import DOMAIN, ROOT

from .conftest import FRAME_SAVED, Running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LIMIT = 30_000


@pytest.mark.parametrize("kind", ["trigger", "condition"])
async def test_the_editor_offers_ours(page: Page, demonstration: Running, kind: str) -> None:
    """By their names and with what they do, under the name of the integration."""
    await show_triggers(page, demonstration.url, kind)
    texts = read_object(ROOT / "custom_components" / DOMAIN / "translations/en.json")[f"{kind}s"]
    assert len(texts) > 5
    for text in texts.values():
        await expect(page.get_by_text(text["name"], exact=True).last).to_be_attached(timeout=LIMIT)
        await expect(page.get_by_text(text["description"]).last).to_be_attached(timeout=LIMIT)


@pytest.mark.parametrize(
    ("automation", "texts"),
    [
        ("morning_report", ("Night report", "Night report ready", "Observatory imaging")),
        (
            "close_the_dome_when_it_rains",
            (
                "Close the dome when it rains",
                "When a template changes from false to true",
                "When Home Assistant is started",
                "Wait while N.I.N.A. connects its devices one by one",
                "Close cover",
                "Repeat an action while 1 condition matches",
            ),
        ),
    ],
)
async def test_the_editor_understands_the_examples(
    page: Page, demonstration: Running, automation: str, texts: tuple[str, ...]
) -> None:
    """The automations of the documents read as a person would have made them."""
    await show_automation(page, demonstration.url, automation)
    for text in texts:
        await expect(page.get_by_text(text).first).to_be_visible(timeout=LIMIT)


async def test_the_logbook_is_a_diary(page: Page, demonstration: Running) -> None:
    """What was taken, and how good it is, in words; with whatever happened after that left out."""
    saved = await demonstration.told(FRAME_SAVED)
    await show_diary(page, demonstration.url, end=saved + timedelta(seconds=1))
    line = page.get_by_text(FRAME_SAVED).first
    await expect(line).to_be_visible(timeout=LIMIT)
    await expect(page.get_by_text("Observatory camera").first).to_be_visible()
