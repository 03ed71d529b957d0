"""The config flow: each failure has its own message, and none is the end of it."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.nina_observatory.const import CONF_SCHEDULER_PORT, DOMAIN
from simulator import Observatory

from .api.fake import FakeServer, envelope
from .conftest import unload
from .errors import TEXTS

HOST = "127.0.0.1"
# Nobody listens there: the port is reserved, and only root could.
NOBODY = 1

NO_HOSTS = (
    "",
    "   ",
    "imaging pc",
    "http://",
    "ftp://imaging-pc",
    "imaging-pc:port",
    "imaging-pc:99999",
    "somebody@imaging-pc",
    "imaging-pc,192.168.1.20",
    "http://[::1",
    "-",
    "../etc",
    "x" * 64,
    "x." * 200,
)

# Faults of the server with their options, and what is said of them.
FAILURES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("refuse", {}, "cannot_connect"),
    ("hang", {"path": "/version"}, "timeout"),
    ("hang", {"path": "/sequence/json"}, "timeout"),
    ("html", {"path": "/version"}, "not_nina"),
    ("html", {"path": "*", "status": 404}, "not_nina"),
    ("empty", {"path": "/version"}, "not_nina"),
    ("truncated", {"path": "/version"}, "not_nina"),
    ("reset", {"path": "/version"}, "not_nina"),
    ("error_500", {"path": "/version"}, "not_nina"),
    ("wrong_types", {"path": "*"}, "not_nina"),
    ("empty", {"path": "/equipment/*"}, "not_nina"),
    ("unknown_error", {"path": "*"}, "nina_failed"),
)

pytestmark = pytest.mark.usefixtures("quiet", "unloaded")


@pytest.fixture
async def unloaded(hass: HomeAssistant, socket_enabled: None) -> AsyncIterator[None]:
    """Unload whatever a flow has set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        await unload(hass, entry)


