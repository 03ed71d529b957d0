"""Two observatories under one roof: it moves when both mounts are parked, and they when it is open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.errors import Reason, RefusedError
from simulator import Observatory
from simulator.sequence.containers import Target
from simulator.sequence.exposures import TakeExposure
from simulator.sequence.plan import Plan
from simulator.sky import Coordinates

from .commanding import call, paths
from .conftest import SPEED, UNHURRIED, make_entry, set_up, unload
from .errors import raises, refused
from .states import act, state, until
from .test_interlocks import CLOSE, PARK, PLACE, ROOF, prepare
from .waiting import eventually

UNPARK: Final = "/equipment/mount/unpark"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The observatory that has the roof, and the one whose mount stands under it as well."""

    hass: HomeAssistant
    first: Observatory
    second: Observatory
    roof: MockConfigEntry
    guest: MockConfigEntry

    def place(self, *, opening: float, first: bool = True, second: bool = True) -> None:
        """Have the roof somewhere, and each mount parked or not; forget what was sent."""
        self.first.dome.put_shutter(opening)
        for observatory, parked in ((self.first, first), (self.second, second)):
            hardware = observatory.mount.hardware
            if parked:
                hardware.park_by_hand()
            else:
                hardware.put(observatory.sequence.target)
            prepare(observatory)
        self.first.dome.parked = False
        self.first.dome.refresh()

    def choose(self, **options: Any) -> None:
        """Choose options of the observatory with the roof, beside the mounts under it."""
        options = {"shared_mounts": [self.guest.entry_id], **options}
        self.hass.config_entries.async_update_entry(self.roof, options=options)


