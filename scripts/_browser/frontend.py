"""Home Assistant's frontend in a browser: signing in, and waiting until a page is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
import json
import os
from typing import Literal

from playwright.async_api import (
    Browser,
    Page,
    TimeoutError as PlaywrightTimeoutError,
    async_playwright,
)

from scripts._demo.evening import zone

from .chromium import Chromium

ARGUMENTS = [
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    # Nothing may wait for the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-sandbox",
]
CONNECTED = """() => {
  const root = document.querySelector("home-assistant");
  const main = root?.shadowRoot?.querySelector("home-assistant-main");
  return Boolean(main?.hass?.connected) && !document.querySelector("#ha-launch-screen");
}"""
LOCALIZED = """([key, values]) => {
  const { localize } = document.querySelector("home-assistant").hass;
  return localize(key, values) || null;
}"""
PHONE = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36"
)
PAGE_LIMIT = 30_000
IDLE_LIMIT = 5_000
HIGHEST = 3_000
# Cards that come into view are drawn then.
SETTLING = 2_000


@asynccontextmanager
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """Start a browser and close it in the end."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=chromium.program,
            args=ARGUMENTS,
            env={**os.environ, **chromium.environment},
        )
        try:
            yield opened
        finally:
            await opened.close()


@asynccontextmanager
async def new_page(
    opened: Browser,
    url: str = "",
    token: str = "",
    size: tuple[int, int] = (1600, 1165),
    scheme: Literal["dark", "light"] = "dark",
    *,
    locale: str = "en-GB",
    phone: bool = False,
) -> AsyncIterator[Page]:
    """Open a page that is signed in, where there is a token that lasts.

    The frontend speaks the language of the browser, which may be that of a phone.
    """
    context = await opened.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if phone else 1.5,
        has_touch=phone,
        is_mobile=phone,
        user_agent=PHONE if phone else None,
        color_scheme=scheme,
        locale=locale,
        timezone_id=zone(),
    )
    if token:
        await context.add_init_script(_remembered(url, token))
    try:
        yield await context.new_page()
    finally:
        await context.close()


def _remembered(url: str, token: str) -> str:
    """Return the script that stores what the frontend remembers of a user."""
    tokens = {
        "access_token": token,
        "clientId": f"{url}/",
        "expires": 4_000_000_000_000,
        "expires_in": 1800,
        "hassUrl": url,
        "refresh_token": "",
        "token_type": "Bearer",
    }
    return f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))})"


async def show(page: Page, address: str) -> None:
    """Open an address of the frontend and wait until it is drawn."""
    await page.goto(address, timeout=PAGE_LIMIT)
    await page.wait_for_function(CONNECTED, timeout=PAGE_LIMIT)
    # A page with a camera never becomes idle.
    with suppress(PlaywrightTimeoutError):
        await page.wait_for_load_state("networkidle", timeout=IDLE_LIMIT)


async def label(page: Page, key: str, **values: str) -> str:
    """Return a text of the frontend itself, in the language of the page, once it is loaded."""
    found = await page.wait_for_function(LOCALIZED, arg=[key, values], timeout=PAGE_LIMIT)
    return str(await found.json_value())


async def fit(page: Page) -> None:
    """Make a page as high as what it shows, so that nothing is cut off."""
    size = page.viewport_size or {"width": 0, "height": 0}
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({**size, "height": min(height, HIGHEST)})
    await page.wait_for_timeout(SETTLING)


async def log_in(page: Page, url: str, user: str, password: str) -> None:
    """Sign in as a person does, through the form."""
    await page.goto(url, timeout=PAGE_LIMIT)
    await page.fill("input[name=username]", user, timeout=PAGE_LIMIT)
    await page.fill("input[name=password]", password)
    await page.keyboard.press("Enter")
    await page.wait_for_function(CONNECTED, timeout=PAGE_LIMIT)
