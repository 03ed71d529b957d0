"""The checks find the faults they are there for, and nothing in a checkout without faults."""

import json
from pathlib import Path

from PIL import Image
import pytest

from scripts._checks.__main__ import CHECKS, ROOT, run_check
from scripts._checks.dashboard import LARGEST, MODULE
from scripts._checks.documents import FIRST_AUTOMATION
from scripts._checks.entities import described
from scripts._checks.files import integration, read_json
from scripts._checks.icons import LOGOS, SQUARES
from scripts._checks.layers import LAYERS, faults_of, too_many_rooms
from scripts._site.pages import ELSEWHERE, SOURCES, anchors

from .conftest import ACTIONS, CODE, ICONS, MANIFEST, TEXTS, Checkout

BY_NAME = {check.__name__.removeprefix("check_"): check for check in CHECKS}
# What looks at files that a small checkout does not have.
OF_A_WHOLE_REPOSITORY = {
    "brand",
    "rooms",
    "entities",
    "entity_texts",
    "unused",
    "addresses",
    "site",
    "blocks",
    "citations",
    "example",
    "generated",
    "performance",
    "workflows",
    "forms",
}


def found_by(check: str, root: Path) -> list[str]:
    """Return the faults that a check finds."""
    return run_check(BY_NAME[check], root)


@pytest.mark.parametrize("check", [name for name in BY_NAME if name not in OF_A_WHOLE_REPOSITORY])
def test_nothing_is_found_where_nothing_is_wrong(check: str, checkout: Checkout) -> None:
    assert found_by(check, checkout.root) == []


