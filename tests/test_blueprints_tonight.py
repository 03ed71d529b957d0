"""The blueprint that says before dusk whether to open: yes, no, or that nobody can say, and why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import ephem  # type: ignore[import-untyped]  # stubs are a package of their own
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import Observatory

from .blueprints import device_of, installed, make_phone, notifications
from .commanding import answer
from .states import act
from .waiting import eventually

DUSK, DAWN = (f"sensor.observatory_next_astronomical_{each}" for each in ("dusk", "dawn"))


def forecast(begins: Any) -> list[dict[str, Any]]:
    """Return hours of weather from three hours before dusk: clear from its third hour on.

    In between there is wind for an hour, and there are clouds for another.
    """
    return [
        {
            "datetime": (begins + timedelta(hours=number - 3)).isoformat(),
            "condition": "cloudy" if number < 6 else "clear-night",
            "wind_speed": 60 if number == 8 else 5,
            "precipitation": 0,
            **({"cloud_coverage": 40} if number == 9 else {}),
        }
        for number in range(16)
    ]


def make_weather(hass: HomeAssistant, hours: list[dict[str, Any]]) -> None:
    """Have a weather entity with a forecast."""

    async def get_forecasts(_call: ServiceCall) -> Any:
        return {"weather.home": {"forecast": hours}}

    hass.services.async_register(
        "weather", "get_forecasts", get_forecasts, supports_response=SupportsResponse.ONLY
    )


type Hours = list[dict[str, Any]]
CANNOT_SAY = "Open tonight? Cannot say"


def without(*names: str, **more: Any) -> Callable[[Hours], Hours]:
    """Return a change of a forecast that lacks values."""
    return lambda hours: [
        {name: value for name, value in hour.items() if name not in names} | more for hour in hours
    ]


# What is not in a forecast is neither good nor bad: how it changes, the answer, and why.
UNKNOWN: list[tuple[Callable[[Hours], Hours], str, str]] = [
    (without("wind_speed"), CANNOT_SAY, "Not known: wind."),
    (without(wind_speed="calm"), CANNOT_SAY, "Not known: wind."),
    # A clear night is dry, and a rainy one has clouds.
    (without("precipitation"), "Open tonight", ""),
    (without("precipitation", condition="rainy", cloud_coverage=0), "Not tonight", ""),
    (without("condition", "precipitation", cloud_coverage=0), CANNOT_SAY, "Not known: rain."),
    (without("condition", "cloud_coverage"), CANNOT_SAY, "Not known: clouds."),
    # Bad is bad, whatever else is missing.
    (without("wind_speed", "precipitation", cloud_coverage=80), "Not tonight", ""),
    (lambda hours: hours[:7], CANNOT_SAY, "Not known: forecast."),
    (lambda hours: hours[:10], CANNOT_SAY, "Not known: forecast."),
    (lambda _: [], CANNOT_SAY, "Not known: forecast."),
]


async def test_the_night_ahead(
    hass: HomeAssistant,
    observatory: Observatory,
    settled: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The dark hours that are clear, the Moon, and the plan; without a forecast, that is said."""
    phone = make_phone(hass, await hass_client_no_auth())
    begins = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) + timedelta(hours=12)
    ends = begins + timedelta(hours=8, minutes=30)
    hass.states.async_set(DUSK, begins.isoformat())
    hass.states.async_set(DAWN, ends.isoformat())
    hours = forecast(begins)
    make_weather(hass, hours)
    plan = (await answer(hass, settled, "get_plan"))["plan"]
    targets = list(dict.fromkeys(each["target"] for each in plan if not each["waiting"]))
    assert targets
    middle = begins + (ends - begins) / 2
    lit = ephem.Moon(ephem.Date(middle.replace(tzinfo=None))).phase
    span = f"{dt_util.as_local(begins):%H:%M}–{dt_util.as_local(ends):%H:%M}"
    inputs = {"dusk": DUSK, "dawn": DAWN, "forecast": "weather.home", "least_hours": 3}
    common = {"observatory": device_of(hass), "phones": [phone.device]}
    async with installed(hass, open_tonight={**common, **inputs}):
        for title, clear in (("Open tonight", 3.5), ("Not tonight", 2.5)):
            await act(hass, "automation.trigger", "automation.open_tonight")
            sent = await phone.next("nina_tonight")
            assert (sent["title"], sent["data"]) == (title, {"tag": "nina_tonight"})
            start, _, rest = sent["message"].partition(". The Moon is ")
            assert start == f"{clear} of 8.5 dark hours look good ({span})"
            moon, _, planned = rest.partition("% lit. ")
            assert int(moon) == pytest.approx(lit, abs=2)
            assert planned == f"Planned: {', '.join(targets)}."
            hours[7]["precipitation"] = 1
        for change, title, why in UNKNOWN:
            hours[:] = change(forecast(begins))
            await act(hass, "automation.trigger", "automation.open_tonight")
            sent = await phone.next("nina_tonight")
            known, _, told = sent["message"].partition(f"({span}). ")
            assert known
            assert (sent["title"], told.split("The Moon")[0].strip()) == (title, why)
        hours[:] = forecast(begins)
        hass.states.async_set(DAWN, "unavailable")
        hass.states.async_set(DUSK, (dt_util.utcnow() + timedelta(hours=1.9)).isoformat())
        sent = await phone.next("nina_tonight")
        assert sent["title"] == CANNOT_SAY
        assert "–?). Not known: dusk or dawn. The Moon is " in sent["message"]
    assert phone.calls == []


async def test_the_night_ahead_without_the_wind(
    hass: HomeAssistant, settled: MockConfigEntry
) -> None:
    """For those who judge it themselves."""
    begins = dt_util.utcnow() + timedelta(hours=12)
    hass.states.async_set(DUSK, begins.isoformat())
    hass.states.async_set(DAWN, (begins + timedelta(hours=8)).isoformat())
    make_weather(hass, without("wind_speed")(forecast(begins)))
    inputs = {"dusk": DUSK, "dawn": DAWN, "forecast": "weather.home", "judge_wind": False}
    async with installed(hass, open_tonight={"observatory": device_of(hass), **inputs}):
        await act(hass, "automation.trigger", "automation.open_tonight")
        await eventually(lambda: notifications(hass))
        (sent,) = notifications(hass).values()
        assert sent["title"] == "Open tonight"