@pytest.fixture
async def pair(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[Pair]:
    """Set up both; the roof rolls off, and the second has no dome at all."""
    async with (
        Observatory(port=0, scheduler_port=0, speed=SPEED) as first,
        Observatory(port=0, scheduler_port=0, speed=SPEED, without=["dome"]) as second,
    ):
        first.dome.can_turn = False
        prepare(first)
        guest = MockConfigEntry(
            domain=DOMAIN,
            title="Guest",
            entry_id="fedcba9876543210fedcba9876543210",
            data=dict(make_entry(second).data),
        )
        roof = make_entry(first, shared_mounts=[guest.entry_id])
        for entry in (guest, roof):
            await set_up(hass, entry)
            entry.runtime_data.runner.pace.scale = UNHURRIED
        yield Pair(hass=hass, first=first, second=second, roof=roof, guest=guest)
        for entry in (roof, guest):
            await unload(hass, entry)


@pytest.mark.parametrize("name", ROOF)
async def test_all_mounts_are_parked_first(pair: Pair, name: str) -> None:
    """By the default rule, whatever moves the roof."""
    opens = name in ("open", "override")
    pair.place(opening=0.0 if opens else 1.0, first=False, second=False)
    await ROOF[name](pair.hass, pair.roof)
    assert pair.first.mount.parked
    assert pair.second.mount.parked
    assert pair.first.dome.opening == float(opens)
    assert paths(pair.second) == [PARK]


async def test_imaging_does_not_stall_under_the_closed_roof_of_another(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guest has no roof of its own, and none that it reads."""
    monkeypatch.setattr(
        "custom_components.nina_observatory.night.detectors.NO_FRAME", timedelta(seconds=0.05)
    )
    stalled = "binary_sensor.guest_imaging_stalled"
    pair.place(opening=0.0, second=False)
    long = Target("M 31", Coordinates(0.7, 41.0), [TakeExposure(ExposureTime=90_000.0)])
    pair.second.sequence.plan = Plan(targets=[long])
    await pair.second.sequence.start(skip_validation=True)
    guest, roof = pair.guest.runtime_data, pair.roof.runtime_data
    await roof.equipment.async_read()
    await guest.equipment.async_read()
    await until(pair.hass, "sensor.guest_sequence_state", "running")
    ends = pair.hass.loop.time() + 0.5
    while pair.hass.loop.time() < ends:
        await guest.equipment.async_read()
        assert state(pair.hass, stalled) == "off"
    pair.place(opening=1.0, second=False)
    await roof.equipment.async_read()
    async with asyncio.timeout(20):
        while state(pair.hass, stalled) != "on":
            await guest.equipment.async_read()


@pytest.mark.parametrize("name", ROOF)
async def test_the_other_mount_holds_the_roof(pair: Pair, name: str) -> None:
    """Where the rule is to refuse; by the rule to ignore the mount it holds nothing."""
    opens = name in ("open", "override")
    pair.choose(roof_interlock="refuse")
    pair.place(opening=0.0 if opens else 1.0, second=False)
    with pytest.raises(RefusedError) as raised:
        await ROOF[name](pair.hass, pair.roof)
    assert raised.value.reason is Reason.SHARED_MOUNT_NOT_PARKED
    assert raised.value.translation_placeholders == {"rig": "Guest"}
    assert paths(pair.first) == paths(pair.second) == []
    pair.choose(roof_interlock="allow")
    await ROOF[name](pair.hass, pair.roof)
    assert pair.first.dome.opening == float(opens)
    assert not pair.second.mount.parked


async def nina_gone(pair: Pair) -> None:
    """Close N.I.N.A. of the guest, which nobody noticed yet."""
    await pair.second.stop()


async def unloaded(pair: Pair) -> None:
    """Switch the entry of the guest off."""
    await unload(pair.hass, pair.guest)
    assert pair.guest.state is ConfigEntryState.NOT_LOADED


async def removed(pair: Pair) -> None:
    """Remove the entry of the guest."""
    assert await pair.hass.config_entries.async_remove(pair.guest.entry_id)


async def driver_off(pair: Pair) -> None:
    """Switch the driver of the guest's mount off."""
    pair.second.mount.detach()


async def unread(pair: Pair) -> None:
    """Have the guest's mount be missing from the readings."""
    await pair.second.faults.start("broken_info", device="mount")


GONE: Final = [nina_gone, unloaded, removed, driver_off, unread]


@pytest.mark.parametrize("interlock", ["park_first", "refuse"])
@pytest.mark.parametrize("disturb", GONE)
async def test_a_mount_that_cannot_be_read_is_not_parked(
    pair: Pair,
    finished: list[dict[str, Any]],
    disturb: Callable[[Pair], Awaitable[None]],
    interlock: str,
) -> None:
    """However parked it was when it was last read; nothing is parked in vain."""
    pair.choose(roof_interlock=interlock)
    await disturb(pair)
    for name, control in ROOF.items():
        pair.place(opening=0.0 if name in ("open", "override") else 1.0)
        with refused("shared_mount_unknown"):
            await control(pair.hass, pair.roof)
        assert paths(pair.first) == [], name
    pair.place(opening=1.0, first=False)
    with raises("secure_failed"):
        await call(pair.hass, pair.roof, "secure")
    steps = {step["step"]: step for step in finished[0]["data"]["steps"]}
    assert steps["close_roof"]["error"] == "shared_mount_unknown"
    assert pair.first.mount.parked
    assert CLOSE not in paths(pair.first)


async def test_secure_parks_all_mounts(pair: Pair) -> None:
    """The one of the roof parks both; the one without a roof parks its own."""
    pair.place(opening=1.0, first=False, second=False)
    await call(pair.hass, pair.guest, "secure")
    assert pair.second.mount.parked
    assert not pair.first.mount.parked
    assert pair.first.dome.opening == 1.0
    pair.place(opening=1.0, first=False, second=False)
    await call(pair.hass, pair.roof, "secure")
    assert pair.first.mount.parked
    assert pair.second.mount.parked
    assert pair.first.dome.opening == 0.0


async def test_a_mount_that_does_not_park(pair: Pair, finished: list[dict[str, Any]]) -> None:
    """The roof is left alone, and the error names the observatory."""
    pair.place(opening=1.0, first=False, second=False)
    await pair.second.faults.start("ignored", device="mount")
    with raises("shared_mount_park_failed"):
        await ROOF["close"](pair.hass, pair.roof)
    with raises("secure_failed"):
        await call(pair.hass, pair.roof, "secure")
    steps = {step["step"]: step for step in finished[0]["data"]["steps"]}
    assert steps["park_mount"]["error"] == "shared_mount_park_failed"
    assert steps["close_roof"]["error"] == "shared_mount_not_parked"
    assert pair.first.mount.parked
    assert CLOSE not in paths(pair.first)


async def test_a_close_is_repeated_only_over_parked_mounts(pair: Pair) -> None:
    """N.I.N.A. answers the first close with an error, and the guest unparks before the second."""
    pair.choose(roof_interlock="refuse")
    pair.place(opening=1.0)
    await pair.first.faults.start("unknown_error", path=CLOSE, count=1)
    closing = asyncio.ensure_future(ROOF["close"](pair.hass, pair.roof))
    await eventually(lambda: CLOSE in paths(pair.first))
    pair.second.mount.hardware.put(pair.second.sequence.target)
    pair.second.mount.refresh()
    with refused("shared_mount_not_parked"):
        await closing
    assert paths(pair.first) == [CLOSE]
    assert pair.first.dome.opening == 1.0


@pytest.mark.parametrize(
    "control",
    [
        pytest.param(("unpark", {}), id="unpark"),
        pytest.param(("find_home", {}), id="home"),
        pytest.param(("slew", PLACE), id="slew"),
        pytest.param(("start_polar_alignment", {}), id="align"),
    ],
)
async def test_the_roof_holds_the_other_mount(
    pair: Pair, control: tuple[str, dict[str, Any]]
) -> None:
    """It has no dome of its own, so it asks the observatory that has the roof."""
    pair.place(opening=0.0)
    action, data = control
    with pytest.raises(RefusedError) as raised:
        await call(pair.hass, pair.guest, action, **data)
    assert raised.value.reason is Reason.ROOF_NOT_OPEN
    assert raised.value.translation_placeholders == {"rig": "Observatory", "reading": "closed"}
    assert paths(pair.second) == []


@pytest.mark.parametrize("opening", [0.0, 1.0])
async def test_the_roof_that_cannot_be_read_holds_the_other_mount(
    pair: Pair, opening: float
) -> None:
    """An open roof lets it move, but not one of which nothing is known."""
    pair.place(opening=1.0)
    await call(pair.hass, pair.guest, "unpark")
    assert not pair.second.mount.parked
    pair.place(opening=opening)
    await unload(pair.hass, pair.roof)
    with refused("roof_not_open"):
        await call(pair.hass, pair.guest, "unpark")
    options = {"mount_interlock": "allow"}
    pair.hass.config_entries.async_update_entry(pair.guest, options=options)
    await call(pair.hass, pair.guest, "unpark")
    assert not pair.second.mount.parked


async def test_a_mount_that_was_just_unparked_holds_the_roof(pair: Pair) -> None:
    """It reads parked for some seconds yet, since N.I.N.A. reads its drivers now and then."""
    pair.choose(roof_interlock="refuse")
    pair.second.profile.section("ApplicationSettings")["DevicePollingInterval"] = 20.0
    pair.place(opening=1.0)
    await pair.second.mount.next_poll()
    unparking = asyncio.ensure_future(call(pair.hass, pair.guest, "unpark"))
    await eventually(lambda: UNPARK in paths(pair.second))
    with refused("shared_mount_not_parked"):
        await ROOF["close"](pair.hass, pair.roof)
    await unparking
    assert pair.first.dome.opening == 1.0


def issue(pair: Pair) -> ir.IssueEntry | None:
    """Return the repair issue of a removed mount."""
    identity = f"shared_mount_removed_{pair.roof.entry_id}"
    return ir.async_get(pair.hass).async_get_issue(DOMAIN, identity)


async def test_a_removed_observatory_is_told_until_the_option_is_changed(pair: Pair) -> None:
    """Also after a restart; and the form still offers it, so that it can be taken out."""
    assert issue(pair) is None
    await removed(pair)
    assert issue(pair) is not None
    await pair.hass.config_entries.async_reload(pair.roof.entry_id)
    assert issue(pair) is not None
    flow = await pair.hass.config_entries.options.async_init(pair.roof.entry_id)
    flow = await pair.hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "general"}
    )
    done = await pair.hass.config_entries.options.async_configure(
        flow["flow_id"], {"shared_mounts": []}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await eventually(lambda: issue(pair) is None)
    await eventually(lambda: pair.roof.state is ConfigEntryState.LOADED)
    pair.roof.runtime_data.runner.pace.scale = UNHURRIED
    pair.place(opening=1.0)
    await act(pair.hass, "cover.close_cover", "cover.observatory_roof")
    assert pair.first.dome.opening == 0.0


async def test_the_form_offers_the_others(pair: Pair) -> None:
    """Not the observatory itself, and nothing where there is no other one."""
    flow = await pair.hass.config_entries.options.async_init(pair.roof.entry_id)
    flow = await pair.hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "general"}
    )
    assert flow["data_schema"] is not None
    fields = {str(key): value for key, value in flow["data_schema"].schema.items()}
    offered = fields["shared_mounts"].config["options"]
    assert offered == [{"value": pair.guest.entry_id, "label": "Guest"}]
    pair.choose(shared_mounts=[])
    await removed(pair)
    flow = await pair.hass.config_entries.options.async_init(pair.roof.entry_id)
    flow = await pair.hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "general"}
    )
    assert flow["data_schema"] is not None
    assert "shared_mounts" not in {str(key) for key in flow["data_schema"].schema}