FAULTS: list[tuple[str, str, str, str, str]] = [
    ("manifest", "manifest.json", '"domain"', '"domein"', "keys must be domain"),
    ("manifest", "manifest.json", '"issue_tracker"', '"tracker"', "issue_tracker is missing"),
    ("manifest", "manifest.json", '"config_flow": true', '"config_flow": false', "must be True"),
    ("manifest", "manifest.json", "mashumaro==3.23", "mashumaro>=3.17", "must be pinned"),
    ("manifest", "manifest.json", '"@nina', '"nina', "must start with @"),
    ("categories", "manifest.json", '["hubs_protocols"]', '["telescopes"]', "no categories telescopes"),
    ("categories", "manifest.json", '["network"]', '["wires"]', "no connectivity wires"),
    ("manifest", "manifest.json", '"version"', '"zone"', "not a key of a custom integration"),
    ("requirements", "manifest.json", "mashumaro==3.23", "mashumaro==3.22", "differs from uv.lock"),
    ("versions", "manifest.json", '"1.2.3"', '"1.2.4"', "pyproject.toml: version 1.2.3 differs"),
    ("versions", "manifest.json", '"1.2.3"', '"1.2.4"', "newest entry must be 1.2.4"),
    ("versions", "manifest.json", '"1.2.3"', '"one"', "is not a version"),
    ("dependencies", "cover.py", "components.cover ", "components.recorder ", "imports recorder"),
    ("dependencies", "manifest.json", '"dependencies": []', '"dependencies": ["mqtt"]', "not used"),
    ("texts", "translations/en.json", "Could not reach", "See https://x for", "an address"),
    ("texts", "translations/en.json", "Shutter", "<b>Shutter</b>", "HTML"),
    ("texts", "translations/en.json", "{host}", "'{host}'", "quotes around a placeholder"),
    ("texts", "translations/en.json", "Takes a frame.", "", "services.capture.description is empty"),
    ("texts", "translations/en.json", "Takes a frame.", "A service.", "the word service"),
    ("texts", "translations/en.json", "Takes a frame.", "Takes one. ", "blanks at its ends"),
    ("actions", "translations/en.json", '"description": "Takes a frame.", ', "", "description is missing"),
    ("actions", "services.yaml", "image_type:\n      sel", "gain:\n      sel", "fields.gain.name is missing"),
    ("actions", "services.yaml", "    image_type:\n", "    more:\n      fields:\n        image_type: {}\n    image_type:\n", "sections.more.name is missing"),
    ("actions", "services.yaml", "capture:", "expose:", "capture is described but not in"),
    ("actions", "icons.json", "mdi:camera", "camera", "capture has no icon"),
    ("selectors", "services.yaml", "[light]", "[light, dark]", "options.dark is missing"),
    ("icons", "icons.json", "mdi:window-shutter", "window", "not like mdi"),
    ("icons", "icons.json", '"shutter"', '"lid"', "entity.cover.lid has no text"),
    ("layers", "api/__init__.py", '"""\n', '"""\nimport homeassistant\n', "must not import homeassistant"),
    ("layers", "api/__init__.py", '"""\n', '"""\nfrom .. import const\n', "imports from outside api"),
    ("layers", "cover.py", "SEEN", "import simulator\nSEEN", "must not import simulator"),
    ("sizes", "cover.py", "SEEN", "\n" * 500 + "SEEN", "more than 500"),
    ("sizes", "cover.py", '"""Raise."""', '"""Raise."""' + "\n    fail('')" * 60, "more than 60"),
    ("prose", "cover.py", '"""Raise."""', '"""Raise it anew."""', "say 'again' instead of 'anew'"),
    ("prose", "cover.py", '"""Raise."""', '"""Raise. What is told is lost."""', "instead of 'What'"),
    ("prose", "cover.py", "SEEN =", "# The driver says so.\nSEEN =", "instead of 'says'"),
    ("wording", "translations/en.json", "Takes a frame.", "It reads open.", "instead of 'reads'"),
    ("spelling", "cover.py", "SEEN =", f"COL{'OUR'} = 1\nSEEN =", "write 'color' instead of 'COL"),
    ("exceptions", "cover.py", '"cannot_connect"', '"cannot_reach"', "no text for the error cannot_reach"),
    ("exceptions", "cover.py", "_unproven", "_lost", "no text for the error"),
    ("exceptions", "translations/en.json", '"cannot_connect"', '"never_used"', "never_used is not used"),
    ("reasons", "errors.py", '"cannot_connect"', '"cannot_reach"', "no text for Reason.CANNOT_CONNECT"),
    ("reasons", "errors.py", "= Reason.CANNOT_CONNECT", "= None", "Reason.CANNOT_CONNECT is not used"),
    ("decisions", "cover.py", "SEEN =", 'SAME = (e := OSError()).translation_key == "x"\nSEEN =', "reads a translation key"),
    ("decisions", "cover.py", "SEEN =", "KEY = OSError().translation_key\nSEEN =", "reads a translation key"),
    ("decisions", "cover.py", "SEEN =", 'CALL = getattr(self._client, "close")\nSEEN =', "names a method"),
    ("dashboard", MODULE, '"title"', '"name"', "common.dashboard_name is missing"),
    ("dashboard", MODULE, 't("title")', "5", "common.dashboard_title is not used"),
    ("dashboard", MODULE, "const", "const" + " " * LARGEST, "more than"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "file", "old", "new", "found"), FAULTS)
def test_a_fault_is_found(
    checkout: Checkout, check: str, file: str, old: str, new: str, found: str
) -> None:
    checkout.change(file, old, new)
    assert any(found in fault for fault in found_by(check, checkout.root))