@pytest.fixture
async def server(unloaded: None) -> AsyncIterator[FakeServer]:
    """Run a server that answers whatever a test wants."""
    server = FakeServer("/v2/api")
    await server.start()
    yield server
    await server.stop()


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Begin to set up a rig."""
    form = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "user")
    return form


async def submit(hass: HomeAssistant, form: ConfigFlowResult, **values: Any) -> ConfigFlowResult:
    """Fill in a form; without a host, that of this machine."""
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_HOST: HOST, **values}
    )
    await hass.async_block_till_done(wait_background_tasks=False)
    return result


def suggested(form: ConfigFlowResult) -> dict[str, Any]:
    """Return what a form is filled with when it is shown."""
    schema = form["data_schema"]
    assert schema is not None
    return {str(key): (key.description or {}).get("suggested_value") for key in schema.schema}


def assert_error(form: ConfigFlowResult, field: str, error: str) -> None:
    """Check that a form is shown again with an error that has a text."""
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {field: error}
    assert TEXTS["config"]["error"][error]


async def test_a_rig_is_set_up(hass: HomeAssistant, observatory: Observatory) -> None:
    """What was tested is stored, and the entry is loaded."""
    values = {CONF_PORT: observatory.port, CONF_SCHEDULER_PORT: observatory.scheduler_port}
    result = await submit(hass, await start(hass), **values)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Observatory"
    assert result["data"] == {CONF_HOST: HOST, **values}
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "typed",
    ["http://{}:{}/v2/api", "  {} ", "{}:{}", "ws://{}:{}/v2/socket", "HTTP://{}:{}/", "[{}]"],
)
async def test_an_address_is_understood_however_it_is_typed(
    hass: HomeAssistant, observatory: Observatory, typed: str
) -> None:
    """Scheme, path, blanks and a port typed along are taken for what they mean."""
    port = NOBODY if typed.count("{}") == 2 else observatory.port
    host = typed.format(HOST, observatory.port)
    result = await submit(hass, await start(hass), host=host, port=port)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {CONF_HOST: HOST, CONF_PORT: observatory.port}


async def test_what_cannot_be_a_host_is_refused(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """Nobody is asked, everything typed is kept, and correcting it is enough."""
    form = await start(hass)
    for typed in NO_HOSTS:
        with subtests.test(typed):
            form = await submit(hass, form, host=typed, port=observatory.port)
            assert_error(form, CONF_HOST, "invalid_host")
            assert suggested(form)[CONF_HOST] == typed
    assert observatory.ledger.total == 0
    result = await submit(hass, form, port=observatory.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("port", [0, -1, 65536, "many"])
async def test_what_cannot_be_a_port_is_refused(hass: HomeAssistant, port: object) -> None:
    """The form itself knows what a port is."""
    form = await start(hass)
    with pytest.raises(InvalidData):
        await submit(hass, form, port=port)


async def test_each_failure_has_its_message_and_is_overcome(
    hass: HomeAssistant, observatory: Observatory, impatient: None, subtests: pytest.Subtests
) -> None:
    """The form says what is wrong, keeps what was typed, and works once that is put right."""
    values = {CONF_PORT: observatory.port, CONF_SCHEDULER_PORT: observatory.scheduler_port}
    form = await start(hass)
    for fault, options, error in FAILURES:
        with subtests.test(f"{fault} {options}"):
            async with observatory.faults.during(fault, **options):
                form = await submit(hass, form, **values)
            assert_error(form, "base", error)
            assert suggested(form) == {CONF_NAME: "Observatory", CONF_HOST: HOST, **values}
    assert (await submit(hass, form, **values))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("fault", "path"),
    [
        ("nan_everywhere", "*"),
        ("unknown_names", "*"),
        ("unknown_error", "/equipment/info"),
        ("empty", "/sequence/json"),
        ("error_500", "/sequence/json"),
        ("unknown_error", "/sequence/json"),
        ("unknown_error", "/application-start"),
    ],
)
async def test_oddities_of_a_rig_are_no_obstacle(
    hass: HomeAssistant, observatory: Observatory, fault: str, path: str
) -> None:
    """What is N.I.N.A. beyond doubt is accepted, whatever one of its answers looks like."""
    async with observatory.faults.during(fault, path=path):
        result = await submit(hass, await start(hass), port=observatory.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"<html><body>It works!</body></html>", "text/html", 200),
        (b"<html><body>Go away</body></html>", "text/html", 403),
        (b"", "text/html", 200),
        (b"", "application/json", 302),
        (b'{"Response": "2.2.15.0", "Succ', "application/json", 200),
        (b'{"version": "2.2.15.0"}', "application/json", 200),
        (b"NaN", "application/json", 200),
        (b'{"Response": NaN, "Success": true}', "application/json", 200),
        (b'"2.2.15.0"', "application/json", 200),
        (b"[]", "application/json", 200),
        (b"\xff\xd8\xff\xe0", "image/jpeg", 200),
        (envelope("not a version"), "application/json", 200),
        (envelope(None), "application/json", 200),
    ],
)
async def test_a_web_server_that_is_not_nina(
    hass: HomeAssistant, server: FakeServer, body: bytes, content_type: str, status: int
) -> None:
    """Something answers, but it does not speak the language."""
    server.raw("version", body, content_type, status)
    form = await submit(hass, await start(hass), port=server.port)
    assert_error(form, "base", "not_nina")
    assert server.paths == ["version"]


@pytest.mark.parametrize("version", ["1.9.9.9", "0.1"])
async def test_a_plugin_that_is_too_old(
    hass: HomeAssistant, server: FakeServer, version: str
) -> None:
    """What is older than anything known is told so."""
    server.answer("version", version)
    assert_error(await submit(hass, await start(hass), port=server.port), "base", "plugin_too_old")


async def test_nina_is_still_starting(hass: HomeAssistant, observatory: Observatory) -> None:
    """The sequencer comes last; a few seconds later all is well."""
    observatory.sequence.initialized = False
    form = await submit(hass, await start(hass), port=observatory.port)
    assert_error(form, "base", "still_starting")
    observatory.sequence.initialized = True
    result = await submit(hass, form, port=observatory.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_nobody_at_all(hass: HomeAssistant, observatory: Observatory) -> None:
    """A port at which nobody listens, then the right one."""
    form = await submit(hass, await start(hass), port=NOBODY)
    assert_error(form, "base", "cannot_connect")
    result = await submit(hass, form, port=observatory.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_scheduler_is_tested_too(
    hass: HomeAssistant, observatory: Observatory, impatient: None, subtests: pytest.Subtests
) -> None:
    """Its error is shown at its field; without it the rig is set up anyway."""
    values = {CONF_PORT: observatory.port, CONF_SCHEDULER_PORT: observatory.scheduler_port}
    form = await start(hass)
    for fault, error in (
        ("html", "not_scheduler"),
        ("empty", "not_scheduler"),
        ("truncated", "not_scheduler"),
        ("hang", "scheduler_cannot_connect"),
    ):
        with subtests.test(fault):
            async with observatory.faults.during(fault, path="/ts/v0/*"):
                form = await submit(hass, form, **values)
            assert_error(form, CONF_SCHEDULER_PORT, error)
            assert suggested(form) == {CONF_NAME: "Observatory", CONF_HOST: HOST, **values}
    async with observatory.faults.during("scheduler_gone"):
        form = await submit(hass, form, **values)
        assert_error(form, CONF_SCHEDULER_PORT, "scheduler_cannot_connect")
        result = await submit(hass, form, port=observatory.port)
    assert result["data"] == {CONF_HOST: HOST, CONF_PORT: observatory.port}


async def test_the_port_of_nina_is_not_that_of_the_scheduler(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Typed the wrong way round, both fields say so."""
    form = await submit(
        hass, await start(hass), port=observatory.port, scheduler_port=observatory.port
    )
    assert_error(form, CONF_SCHEDULER_PORT, "not_scheduler")
    form = await submit(hass, form, port=observatory.scheduler_port)
    assert_error(form, "base", "not_nina")


