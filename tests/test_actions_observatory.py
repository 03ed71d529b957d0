"""How an action finds its observatory: by its entry, a device, an entity, a place, or because it is the only one."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.actions import ACTIONS
from custom_components.nina_observatory.actions.observatory import NAMING
from custom_components.nina_observatory.const import DOMAIN
from simulator import Observatory

from .action_fields import sensible
from .commanding import entity_of, sent
from .errors import TEXTS, refused
from .people import ALL_RIGHTS, Person, make_person_with, move
from .states import act

UNPARK: Final = "/equipment/mount/unpark"


@pytest.fixture
async def backyard(hass: HomeAssistant, ready: MockConfigEntry) -> AsyncIterator[MockConfigEntry]:
    """Return the entry of a second observatory, whose N.I.N.A. is closed."""
    entry = MockConfigEntry(domain=DOMAIN, title="Backyard", data={"host": "127.0.0.1", "port": 1})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield entry
    await hass.config_entries.async_remove(entry.entry_id)


def device_of(hass: HomeAssistant, entry: MockConfigEntry, role: str = "") -> str:
    """Return the id of a device of an entry, the hub by default."""
    identifier = (DOMAIN, f"{entry.entry_id}_{role}" if role else entry.entry_id)
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert device is not None
    return device.id


async def asked(hass: HomeAssistant, naming: Mapping[str, Any], **fields: Any) -> str:
    """Return which of the two observatories an action asked: only one of them answers."""
    try:
        await hass.services.async_call(
            DOMAIN,
            "get_framing",
            fields,
            blocking=True,
            target=dict(naming),
            return_response=True,
        )
    except HomeAssistantError as err:
        if err.translation_key != "cannot_connect":
            raise
        return "Backyard"
    return "Observatory"


async def test_the_only_observatory_need_not_be_named(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Nor one beside others that are disabled or ignored; it may be named in every way."""
    for more in ({"disabled_by": ConfigEntryDisabler.USER}, {"source": "ignore"}):
        MockConfigEntry(domain=DOMAIN, title="Old", **more).add_to_hass(hass)
    unparked = "binary_sensor.observatory_mount_parked"
    device_id = device_of(hass, ready, "camera")
    for naming in (
        {},
        {"config_entry_id": ready.entry_id},
        {"device_id": device_id},
        {"device_id": [device_id, device_of(hass, ready)]},
        {"entity_id": unparked},
        {"entity_id": f"{unparked}, cover.observatory_dome"},
        {"entity_id": "all"},
        {"entity_id": [unparked], "device_id": device_id, "config_entry_id": ready.entry_id},
    ):
        with subtests.test(str(naming)):
            await act(hass, f"{DOMAIN}.park")
            observatory.ledger.reset()
            await hass.services.async_call(DOMAIN, "unpark", naming, blocking=True)
            assert sent(observatory) == [(UNPARK, {})]


async def test_every_action_works_without_a_name(
    hass: HomeAssistant, ready: MockConfigEntry, observatory: Observatory
) -> None:
    """No action has a field of its own for it that has to be given; the answer is the same."""
    for action in ACTIONS:
        own = {str(field) for field in action.fields}
        assert own.isdisjoint(map(str, NAMING)) or action.name == "connect"
    named = await act(
        hass, f"{DOMAIN}.get_projects", config_entry_id=ready.entry_id, return_response=True
    )
    assert await act(hass, f"{DOMAIN}.get_projects", return_response=True) == named
    await act(hass, f"{DOMAIN}.disconnect", device="focuser")
    await act(hass, f"{DOMAIN}.connect", device="focuser", entity_id="cover.observatory_dome")
    assert observatory.focuser.connected