HOUSE = {
    "__init__.py": "from .roof import Roof\n",
    "clock.py": "import asyncio\n",
    "dome/__init__.py": "",
    "dome/shutter.py": "from house.clock import now\n",
    "dome/motor.py": "from .shutter import Shutter\nfrom .. import clock\n",
    "roof.py": "import house.clock\nfrom .dome import motor, shutter\n",
}
STORIES = ("clock", "dome", "roof", "__init__")
TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("clock.py", "from .roof import Roof", ["house/clock.py:1: imports roof, which does not stand below clock", "house: imports in a circle"]),
        ("clock.py", f"{TYPES}from house.roof import Roof", ["house/clock.py:3: imports roof", "house: imports in a circle"]),
        ("clock.py", "def now():\n    import house.dome.motor", ["house/clock.py:2: imports dome", "house: imports in a circle"]),
        ("clock.py", "from house import Roof", ["house/clock.py:1: imports __init__", "house: imports in a circle"]),
        ("dome/shutter.py", f"{TYPES}from .motor import Motor", ["circle: house.dome.motor → house.dome.shutter → house.dome.motor"]),
        ("dome/shutter.py", "from . import motor", ["house: imports in a circle"]),
        ("walls.py", "import house.roof", ["house: walls stands in no layer"]),
        ("dome/shutter.py", "from ..roof_of_others import Roof\nimport roof", []),
    ],
)  # fmt: skip
def test_what_is_imported_upward_or_in_a_circle_is_found(
    tmp_path: Path, file: str, text: str, found: list[str]
) -> None:
    """Imports for types only and those inside functions count as well."""
    house = tmp_path / "house"
    (house / "dome").mkdir(parents=True)
    for name, content in HOUSE.items():
        (house / name).write_text(content)
    assert list(faults_of(house, STORIES)) == []
    (house / file).write_text(text)
    faults = list(faults_of(house, STORIES))
    assert len(faults) == len(found)
    assert all(text in fault for text, fault in zip(found, faults, strict=True))


def test_rooms_side_by_side_do_not_import_each_other(tmp_path: Path) -> None:
    house = tmp_path / "house"
    house.mkdir()
    (house / "roof.py").write_text("from .walls import Walls")
    (house / "walls.py").write_text("")
    assert list(faults_of(house, ("walls", "roof"))) == []
    expected = "house/roof.py:1: imports walls, which does not stand below roof"
    assert list(faults_of(house, ("roof walls",))) == [expected]
    assert list(faults_of(house, ("roof", "walls"))) == [expected]


def test_a_layer_names_only_rooms_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house/roof.py").write_text("")
    faults = list(faults_of(tmp_path / "house", ("cellar", "roof")))
    assert faults == ["house: cellar stands in a layer, and is not there"]


def test_more_rooms_than_wanted(tmp_path: Path) -> None:
    """A folder is one room, whatever is in it."""
    house = tmp_path / "house"
    (house / "dome").mkdir(parents=True)
    for name, content in HOUSE.items():
        (house / name).write_text(content)
    rooms = {Path(name).parts[0] for name in HOUSE}
    assert list(too_many_rooms(house, len(rooms))) == []
    (house / "cellar.py").write_text("")
    assert len(list(too_many_rooms(house, len(rooms)))) == 1


def test_the_packages_with_layers_are_there() -> None:
    assert all((ROOT / name).is_dir() for name in LAYERS)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({**TEXTS, "entity": {}}, "de.json: entity.cover.shutter.name is missing"),
        ({**TEXTS, "more": "x"}, "de.json: more is not in en.json"),
        (
            {**TEXTS, "exceptions": {**TEXTS["exceptions"], "cannot_connect": {"message": "Nein"}}},
            "de.json: exceptions.cannot_connect.message has other placeholders",
        ),
    ],
)
def test_languages_are_compared(checkout: Checkout, texts: object, found: str) -> None:
    checkout.write_json("translations/de.json", texts)
    assert any(found in fault for fault in found_by("languages", checkout.root))


def test_a_language_that_only_answers_by_voice_has_all_answers(checkout: Checkout) -> None:
    answers = {"voice_safe": "Yes.", "voice_unsafe": "No."}
    checkout.write_json("translations/en.json", {**TEXTS, "common": answers})
    checkout.write_json("translations/de.json", {"common": {**answers, "voice_safe": "Ja."}})
    assert found_by("languages", checkout.root) == []
    checkout.write_json("translations/de.json", {"common": {"voice_safe": "Ja."}})
    assert found_by("languages", checkout.root) == ["de.json: common.voice_unsafe is missing"]