@pytest.mark.parametrize("typed", [HOST, f" http://{HOST}"])
async def test_the_same_rig_twice(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry, typed: str
) -> None:
    """One N.I.N.A. is one entry."""
    entry.add_to_hass(hass)
    result = await submit(hass, await start(hass), host=typed, port=observatory.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_the_same_rig_by_another_name(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """What was started at the same moment is the same N.I.N.A., whatever it is called."""
    data = {**loaded_entry.data, CONF_HOST: "imaging-pc"}
    hass.config_entries.async_update_entry(loaded_entry, data=data)
    result = await submit(hass, await start(hass), port=observatory.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    form = await loaded_entry.start_reconfigure_flow(hass)
    result = await submit(hass, form, port=observatory.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded_entry.data[CONF_HOST] == HOST


async def test_a_second_rig_has_a_name_of_its_own(
    hass: HomeAssistant, observatory: Observatory, entry: MockConfigEntry
) -> None:
    """Two rigs on one computer differ by their ports."""
    entry.add_to_hass(hass)
    async with Observatory(port=0, scheduler_port=None, speed=150) as second:
        result = await submit(hass, await start(hass), port=second.port)
        assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Observatory 2")
        await unload(hass, result["result"])


async def test_the_name_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """That of the first rig; devices are named after it, in the same language."""
    await hass.config.async_update(language="de")
    result = await submit(hass, await start(hass), port=observatory.port)
    assert (result["type"], result["title"]) == (FlowResultType.CREATE_ENTRY, "Sternwarte")
    names = {device.name for device in dr.async_get(hass).devices}
    assert {"Sternwarte", "Sternwarte Kamera", "Sternwarte Kuppel"} <= names


async def test_moving_to_another_port(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """The entry keeps everything else, and finds N.I.N.A. again."""
    await observatory.faults.start("port_moved")
    form = await loaded_entry.start_reconfigure_flow(hass)
    assert suggested(form) == {CONF_NAME: loaded_entry.title, **loaded_entry.data}
    form = await submit(hass, form, port=loaded_entry.data[CONF_PORT])
    assert_error(form, "base", "cannot_connect")
    result = await submit(hass, form, port=observatory.port)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert loaded_entry.data == {CONF_HOST: HOST, CONF_PORT: observatory.port}
    assert loaded_entry.state is ConfigEntryState.LOADED
    assert loaded_entry.runtime_data.equipment.data.reachable


async def test_taking_the_scheduler_out(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """Its device does not stay behind; put in again it is as it was."""
    plan = "calendar.observatory_target_scheduler_plan"
    er.async_get(hass).async_update_entity(plan, name="Tonight")
    await submit(hass, await loaded_entry.start_reconfigure_flow(hass), port=observatory.port)
    registry, identifier = dr.async_get(hass), (DOMAIN, f"{loaded_entry.entry_id}_scheduler")
    assert registry.async_get_device_by_identifier(identifier, loaded_entry.entry_id) is None
    assert er.async_get(hass).async_get(plan) is None
    ports = {CONF_PORT: observatory.port, CONF_SCHEDULER_PORT: observatory.scheduler_port}
    await submit(hass, await loaded_entry.start_reconfigure_flow(hass), **ports)
    assert registry.async_get_device_by_identifier(identifier, loaded_entry.entry_id)
    entity = er.async_get(hass).async_get(plan)
    assert (None if entity is None else entity.name) == "Tonight"


async def test_reconfiguring_with_the_same_address(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """The own address is nobody else's."""
    result = await submit(
        hass, await loaded_entry.start_reconfigure_flow(hass), **dict(loaded_entry.data)
    )
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")


async def test_reconfiguring_to_the_address_of_another(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """An address that another entry has is refused, and nothing is changed."""
    async with Observatory(port=0, scheduler_port=None, speed=150) as second:
        other = (await submit(hass, await start(hass), port=second.port))["result"]
        before = dict(loaded_entry.data)
        result = await submit(
            hass, await loaded_entry.start_reconfigure_flow(hass), port=second.port
        )
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
        assert loaded_entry.data == before
        await unload(hass, other)


async def options_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> ConfigFlowResult:
    """Choose a form in the menu of the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["general", "roof_guard", "night_watch"]
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )


async def test_options(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """What happens to the mount before the roof moves is a matter of choice."""
    form = await options_form(hass, loaded_entry, "general")
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            form["flow_id"], {"roof_interlock": "hope"}
        )
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"roof_interlock": "refuse"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert loaded_entry.options["roof_interlock"] == "refuse"
    assert (
        suggested(await options_form(hass, loaded_entry, "general"))["roof_interlock"] == "refuse"
    )
    await hass.async_block_till_done(wait_background_tasks=False)
    assert loaded_entry.state is ConfigEntryState.LOADED


async def test_options_of_the_roof_guard(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """Each form leaves the answers to the other one alone; what is cleared is gone."""
    general = await options_form(hass, loaded_entry, "general")
    sequence = {"start_up_sequence": "Night", "secure_roof_limit": 120}
    await hass.config_entries.options.async_configure(general["flow_id"], sequence)
    guard = await options_form(hass, loaded_entry, "roof_guard")
    chosen = {"roof_guard": "rain", "roof_guard_rain_sensors": ["binary_sensor.rain"]}
    await hass.config_entries.options.async_configure(guard["flow_id"], chosen)
    assert loaded_entry.options["start_up_sequence"] == "Night"
    assert {key: loaded_entry.options[key] for key in chosen} == chosen
    assert (
        loaded_entry.options["roof_guard_minutes"],
        loaded_entry.options["roof_guard_stop_sequence"],
    ) == (
        10,
        "if_needed",
    )
    general = await options_form(hass, loaded_entry, "general")
    await hass.config_entries.options.async_configure(general["flow_id"], {})
    assert "start_up_sequence" not in loaded_entry.options
    assert {key: loaded_entry.options[key] for key in chosen} == chosen
    await hass.async_block_till_done(wait_background_tasks=False)
    assert loaded_entry.state is ConfigEntryState.LOADED


async def test_a_roof_guard_for_a_dome_without_a_shutter(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: MockConfigEntry
) -> None:
    """There is nothing to close; switched off it may stay."""
    observatory.dome.can_set_shutter = False
    observatory.dome.refresh()
    await loaded_entry.runtime_data.equipment.async_read()
    form = await options_form(hass, loaded_entry, "roof_guard")
    form = await hass.config_entries.options.async_configure(
        form["flow_id"], {"roof_guard": "unsafe"}
    )
    assert form["errors"] == {"roof_guard": "no_shutter"}
    assert TEXTS["options"]["error"]["no_shutter"]
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"roof_guard": "off"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
