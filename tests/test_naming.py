"""The name of an observatory: asked for in the form, and what its devices are called."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.nina_observatory.const import DOMAIN
from custom_components.nina_observatory.helpers.naming import free_name, suggested_name
from simulator import Observatory

from .conftest import unload
from .errors import TEXTS
from .test_config_flow import HOST, unloaded
from .waiting import eventually

__all__ = ["unloaded"]

pytestmark = pytest.mark.usefixtures("quiet", "unloaded")

FLOW = "/api/config/config_entries/flow"

REFUSED = {
    "": "name_missing",
    "   ": "name_missing",
    "\N{ZERO WIDTH SPACE}\n": "name_missing",
    "x" * 51: "name_too_long",
    "\N{TELESCOPE}" * 200: "name_too_long",
}


class Form:
    """The form as a browser shows it."""

    def __init__(self, hass: HomeAssistant, client: TestClient[Any, Any], port: int) -> None:
        self._hass = hass
        self._client = client
        self._port = port
        self.shown: dict[str, Any] = {}

    async def open(self, entry: ConfigEntry | None = None) -> None:
        """Open it for a new entry, or to change one."""
        begin = {"handler": DOMAIN} | ({} if entry is None else {"entry_id": entry.entry_id})
        self.shown = await self._post(FLOW, begin)

    async def submit(self, **values: Any) -> dict[str, Any]:
        """Fill it in and submit it."""
        given = {"host": HOST, "port": self._port, **values}
        self.shown = await self._post(f"{FLOW}/{self.shown['flow_id']}", given)
        return self.shown

    def filled(self, field: str) -> Any:
        """Return what a field contains, as the browser fills it in."""
        (found,) = [each for each in self.shown["data_schema"] if each["name"] == field]
        suggested = (found.get("description") or {}).get("suggested_value")
        return found.get("default") if suggested is None else suggested

    async def _post(self, url: str, values: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.post(url, json=values)
        assert answer.status == HTTPStatus.OK
        shown: dict[str, Any] = await answer.json()
        await self._hass.async_block_till_done(wait_background_tasks=False)
        return shown


@pytest.fixture
async def form(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, observatory: Observatory
) -> Form:
    """Return the form in a browser."""
    # All that answers requests is registered before the first one comes.
    for component in ("config", "calendar", "camera", "image", DOMAIN):
        assert await async_setup_component(hass, component, {})
    return Form(hass, await hass_client(), observatory.port)


def device(hass: HomeAssistant, entry: ConfigEntry, role: str | None = None) -> dr.DeviceEntry:
    """Return the device of a role, or the hub."""
    identifier = (DOMAIN, entry.entry_id if role is None else f"{entry.entry_id}_{role}")
    found = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    assert found is not None
    return found


def the_entry(hass: HomeAssistant) -> ConfigEntry:
    """Return the newest entry."""
    return hass.config_entries.async_entries(DOMAIN)[-1]


async def test_the_form_asks_for_a_name(
    hass: HomeAssistant, form: Form, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """What cannot be a name is refused, with what was typed, before N.I.N.A. is asked."""
    await form.open()
    assert form.filled("name") == "Observatory"
    for typed, error in REFUSED.items():
        with subtests.test(typed):
            shown = await form.submit(name=typed)
            assert (shown["type"], shown["errors"]) == ("form", {"name": error})
            assert TEXTS["config"]["error"][error]
            assert form.filled("name") == typed
    shown = await form.submit(name="", host="no host")
    assert shown["errors"] == {"name": "name_missing", "host": "invalid_host"}
    assert observatory.ledger.total == 0
    shown = await form.submit(name="  \N{TELESCOPE} Back\tyard ")
    assert (shown["type"], shown["title"]) == ("create_entry", "\N{TELESCOPE} Back yard")
    await eventually(lambda: hass.states.get("cover.back_yard_dome") is not None)
    entry = the_entry(hass)
    assert device(hass, entry).name == "\N{TELESCOPE} Back yard"
    assert device(hass, entry, "mount").name == "\N{TELESCOPE} Back yard mount"


@pytest.mark.parametrize("typed", ["x" * 50, "\N{TELESCOPE}", "{rig} *a* [b](c)"])
async def test_unusual_names(hass: HomeAssistant, form: Form, typed: str) -> None:
    """As long as a name may be, one that no entity id can be made of, and one that looks like code."""
    await form.open()
    shown = await form.submit(name=typed)
    assert (shown["type"], shown["title"]) == ("create_entry", typed)
    entry, registry = the_entry(hass), er.async_get(hass)
    await eventually(lambda: len(er.async_entries_for_config_entry(registry, entry.entry_id)) > 100)
    assert device(hass, entry, "mount").name == f"{typed} mount"


async def test_each_rig_has_a_name_of_its_own(
    hass: HomeAssistant, form: Form, entry: MockConfigEntry
) -> None:
    """One that another has is refused, in whatever case; the form suggests one that is free."""
    entry.add_to_hass(hass)
    async with Observatory(port=0, scheduler_port=None, speed=150) as second:
        await form.open()
        assert form.filled("name") == "Observatory 2"
        for typed in ("Observatory", " OBSERVATORY "):
            shown = await form.submit(name=typed, port=second.port)
            assert shown["errors"] == {"name": "name_taken"}
        shown = await form.submit(name="Observatory 2", port=second.port)
        assert (shown["type"], shown["title"]) == ("create_entry", "Observatory 2")
        # Changing one does not make it the other.
        await form.open(the_entry(hass))
        assert form.filled("name") == "Observatory 2"
        shown = await form.submit(name="Observatory", port=second.port)
        assert shown["errors"] == {"name": "name_taken"}
        shown = await form.submit(port=second.port)
        assert (shown["type"], shown["reason"]) == ("abort", "reconfigure_successful")
        assert the_entry(hass).title == "Observatory 2"
        await unload(hass, the_entry(hass))


async def test_another_name(
    hass: HomeAssistant, form: Form, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """All devices have it, also those not connected; names that a person gave stay, and entity ids."""
    registry = dr.async_get(hass)
    mine = device(hass, loaded_entry, "camera")
    registry.async_update_device(mine.id, name_by_user="The big one")
    await observatory.rotator.disconnect()
    before = {each.entity_id for each in entities(hass, loaded_entry)}
    await form.open(loaded_entry)
    shown = await form.submit(name="Backyard", scheduler_port=observatory.scheduler_port)
    assert (shown["type"], shown["reason"]) == ("abort", "reconfigure_successful")
    assert loaded_entry.title == "Backyard"
    assert device(hass, loaded_entry).name == "Backyard"
    for role in ("camera", "rotator", "dome", "scheduler"):
        text = TEXTS["device"][role]["name"].format(rig="Backyard")
        assert device(hass, loaded_entry, role).name == text
    assert device(hass, loaded_entry, "camera").name_by_user == "The big one"
    assert {each.entity_id for each in entities(hass, loaded_entry)} == before


def entities(hass: HomeAssistant, entry: ConfigEntry) -> list[er.RegistryEntry]:
    """Return the entities of an entry."""
    return er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)


async def test_a_name_that_home_assistant_let_pass(
    hass: HomeAssistant, form: Form, loaded_entry: MockConfigEntry
) -> None:
    """An entry can be renamed to anything on its page; that is no obstacle to a new address."""
    hass.config_entries.async_update_entry(loaded_entry, title="y" * 80)
    await form.open(loaded_entry)
    assert form.filled("name") == "y" * 80
    shown = await form.submit(name="y" * 80)
    assert (shown["type"], shown["reason"]) == ("abort", "reconfigure_successful")


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        ("touchnstars_Backyard", "Backyard"),
        ("touchnstars_observatory-pc", "observatory-pc"),
        # Nobody chose these.
        ("touchnstars_DESKTOP-4F2K1AB", "Observatory"),
        ("touchnstars_LAPTOP-0123ABCD_2", "Observatory"),
        ("touchnstars_", "Observatory"),
        ("touchnstars_Old Rig", "Old Rig 2"),
        ("touchnstars_" + "z" * 300, "z" * 46 + "…"),
    ],
)
def test_names_from_announcements(instance: str, name: str) -> None:
    assert suggested_name(instance, {"Old Rig"}) == name


def test_free_names() -> None:
    assert free_name({"observatory", "Observatory 2"}) == "Observatory 3"
    assert free_name(()) == "Observatory"