@pytest.mark.parametrize(
    ("hacs", "found"),
    [
        ({"homeassistant": "2026.10.0"}, "name is missing"),
        ({"name": "N", "homeassistant": "2026.9.0"}, "must be 2026.10.0"),
        ({"name": "N", "homeassistant": "2026.10.0", "domains": []}, "is not allowed"),
        ({"name": "N", "homeassistant": "2026.10.0", "zip_release": True}, "needs the filename"),
    ],
)
def test_hacs_json_is_checked(checkout: Checkout, hacs: object, found: str) -> None:
    (checkout.root / "hacs.json").write_text(json.dumps(hacs))
    assert any(found in fault for fault in found_by("hacs", checkout.root))


def test_a_key_that_is_there_twice_is_a_fault(checkout: Checkout) -> None:
    checkout.write("manifest.json", '{"domain": "a", "domain": "b"}')
    assert found_by("manifest", checkout.root) == ["check_manifest: keys more than once: domain"]


def test_brand_pictures_are_measured(checkout: Checkout) -> None:
    for name, size in (SQUARES | LOGOS).items():
        checkout.write(f"brand/{name}", "")
        Image.new("RGBA", (size, size)).save(checkout.integration / "brand" / name)
    assert found_by("brand", checkout.root) == []
    Image.new("RGBA", (100, 256)).save(checkout.integration / "brand/icon.png")
    Image.new("RGB", (512, 512)).save(checkout.integration / "brand/icon@2x.png")
    (checkout.integration / "brand/logo.png").unlink()
    assert found_by("brand", checkout.root) == [
        "brand/icon.png is 100 x 256, not 256 high",
        "brand/icon@2x.png is not a PNG with transparency",
        "brand/logo.png is missing",
    ]


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ("rules: {a: done}", "1 rules, not 54"),
        ("rules: {a: perhaps}", "a is 'perhaps'"),
        ("rules: {a: {status: exempt}}", "a is exempt without a reason"),
        ("rules: {a: {status: exempt, comment: hacs.json.md}}", "a is exempt without a reason"),
        ("rules: {a: done}", "a has no place that proves it"),
        ("rules: {a: {status: done, comment: Trust me.}}", "a has no place that proves it"),
        ("rules: {a: {status: done, comment: tests/none.py}}", "tests/none.py does not exist"),
        (
            "rules: {a: {status: done, comment: 'docs/none.md#a'}}",
            "a: docs/none.md does not exist",
        ),
        (
            "rules: {a: {status: done, comment: 'CHANGELOG.md#none'}}",
            "a: CHANGELOG.md has no section none",
        ),
        (
            "rules: {a: {status: done, comment: 'pyproject.toml::test_a'}}",
            "a: pyproject.toml has no test_a",
        ),
    ],
)
def test_the_quality_scale_is_checked(checkout: Checkout, rules: str, found: str) -> None:
    checkout.write("quality_scale.yaml", rules)
    assert any(found in fault for fault in found_by("quality_scale", checkout.root))


def test_sections_are_those_of_github() -> None:
    headings = "# A b\n## Not N.I.N.A.\n### `nina_observatory.park`\n## First: close, now\n"
    assert anchors(headings) == {
        "a-b",
        "not-nina",
        "nina_observatorypark",
        "first-close-now",
    }


def test_a_platform_without_parallel_updates_is_found(checkout: Checkout) -> None:
    platform = "async def async_setup_entry() -> None:\n    pass\n"
    checkout.write("light.py", f"PARALLEL = 0\n{platform}")
    checkout.write("sensor/__init__.py", f"\nPARALLEL_UPDATES = 0\n{platform}")
    faults = ["light.py: PARALLEL_UPDATES is missing"]
    assert found_by("parallel_updates", checkout.root) == faults


def test_dead_links_are_found(checkout: Checkout) -> None:
    (checkout.root / "CHANGELOG.md").write_text("# Changes\n\n## `one.two` is new\n")
    (checkout.root / "README.md").write_text(
        "# Start\n\n[a](CHANGELOG.md#onetwo-is-new) [b](https://example.org) ![c](docs/none.png)\n"
        "[![d](docs/e.png)](#start) `[f](g)` [h](#end)\n\n```yaml\n[i](j)\n```\n[k](CHANGELOG.md#1)\n"
    )
    assert found_by("links", checkout.root) == [
        "README.md:3: docs/none.png leads nowhere",
        "README.md:4: docs/e.png leads nowhere",
        "README.md:4: #end leads to a section that does not exist",
        "README.md:9: CHANGELOG.md#1 leads to a section that does not exist",
    ]