async def test_each_way_to_name_one_of_two(
    hass: HomeAssistant,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Device, entity, group, area, floor and label lead to one; whatever else is there does not matter."""
    lamp = MockConfigEntry(domain="sun", title="Lamp")
    lamp.add_to_hass(hass)
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    stranger = devices.async_get_or_create(
        config_entry_id=lamp.entry_id, identifiers={("sun", "lamp")}, name="Lamp"
    )
    floor = fr.async_get(hass).async_create("Roof terrace")
    label = lr.async_get(hass).async_create("Astronomy")
    for entry, area in ((ready, "Garden"), (backyard, "Terrace")):
        move(hass, entry, area)
    terrace, garden = (
        areas.async_get_area_by_name("Terrace"),
        areas.async_get_area_by_name("Garden"),
    )
    assert terrace is not None
    assert garden is not None
    areas.async_update(terrace.id, floor_id=floor.floor_id)
    devices.async_update_device(stranger.id, area_id=terrace.id)
    dome = entity_of(hass, ready, "cover", "dome_shutter")
    er.async_get(hass).async_update_entity(dome, labels={label.label_id})
    group = {"group": {"shutters": {"entities": [dome, "sun.sun"]}}}
    assert await async_setup_component(hass, "group", group)
    await hass.async_block_till_done()
    reachable = entity_of(hass, backyard, "binary_sensor", "hub_reachable")
    for naming, wanted in (
        ({"device_id": device_of(hass, backyard)}, "Backyard"),
        ({"device_id": [device_of(hass, ready, "mount")]}, "Observatory"),
        ({"entity_id": reachable}, "Backyard"),
        ({"entity_id": [dome]}, "Observatory"),
        ({"entity_id": "group.shutters"}, "Observatory"),
        ({"area_id": terrace.id}, "Backyard"),
        ({"area_id": [garden.id]}, "Observatory"),
        ({"floor_id": floor.floor_id}, "Backyard"),
        ({"label_id": label.label_id}, "Observatory"),
        ({"area_id": garden.id, "entity_id": dome}, "Observatory"),
    ):
        with subtests.test(str(naming)):
            assert await asked(hass, naming) == wanted
    assert await asked(hass, {}, config_entry_id=backyard.entry_id) == "Backyard"
    both = {"config_entry_id": backyard.entry_id}
    assert await asked(hass, {"area_id": terrace.id}, **both) == "Backyard"


async def test_more_than_one_is_not_guessed(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """Two and none named, or both: the error lists them; one that is not loaded counts as well."""
    area = move(hass, ready, "Garden")
    move(hass, backyard, "Garden")
    hubs = [device_of(hass, each) for each in (ready, backyard)]
    for key, naming in (
        ("observatory_missing", {}),
        ("observatories_named", {"device_id": hubs}),
        ("observatories_named", {"area_id": area}),
        ("observatories_named", {"entity_id": "all"}),
        ("observatories_named", {"config_entry_id": ready.entry_id, "device_id": hubs[1]}),
    ):
        with subtests.test(str(naming)), refused(key) as raised:
            await asked(hass, naming)
        assert raised.value.translation_placeholders == {"names": "Backyard, Observatory"}
    for action in ACTIONS:
        with subtests.test(action.name), refused("observatory_missing"):
            await hass.services.async_call(
                DOMAIN,
                action.name,
                sensible(action),
                blocking=True,
                return_response=action.returns == "only",
            )
    assert sent(observatory) == []
    assert await hass.config_entries.async_unload(backyard.entry_id)
    with refused("observatory_missing"):
        await act(hass, f"{DOMAIN}.unpark")
    with pytest.raises(ServiceValidationError) as unloaded:
        await asked(hass, {"device_id": hubs[1]})
    assert unloaded.value.translation_key == "service_config_entry_not_loaded"
    assert sent(observatory) == []


async def test_what_belongs_to_no_observatory(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    subtests: pytest.Subtests,
) -> None:
    """A name that leads nowhere is refused, also where there is only one observatory."""
    lamp = MockConfigEntry(domain="sun", title="Lamp")
    lamp.add_to_hass(hass)
    stranger = dr.async_get(hass).async_get_or_create(
        config_entry_id=lamp.entry_id, identifiers={("sun", "lamp")}, name="Lamp"
    )
    kitchen = ar.async_get(hass).async_create("Kitchen").id
    own = device_of(hass, ready)
    for naming, given in (
        ({"device_id": stranger.id}, "Lamp"),
        ({"device_id": [own, stranger.id]}, "Lamp"),
        ({"device_id": "nobody"}, "nobody"),
        ({"entity_id": "sun.sun"}, "sun.sun"),
        ({"entity_id": "none"}, "none"),
        ({"entity_id": ["cover.observatory_dome", "sun.sun"]}, "sun.sun"),
        ({"area_id": kitchen}, kitchen),
        ({"area_id": "nowhere"}, "nowhere"),
        ({"floor_id": ["cellar", "attic"]}, "cellar, attic"),
        ({"label_id": "anything"}, "anything"),
    ):
        with subtests.test(str(naming)), refused("not_of_observatory") as raised:
            await hass.services.async_call(DOMAIN, "unpark", naming, blocking=True)
        assert raised.value.translation_placeholders == {"given": given}
    for key in ("device_id", "entity_id", "area_id", "floor_id", "label_id"):
        for value in ([], "", " ", None, 5, [None], {"a": 1}, ["line\nbreak"]):
            with subtests.test(f"{key} {value!r}"), refused("field_no_text"):
                await hass.services.async_call(DOMAIN, "unpark", {key: value}, blocking=True)
    assert sent(observatory) == []


async def test_the_device_to_connect_is_one_of_nina(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """Its field has had that name for longer; a device of Home Assistant is not sent to N.I.N.A."""
    hub = device_of(hass, ready)
    for device_id in (hub, [hub]):
        with refused("field_no_driver_id"):
            await act(hass, f"{DOMAIN}.connect", device="focuser", device_id=device_id)
    assert sent(observatory) == []


async def test_no_observatory_at_all(hass: HomeAssistant) -> None:
    """Nothing is set up; the actions exist, for automations are checked against them."""
    assert await async_setup_component(hass, DOMAIN, {})
    for naming, key in (
        ({}, "service_found_no_config_entry_for_domain"),
        ({"entity_id": "all"}, "not_of_observatory"),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await hass.services.async_call(DOMAIN, "park", naming, blocking=True)
        assert raised.value.translation_key == key


async def test_names_are_for_those_who_may_use_them(
    hass: HomeAssistant,
    observatory: Observatory,
    ready: MockConfigEntry,
    backyard: MockConfigEntry,
    people: dict[str, Person],
    subtests: pytest.Subtests,
) -> None:
    """The user is checked whichever way the observatory is named, before anything is told of it."""
    observatory.ledger.reset()
    garden, terrace = move(hass, ready, "Garden"), move(hass, backyard, "Terrace")
    keeper = await make_person_with(hass, "keeper", {"area_ids": {garden: ALL_RIGHTS}})

    async def secure(person: Person, **naming: Any) -> None:
        await hass.services.async_call(
            DOMAIN, "unpark", naming, blocking=True, context=Context(user_id=person.user.id)
        )

    ways: tuple[dict[str, Any], ...] = (
        {},
        {"config_entry_id": ready.entry_id},
        {"device_id": device_of(hass, ready)},
        {"entity_id": "cover.observatory_dome"},
        {"area_id": garden},
        {"area_id": "nowhere"},
        {"device_id": "nobody"},
        {"device_id": [device_of(hass, each) for each in (ready, backyard)]},
    )
    for person in (people["reader"], people["neighbor"]):
        for naming in ways:
            with subtests.test(str(naming)), pytest.raises(Unauthorized):
                await secure(person, **naming)
    for naming in ({"area_id": terrace}, {"device_id": device_of(hass, backyard)}):
        with subtests.test(str(naming)), pytest.raises(Unauthorized):
            await secure(keeper, **naming)
    with refused("observatory_missing") as raised:
        await secure(keeper)
    assert raised.value.translation_placeholders == {"names": "Observatory"}
    assert sent(observatory) == []
    await secure(keeper, entity_id="cover.observatory_dome")
    assert sent(observatory) == [(UNPARK, {})]


async def test_a_target_in_a_script(
    hass: HomeAssistant, observatory: Observatory, ready: MockConfigEntry
) -> None:
    """As automations name what they act on, also by a template."""
    action = {
        "action": f"{DOMAIN}.unpark",
        "target": {"device_id": "{{ device_id('cover.observatory_dome') }}"},
    }
    assert await async_setup_component(hass, "script", {"script": {"dawn": {"sequence": [action]}}})
    await act(hass, "script.dawn")
    assert sent(observatory) == [(UNPARK, {})]


def test_the_form_has_every_way_in_one_place() -> None:
    """Folded: who has one observatory never opens it."""
    for action in ACTIONS:
        texts = TEXTS["services"][action.name]
        assert set(texts["sections"]) == {"observatory"}
        wanted = {"config_entry_id", "device_id", "entity_id"}
        assert wanted <= texts["fields"].keys()
