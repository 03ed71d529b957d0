"""People who use Home Assistant: real users with tokens, and the roads by which they act."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN, Group, User
from homeassistant.auth.permissions import PermissionLookup
from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator

GROUPS: Final[Mapping[str, list[str]]] = {
    # The first user becomes the owner, whatever groups he has.
    "owner": [],
    "administrator": [GROUP_ID_ADMIN],
    "user": [GROUP_ID_USER],
    "reader": [GROUP_ID_READ_ONLY],
}
ALL_RIGHTS: Final = {"read": True, "control": True}

SCRIPTS: Final = {
    "script": {
        "do": {"sequence": [{"action": "{{ name }}", "data": "{{ fields }}"}]},
        "ask": {
            "sequence": [
                {"action": "{{ name }}", "data": "{{ fields }}", "response_variable": "answer"}
            ]
        },
    }
}


@dataclass(frozen=True)
class Person:
    """A user with an access token."""

    user: User
    token: str


async def make_person(hass: HomeAssistant, name: str, groups: list[str]) -> Person:
    """Create a user as Home Assistant does, with a long-lived token."""
    user = await hass.auth.async_create_user(name, group_ids=groups)
    refresh = await hass.auth.async_create_refresh_token(
        user,
        client_name=name,
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=1),
    )
    return Person(user, hass.auth.async_create_access_token(refresh))


async def make_person_with(hass: HomeAssistant, name: str, entities: Any) -> Person:
    """Create a user of a group of his own, with a policy for entities."""
    group = Group(name, {"entities": entities})
    assert hass.auth._store._groups is not None
    hass.auth._store._groups[group.id] = group
    return await make_person(hass, name, [group.id])


async def make_people(hass: HomeAssistant) -> dict[str, Person]:
    """Create an owner, an administrator, a user, one who only reads, and one with another area."""
    # The harness does not load what is stored, and with it leaves out where policies look.
    lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    hass.auth._store._perm_lookup = lookup
    people = {name: await make_person(hass, name, groups) for name, groups in GROUPS.items()}
    kitchen = ar.async_get(hass).async_create("Kitchen")
    policy = {"area_ids": {kitchen.id: ALL_RIGHTS}}
    people["neighbor"] = await make_person_with(hass, "neighbor", policy)
    assert [person.user.is_owner for person in people.values()] == [True, *[False] * 4]
    return people


def move(hass: HomeAssistant, entry: MockConfigEntry, area: str, *roles: str) -> str:
    """Move the devices of some roles to an area, all of them by default, and return its id."""
    registry = dr.async_get(hass)
    place = ar.async_get(hass).async_get_or_create(area)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        names = {name.removeprefix(f"{entry.entry_id}_") for _, name in device.identifiers}
        if not roles or names & set(roles):
            registry.async_update_device(device.id, area_id=place.id)
    return place.id


# Carries out an action of Home Assistant with fields; returns what the REST API would answer.
type Road = Callable[[str, dict[str, Any]], Awaitable[int]]

BY_CODE: Final = {
    "service_validation_error": HTTPStatus.BAD_REQUEST,
    "home_assistant_error": HTTPStatus.INTERNAL_SERVER_ERROR,
}


def _asks(hass: HomeAssistant, action: str) -> bool:
    """Return whether an action is to be asked for an answer."""
    return hass.services.supports_response(*action.split(".")) is not SupportsResponse.NONE


async def by_rest(
    hass: HomeAssistant, person: Person, client: ClientSessionGenerator, _: WebSocketGenerator
) -> Road:
    """Act by the REST API with the token of a person."""
    http = await client(person.token)

    async def act(action: str, fields: dict[str, Any]) -> int:
        """Post the action."""
        path = action.replace(".", "/") + "?return_response" * _asks(hass, action)
        return (await http.post(f"/api/services/{path}", json=fields)).status

    return act


async def by_websocket(
    hass: HomeAssistant, person: Person, _: ClientSessionGenerator, client: WebSocketGenerator
) -> Road:
    """Act by the websocket API, as the frontend does."""
    socket = await client(hass, person.token)

    async def act(action: str, fields: dict[str, Any]) -> int:
        """Send the action; who may not do it is told so as for entities, in words."""
        domain, service = action.split(".")
        await socket.send_json_auto_id(
            {
                "type": "call_service",
                "domain": domain,
                "service": service,
                "service_data": fields,
                "return_response": _asks(hass, action),
            }
        )
        answer = await socket.receive_json()
        if answer["success"]:
            return HTTPStatus.OK
        error = answer["error"]
        refused = error["message"] == "Unauthorized" or str(
            error.get("translation_key")
        ).startswith("needs_")
        return HTTPStatus.UNAUTHORIZED if refused else BY_CODE[error["code"]]

    return act


async def by_script(
    hass: HomeAssistant, person: Person, client: ClientSessionGenerator, sockets: WebSocketGenerator
) -> Road:
    """Act by a script that the person runs; it acts with the rights of that person."""
    assert await async_setup_component(hass, "script", SCRIPTS)
    run = await by_rest(hass, person, client, sockets)

    async def act(action: str, fields: dict[str, Any]) -> int:
        """Run the script."""
        script = "script.ask" if _asks(hass, action) else "script.do"
        return await run(script, {"name": action, "fields": fields})

    return act


ROADS: Final = {"rest": by_rest, "websocket": by_websocket, "script": by_script}