def test_dead_addresses_are_found(checkout: Checkout) -> None:
    (checkout.root / "README.md").write_text("# Start\n")
    checkout.write("a.py", f'A = "{SOURCES}README.md#start"\nB = "{SOURCES}docs/none.md"\n')
    checkout.write("b.yaml", f"url: {SOURCES}README.md#end\n")
    assert [fault.partition(": ")[2] for fault in found_by("addresses", checkout.root)] == [
        "docs/none.md does not exist",
        "README.md has no section end",
    ]


def test_what_the_site_would_not_show_is_found(checkout: Checkout) -> None:
    (checkout.root / "docs").mkdir(exist_ok=True)
    (checkout.root / "docs/a.md").write_text("- b\n\n  c\n- d\n  e\n  - f\n\n    g\n")
    (checkout.root / "docs/h.md").write_text("```yaml\n- a\n\n  - b\n```\n")
    own = "".join(f"  - {name}\n" for name in ELSEWHERE)
    (checkout.root / "mkdocs.yml").write_text(f"nav:\n  - A: a.md\n  - i.md\n  - a.md\n{own}")
    assert found_by("site", checkout.root) == [
        "mkdocs.yml: h.md is missing",
        "mkdocs.yml: i.md does not exist",
        "mkdocs.yml: a.md is there twice",
        "docs/a.md:3: indent it by four spaces, for the site",
        "docs/a.md:6: indent it by four spaces, for the site",
    ]


def test_what_blocks_name_exists(checkout: Checkout) -> None:
    checkout.write("services.yaml", "park: {fields: {more: {fields: {speed: {}}}}}\n")
    checkout.write("triggers.yaml", "parked: {fields: {for: {}}}\n")
    checkout.write("conditions.yaml", "is_parked:\n")
    (checkout.root / "README.md").write_text(
        "```yaml\nactions:\n  - action: nina_observatory.park\n    data: {speed: 1, age: !secret a}\n"
        "  - perform_action: nina_observatory.fly\n  - action: light.turn_on\n    data: {a: 1}\n"
        "triggers:\n  - trigger: nina_observatory.parked\n    options: {for: 1, a: 2}\n"
        "  - trigger: state\nconditions:\n  - condition: nina_observatory.is_open\n```\n"
        "```yaml\na: [\n```\n```sh\na: [\n```\n"
    )
    *found, broken = found_by("blocks", checkout.root)
    assert found == [
        "README.md:1: nina_observatory.park has no field age",
        "README.md:1: nina_observatory.fly is not in services.yaml",
        "README.md:1: nina_observatory.parked has no field a",
        "README.md:1: nina_observatory.is_open is not in conditions.yaml",
    ]
    assert broken.startswith("README.md:15: ")


def test_a_section_that_is_not_in_the_field_notes_is_found(checkout: Checkout) -> None:
    notes = checkout.root / "docs/field-notes.md"
    notes.parent.mkdir(parents=True, exist_ok=True)
    notes.write_text("## Frames\n\n## Flat panel\n")
    checkout.write("cover.py", '"""A cover (docs/field-notes.md, Flat panel and Frames)."""\n')
    assert found_by("citations", checkout.root) == []
    notes.write_text("## Frames\n")
    (fault,) = found_by("citations", checkout.root)
    assert fault.endswith("cover.py: docs/field-notes.md has no section Flat panel")


