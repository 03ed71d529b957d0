import asyncio, time
from custom_components.nina_observatory.readings.sky import Sky
from simulator import Observatory
from .conftest import entry_with
from .states import state, attributes
from .test_night_watch import PANEL
import pytest

@pytest.mark.timeout(550)
@pytest.mark.parametrize("scenario", ["clear_night"])
async def test_all(hass, socket_enabled, monkeypatch, scenario):
    monkeypatch.setattr(Sky, "is_sun_up", lambda _: False)
    async with Observatory(port=0, scheduler_port=0, speed=1, scenario=scenario) as o:
        async with entry_with(hass, o, night_watch=True, night_watch_delay=60) as entry:
            seen = []
            hass.bus.async_listen("state_changed", lambda e: seen.append((round(hass.loop.time()-t0), e.data["new_state"].state, e.data["new_state"].attributes.get("problems"), e.data["new_state"].attributes.get("waits_for"))) if e.data["entity_id"] == PANEL and e.data["new_state"] else None)
            t0 = hass.loop.time()
            import os
            c0=os.times().user
            for i in range(60):
                await asyncio.sleep(600)
                print(i, os.times().user-c0, state(hass, PANEL), attributes(hass, PANEL)["waits_for"], o.sequence.running, o.dome.opening, flush=True)
                if os.times().user-c0 > 100 or not o.sequence.running: break
            print(seen)
