"""Who may do what: each action by each user, by REST, by websocket and from a script."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

from custom_components.nina_observatory.actions import ACTIONS, Action
from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import CONTROLS, DOMAIN, Needs
from custom_components.nina_observatory.helpers.devices import devices_of_role
from simulator import Observatory

from .action_fields import BY_NAME, sensible
from .commanding import entity_of, sent
from .errors import TEXTS
from .people import ALL_RIGHTS, ROADS, Person, make_person_with, move
from .waiting import eventually

READING: Final = {
    "get_events",
    "get_frames",
    "get_framing",
    "get_night_report",
    "get_picture_url",
    "get_plan",
    "get_plot",
    "get_projects",
    "get_sequence",
    "get_target_statistics",
    "list_devices",
    "list_sequences",
    "moon_separation",
}
ADMINISTRATORS_ONLY: Final = {"get_logs", "screenshot", "set_profile_value"}

# What is asked for only by actions, never by what keeps the entities up to date.
ASKED: Final = ("/application/logs", "/application/screenshot", "/astro-util/moon-separation")

AS_PRESSED: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "button": ("button.press", {}),
    "cover": ("cover.open_cover", {}),
    "light": ("light.turn_on", {}),
    "number": ("number.set_value", {"value": 1}),
    "select": ("select.select_option", {"option": "anything"}),
    "switch": ("switch.turn_on", {}),
}

# What comes of an action that was not kept from its user: done, refused for another reason, failed.
TRIED: Final = (HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)

ALLOWED: Final[Mapping[str, set[Needs]]] = {
    "owner": {*Needs},
    "administrator": {*Needs},
    "user": {Needs.READ, Needs.CONTROL},
    "reader": {Needs.READ},
    "neighbor": set(),
}


def fields_of(action: Action, entry: MockConfigEntry) -> dict[str, Any]:
    """Return fields with which an action makes sense."""
    return {"config_entry_id": entry.entry_id, **sensible(action)}


def nothing_asked(observatory: Observatory) -> bool:
    """Return whether N.I.N.A. was asked for nothing but what entities show."""
    asked = {entry.path.removeprefix("/v2/api") for entry in observatory.ledger.entries}
    return sent(observatory) == [] and asked.isdisjoint(ASKED)


def test_every_action_needs_what_it_should() -> None:
    """Nothing that commands is open to those who may only read."""
    needs = {
        action.name: Needs.READ
        if action.name in READING
        else Needs.ADMINISTRATOR
        if action.name in ADMINISTRATORS_ONLY
        else Needs.CONTROL
        for action in ACTIONS
    }
    assert {action.name: action.needs for action in ACTIONS} == needs
    assert all(action.roles for action in ACTIONS)
    for action in ACTIONS:
        assert set(action.adds) <= {str(field) for field in action.fields}, action.name


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("who", ["user", "reader", "neighbor"])
async def test_refused(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    people: dict[str, Person],
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    subtests: pytest.Subtests,
    who: str,
    road: str,
) -> None:
    """What somebody may not do is not done, and N.I.N.A. is not even asked."""
    act = await ROADS[road](hass, people[who], hass_client, hass_ws_client)
    for action in ACTIONS:
        if action.needs not in ALLOWED[who]:
            with subtests.test(action.name):
                answer = await act(f"{DOMAIN}.{action.name}", fields_of(action, ready))
                assert answer == HTTPStatus.UNAUTHORIZED
    assert nothing_asked(observatory)


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("who", ["owner", "administrator", "user", "reader"])
async def test_allowed(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    people: dict[str, Person],
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    subtests: pytest.Subtests,
    who: str,
    road: str,
) -> None:
    """What somebody may do is tried; what comes of it with nobody there is told by other tests."""
    act = await ROADS[road](hass, people[who], hass_client, hass_ws_client)
    hass.config.allowlist_external_dirs = {"/nowhere"}
    await observatory.faults.start("refuse")
    await observatory.faults.start("scheduler_gone")
    for action in ACTIONS:
        if action.needs in ALLOWED[who]:
            with subtests.test(action.name):
                answer = await act(f"{DOMAIN}.{action.name}", fields_of(action, ready))
                assert answer in TRIED


@pytest.mark.parametrize("road", ROADS)
async def test_entities_are_checked_by_home_assistant(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    people: dict[str, Person],
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    subtests: pytest.Subtests,
    road: str,
) -> None:
    """Every control of the observatory is refused in the same way to those who may only read."""
    act = await ROADS[road](hass, people["reader"], hass_client, hass_ws_client)
    entities = er.async_entries_for_config_entry(er.async_get(hass), ready.entry_id)
    controls = [entity.entity_id for entity in entities if entity.domain in CONTROLS]
    assert {entity_id.split(".")[0] for entity_id in controls} == set(CONTROLS)
    for entity_id in controls:
        action, fields = AS_PRESSED[entity_id.split(".")[0]]
        with subtests.test(entity_id):
            answer = await act(action, {"entity_id": entity_id, **fields})
            assert answer == HTTPStatus.UNAUTHORIZED
    assert nothing_asked(observatory)


@pytest.mark.parametrize("needs", Needs)
async def test_the_error_is_that_of_home_assistant(
    hass: HomeAssistant, ready: MockConfigEntry, people: dict[str, Person], needs: Needs
) -> None:
    """It names the user and the permission, and has a text besides."""
    action = next(action for action in ACTIONS if action.needs is needs)
    context = Context(user_id=people["neighbor"].user.id)
    with pytest.raises(Unauthorized) as raised:
        await call_as(hass, context, action, ready.entry_id)
    error = raised.value
    assert (error.user_id, error.context, error.permission) == (context.user_id, context, needs)
    assert str(error) == text(needs)


def text(needs: Needs) -> str:
    """Return what is said to somebody who lacks a permission, as Home Assistant cuts it."""
    message: str = TEXTS["exceptions"][f"needs_{needs}"]["message"]
    return message.rstrip(".")


async def test_somebody_who_does_not_exist(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """A user who was removed while his script ran."""
    for action in ACTIONS:
        with subtests.test(action.name), pytest.raises(UnknownUser):
            await call_as(hass, Context(user_id="nobody"), action, ready.entry_id)
    assert nothing_asked(observatory)


async def test_entries_that_cannot_be_used(
    hass: HomeAssistant,
    ready: MockConfigEntry,
    people: dict[str, Person],
    subtests: pytest.Subtests,
) -> None:
    """Who may not use any observatory learns nothing about others, loaded or not, or none."""
    stranger, asleep = MockConfigEntry(domain="sun"), MockConfigEntry(domain=DOMAIN)
    stranger.add_to_hass(hass)
    asleep.add_to_hass(hass)
    context = Context(user_id=people["neighbor"].user.id)
    for entry_id in ("nobody", stranger.entry_id, asleep.entry_id):
        for action in ACTIONS:
            with subtests.test(f"{entry_id} {action.name}"), pytest.raises(Unauthorized):
                await call_as(hass, context, action, entry_id)
        with pytest.raises(ServiceValidationError):
            await call_as(hass, Context(user_id=people["user"].user.id), BY_NAME["park"], entry_id)


async def test_an_automation_acts_without_a_user(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry, people: dict[str, Person]
) -> None:
    """Also where somebody's event set it off who may not do it himself."""
    unpark = {"action": f"{DOMAIN}.unpark", "data": {"config_entry_id": ready.entry_id}}
    automation = {"triggers": {"trigger": "event", "event_type": "dusk"}, "actions": unpark}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    hass.bus.async_fire("dusk", context=Context(user_id=people["reader"].user.id))
    await eventually(lambda: not observatory.mount.parked)