def test_the_example_has_to_be_shown(checkout: Checkout) -> None:
    folder = checkout.root / "docs/automations"
    folder.mkdir(parents=True)
    (folder / "close_the_dome_when_it_rains.yaml").write_text("- alias: Close\n")
    (checkout.root / FIRST_AUTOMATION).write_text("```yaml\n- alias: Close\n```\n")
    assert found_by("example", checkout.root) == []
    (checkout.root / FIRST_AUTOMATION).write_text("```yaml\n- alias: Open\n```\n")
    assert len(found_by("example", checkout.root)) == 1


def test_entities_without_texts_are_found(checkout: Checkout) -> None:
    checkout.write_json("translations/en.json", {"entity": {}})
    for platform, _ in described(integration(ROOT)):
        checkout.write(f"{platform}.py", "")
    faults = found_by("entities", checkout.root)
    assert len(faults) > 100
    assert "en.json: entity.binary_sensor.exposing is missing" in faults


def test_texts_and_icons_of_entities_are_used(checkout: Checkout) -> None:
    for platform, _ in described(integration(ROOT)):
        checkout.write(f"{platform}.py", "")
    checkout.write("procedure.py", 'KEY = f"{part}_seen"')
    weather: dict[str, object] = {"nights_seen": {}, "stars": {}}
    camera = {"camera_state": {"state": {"exposing": "Exposing", "dreaming": "Dreaming"}}}
    checkout.write_json("translations/en.json", {"entity": {"sensor": camera, "weather": weather}})
    checkout.write_json("icons.json", {"entity": {"weather": {"moons": {}}}})
    assert found_by("entity_texts", checkout.root) == [
        "en.json: entity.sensor.camera_state.state.dreaming is not used",
        "en.json: entity.weather.stars is not used",
        "icons.json: entity.weather.moons is not used",
    ]


@pytest.mark.parametrize(
    ("code", "unused"),
    [
        ("def look(): ...", ["look"]),
        ("def look(): ...\nlook()", []),
        ("class Look: ...", ["Look"]),
        ("LOOK = 1", ["LOOK"]),
        ("LOOK: int = 1", ["LOOK"]),
        ("type Look = int", ["Look"]),
        ("@cache\ndef look(): ...", ["look"]),
        ("@app.get('/look')\ndef read(): ...", []),
        ("@override\ndef look(): ...", []),
        ("class Look:\n    def close(self): ...\nLook()", ["close"]),
        ("class Look:\n    def close(self): ...\nLook().close()", []),
        ('def close(): ...\n"""It can `close`."""', []),
        ('"""It can `close`."""\ndef close(): ...', ["close"]),
        ('__all__ = ["close"]\ndef close(): ...', ["close"]),
        ("from .motor import close\ndef close(): ...", ["close"]),
        ('def do_close(): ...\ngetattr(motor, f"do_{action}")', []),
        ("def async_setup_entry(): ...\ndef async_step_user(): ...\ndef __getattr__(): ...", []),
    ],
)
def test_unused_code(tmp_path: Path, code: str, unused: list[str]) -> None:
    folder = integration(tmp_path)
    folder.mkdir(parents=True)
    (folder / "motor.py").write_text(code)
    found = [fault.rpartition(" ")[2] for fault in found_by("unused", tmp_path)]
    assert found == unused


def test_tests_use_the_simulator_and_not_the_integration(tmp_path: Path) -> None:
    for folder in (integration(tmp_path), tmp_path / "simulator", tmp_path / "tests"):
        folder.mkdir(parents=True)
        (folder / "motor.py").write_text("def close(): ...")
    (tmp_path / "tests/motor.py").write_text("motor.close()")
    place = "custom_components/nina_observatory/motor.py:1"
    assert found_by("unused", tmp_path) == [f"{place}: nothing uses close"]


def test_the_small_checkout_is_what_the_real_one_looks_like() -> None:
    real = read_json(integration(ROOT) / "manifest.json")
    assert MANIFEST.keys() == real.keys()
    assert TEXTS.keys() <= read_json(integration(ROOT) / "translations/en.json").keys()
    assert ICONS.keys() <= read_json(integration(ROOT) / "icons.json").keys()
    assert ACTIONS.startswith("capture:")
    compile(CODE, "cover.py", "exec")
