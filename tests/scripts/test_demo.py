"""The parts of the demonstration that need no Home Assistant."""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import shutil
from typing import Any

import pytest
import yaml

from scripts._demo.__main__ import parse
from scripts._demo.check import check_clock, table
from scripts._demo.configuration import EXAMPLES, write_configuration
from scripts._demo.console import Console
from scripts._demo.errors import DemoError
from scripts._demo.live import line
from scripts._demo.rig import Listed, Rig, View
from scripts._demo.target import LOOPBACK, ROOT, Household, Site, Store


def make_view(**states: str) -> View:
    """Return a view of entities named by platform and key, such as `sensor__hub_hfr`."""
    listed = []
    read: dict[str, dict[str, Any]] = {}
    for name, state in states.items():
        platform, key = name.split("__")
        entity_id = f"{platform}.rig_{key}"
        listed.append(Listed(entity_id, key, f"Device {key.partition('_')[0]}", key, False))
        read[entity_id] = {"state": state, "attributes": {}}
    return View(Rig(listed), read)


def test_the_live_line_says_what_is_imaged_and_how_far_the_night_is() -> None:
    view = make_view(
        sensor__hub_now_imaging="M 31 · Ha · frame 3 of 12",
        sensor__hub_frames="7",
        sensor__scheduler_overall_progress="53.6",
        sensor__guider_rms_total="0.45",
        cover__dome_shutter="open",
        binary_sensor__hub_not_safe="off",
        binary_sensor__hub_reachable="on",
    )
    assert line(view) == (
        "M 31 · Ha · frame 3 of 12  ·  7 frames tonight, projects 54%  ·  guiding 0.45″  ·  "
        "dome open  ·  safe"
    )


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({"binary_sensor__hub_reachable": "off"}, "N.I.N.A. is not reachable"),
        ({"binary_sensor__hub_not_safe": "on"}, "UNSAFE"),
        ({"sensor__hub_now_imaging": "unknown"}, "Unknown what is being imaged"),
    ],
)
def test_the_live_line_says_what_is_missing(states: dict[str, str], said: str) -> None:
    assert said in line(make_view(**states))


def test_the_table_names_each_device_once() -> None:
    lines = list(table(make_view(sensor__mount_a="1", sensor__mount_b="2", sensor__dome_c="3")))
    assert len(lines) == 4
    assert sum("Device mount" in shown for shown in lines) == 1


def test_the_check_finds_a_frame_from_the_future() -> None:
    now = datetime.now(UTC)
    check_clock(make_view(image__hub_latest_image=now.isoformat()))
    check_clock(make_view(image__hub_latest_image="unknown"))
    ahead = make_view(image__hub_latest_image=(now + timedelta(minutes=19)).isoformat())
    with pytest.raises(DemoError, match="yet to come"):
        check_clock(ahead)


def test_the_configuration_is_what_home_assistant_wants(tmp_path: Path) -> None:
    write_configuration(tmp_path, 8200, LOOPBACK, Site(47.5, -8.25, 900))
    http = json.loads((tmp_path / ".storage/http").read_text())
    assert http["data"]["stable"]["server_port"] == 8200
    assert http["data"]["stable"]["server_host"] == [LOOPBACK]
    text = (tmp_path / "configuration.yaml").read_text()
    home = yaml.safe_load(text.replace("!include", ""))["homeassistant"]
    assert (home["latitude"], home["longitude"], home["elevation"]) == (47.5, -8.25, 900)
    assert (tmp_path / "custom_components").resolve() == ROOT / "custom_components"
    blueprints = tmp_path / "blueprints/automation/nina_observatory"
    assert not blueprints.is_symlink()
    wanted = {each.name for each in (ROOT / "blueprints/automation/nina_observatory").iterdir()}
    assert {each.name for each in blueprints.iterdir()} == wanted
    installed = yaml.safe_load((tmp_path / "automations.yaml").read_text())
    assert len(installed) >= len(list(EXAMPLES.glob("*.yaml"))) > 0


def test_a_household_has_its_language_and_what_else_is_set_up(tmp_path: Path) -> None:
    german = Household("de", "DE", ("assist_pipeline", "mobile_app"))
    write_configuration(tmp_path, 8200, LOOPBACK, Site(47, 8, 500), household=german)
    text = (tmp_path / "configuration.yaml").read_text()
    written = yaml.safe_load(text.replace("!include", ""))
    assert (written["homeassistant"]["language"], written["homeassistant"]["country"]) == (
        "de",
        "DE",
    )
    assert {"assist_pipeline", "mobile_app"} <= written.keys()


def test_what_the_user_changed_is_kept(tmp_path: Path) -> None:
    site = Site(47, 8, 500)
    write_configuration(tmp_path, 8123, LOOPBACK, site)
    (tmp_path / "automations.yaml").write_text("[]")
    (tmp_path / ".storage/onboarding").write_text("{}")
    # Earlier versions linked the blueprints, and Home Assistant did not find them.
    blueprints = tmp_path / "blueprints/automation/nina_observatory"
    shutil.rmtree(blueprints)
    blueprints.symlink_to(ROOT / "blueprints/automation/nina_observatory")
    write_configuration(tmp_path, 8124, LOOPBACK, site)
    assert blueprints.is_dir()
    assert not blueprints.is_symlink()
    assert any((ROOT / "blueprints/automation/nina_observatory").iterdir())
    assert (tmp_path / "automations.yaml").read_text() == "[]"
    assert (tmp_path / ".storage/onboarding").read_text() == "{}"
    http = json.loads((tmp_path / ".storage/http").read_text())
    assert http["data"]["stable"]["server_port"] == 8124


def test_the_store_remembers_and_forgets(tmp_path: Path) -> None:
    store = Store(tmp_path / "demo")
    store.remember(token="a")
    store.remember(ports={"x": 1})
    assert Store(tmp_path / "demo").read() == {"token": "a", "ports": {"x": 1}}
    store.clear()
    assert store.read() == {}
    (tmp_path / "demo/demo.json").write_text("{broken")
    assert store.read() == {}


def test_a_folder_is_for_one_demonstration_at_a_time(tmp_path: Path) -> None:
    with (
        Store(tmp_path).locked(),
        pytest.raises(DemoError, match="Another demo"),
        Store(tmp_path).locked(),
    ):
        pass
    with Store(tmp_path).locked():
        pass


def test_checks_and_real_rigs_have_folders_of_their_own() -> None:
    folders = {
        parse(arguments)[0].folder
        for arguments in ([], ["--check"], ["--host", "10.0.0.1"], ["--host", "rig", "--check"])
    }
    assert len(folders) == 4
    assert parse(["--check"])[0].fresh
    assert not parse([])[0].fresh


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "65536"], ["--port", "x"]])
def test_a_port_has_to_be_one(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)


async def test_without_a_terminal_a_line_is_printed_when_it_is_news(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = Console()
    console.live("one")
    console.live("one")
    console.live("two")
    async with console.step("Working"):
        pass
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "one"
    assert "two" not in printed
    assert printed[1] == "  … Working"
    assert printed[2].startswith("  ✓ Working (0.0 s)")


def test_the_recorder_uses_the_database_that_there_is(tmp_path: Path) -> None:
    url = "postgresql://homeassistant@/postgres?host=/tmp/socket: 1"
    site = Site(47.5, -8.25, 900)
    for db_url, wanted in ((None, None), (url, {"db_url": url})):
        write_configuration(tmp_path, 8200, LOOPBACK, site, db_url)
        text = (tmp_path / "configuration.yaml").read_text()
        assert yaml.safe_load(text.replace("!include", ""))["recorder"] == wanted