async def may(
    hass: HomeAssistant, person: Person, entry: MockConfigEntry, name: str, **fields: Any
) -> bool:
    """Return whether a person is allowed an action; whatever else becomes of it does not matter."""
    try:
        await call_as(
            hass, Context(user_id=person.user.id), BY_NAME[name], entry.entry_id, **fields
        )
    except Unauthorized:
        return False
    except HomeAssistantError:
        return True
    return True


@pytest.fixture
async def gone(observatory: Observatory, people: dict[str, Person]) -> None:
    """Have N.I.N.A. refuse every connection, so that actions end soon."""
    await observatory.faults.start("refuse")


@pytest.mark.usefixtures("gone")
async def test_an_area(hass: HomeAssistant, ready: MockConfigEntry) -> None:
    """All of the observatory in an area: who may control the area may do everything but that."""
    area = move(hass, ready, "Garden")
    keeper = await make_person_with(hass, "keeper", {"area_ids": {area: ALL_RIGHTS}})
    for action in ACTIONS:
        wanted = action.needs is not Needs.ADMINISTRATOR
        assert await may(hass, keeper, ready, action.name) is wanted, action.name


@pytest.mark.usefixtures("gone")
async def test_a_single_device(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """The roof in an area of its own; who may control that may open it, and nothing else."""
    area = move(hass, ready, "Roof", "dome")
    keeper = await make_person_with(hass, "keeper", {"area_ids": {area: ALL_RIGHTS}})
    allowed = {action.name for action in ACTIONS if await may(hass, keeper, ready, action.name)}
    assert allowed == {"open_roof", "slew_dome"}
    move(hass, ready, "Kitchen", "dome")
    assert not await may(hass, keeper, ready, "open_roof")


@pytest.mark.usefixtures("gone")
async def test_a_part_of_a_device(hass: HomeAssistant, ready: MockConfigEntry) -> None:
    """Some of its controls are not enough, unless the others are disabled."""
    dome = [
        entity
        for entity in er.async_entries_for_config_entry(er.async_get(hass), ready.entry_id)
        if entity.unique_id.startswith(f"{ready.entry_id}_dome_") and entity.domain in CONTROLS
    ]
    policy = {"domains": {"cover": ALL_RIGHTS}}
    keeper = await make_person_with(hass, "keeper", policy)
    assert not await may(hass, keeper, ready, "open_roof")
    for entity in dome:
        if entity.domain != "cover":
            disable(hass, entity.entity_id)
    assert await may(hass, keeper, ready, "open_roof")
    disable(hass, entity_of(hass, ready, "cover", "dome_shutter"))
    assert not await may(hass, keeper, ready, "open_roof")


def disable(hass: HomeAssistant, entity_id: str) -> None:
    """Disable an entity as a user does."""
    registry = er.async_get(hass)
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)


@pytest.mark.usefixtures("gone")
async def test_without_a_device(
    hass: HomeAssistant, ready: MockConfigEntry, people: dict[str, Person]
) -> None:
    """With the page of the roof deleted only those may open it who may control everything."""
    area = move(hass, ready, "Garden")
    keeper = await make_person_with(hass, "keeper", {"area_ids": {area: ALL_RIGHTS}})
    assert await may(hass, keeper, ready, "open_roof")
    registry = dr.async_get(hass)
    dome = registry.async_get_device_by_identifier(
        (DOMAIN, f"{ready.entry_id}_dome"), ready.entry_id
    )
    assert dome is not None
    registry.async_remove_device(dome.id)
    assert not await may(hass, keeper, ready, "open_roof")
    assert await may(hass, people["user"], ready, "open_roof")
    assert await may(hass, keeper, ready, "secure")


@pytest.mark.usefixtures("gone")
async def test_permission_to_control_is_none_to_read(
    hass: HomeAssistant, ready: MockConfigEntry
) -> None:
    """Nor the other way round, as with entities."""
    area = move(hass, ready, "Garden")
    keeper = await make_person_with(hass, "keeper", {"area_ids": {area: {"control": True}}})
    assert not await may(hass, keeper, ready, "get_events")
    assert await may(hass, keeper, ready, "park")
    watcher = await make_person_with(hass, "watcher", {"area_ids": {area: {"read": True}}})
    assert await may(hass, watcher, ready, "get_events")
    assert not await may(hass, watcher, ready, "park")


PLACE: Final = {"right_ascension": "05h34m32s", "declination": "+22°"}


# Home Assistant is asked as for a part of a device.
@pytest.mark.newest
@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize(
    ("roles", "action", "fields", "more"),
    [
        (["camera"], "capture", {"exposure": 1}, {"filter": "Ha"}),
        (["camera"], "sky_flats", {"count": 1}, {"filter": "Ha"}),
        (["camera", "flat_panel"], "trained_flats", {"count": 1}, {"filter": "Ha"}),
        (["mount"], "slew", PLACE, {"center": True}),
        (["mount"], "slew", PLACE, {"rotation": 0}),
        (["mount", "camera"], "slew", PLACE | {"center": True}, {"rotate": True, "rotation": 1}),
        (["mount"], "slew_to_framing", {}, {"center": True}),
        (["mount"], "slew_to_target", {"target": "M 31", "center": False}, {"rotate": True}),
        (["mount", "camera"], "slew_to_target", {"target": "M 31"}, {"rotate": True}),
        (["hub", "camera", "mount"], "start_polar_alignment", {}, {"filter": "L"}),
    ],
)
async def test_fields_that_concern_more_equipment(
    hass: HomeAssistant,
    ready: MockConfigEntry,
    roles: list[str],
    action: str,
    fields: dict[str, Any],
    more: dict[str, Any],
) -> None:
    """A filter needs the filter wheel, centering the camera, rotating the rotator."""
    area = move(hass, ready, "Pier", *(role for role in roles if role != "hub"))
    policy: dict[str, Any] = {"area_ids": {area: ALL_RIGHTS}}
    if "hub" in roles:
        devices = devices_of_role(hass, ready, Role.HUB)
        policy["device_ids"] = dict.fromkeys(devices, ALL_RIGHTS)
    keeper = await make_person_with(hass, "keeper", policy)
    assert await may(hass, keeper, ready, action, **fields)
    assert not await may(hass, keeper, ready, action, **fields | more)


async def call_as(
    hass: HomeAssistant, context: Context, action: Action, entry_id: str, **fields: Any
) -> None:
    """Carry out an action on behalf of somebody."""
    await hass.services.async_call(
        DOMAIN,
        action.name,
        {**sensible(action), **fields, "config_entry_id": entry_id},
        blocking=True,
        context=context,
        return_response=action.returns is SupportsResponse.ONLY,
    )
