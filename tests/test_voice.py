"""Voice: asked and told through Home Assistant's conversation agent, as a satellite does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import re
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.components.assist_pipeline import async_get_pipeline, async_update_pipeline
from homeassistant.components.conversation import async_converse
from homeassistant.components.conversation.agent_manager import get_agent_manager
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.persistent_notification import UpdateType
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

import custom_components.nina_observatory as integration
from custom_components.nina_observatory.api import Role
from custom_components.nina_observatory.const import CONF_VOICE, DOMAIN
from custom_components.nina_observatory.readings.safety import SafetyReason
from custom_components.nina_observatory.voice.answers import QUESTIONS, running
from custom_components.nina_observatory.voice.talk import CONFIRMED_WITHIN
from custom_components.nina_observatory.voice.texts import VoiceTexts, closest
from custom_components.nina_observatory.voice.wordings import LANGUAGES, Ask, load_wordings
from scripts._checks.files import read_object
from scripts._docs.voice import said
from simulator import Observatory
from simulator.enums import ShutterState
from simulator.habits import RoofHabits

from .commanding import paths
from .conftest import SPEED, entry_with
from .people import make_people
from .test_procedures import is_safe
from .waiting import eventually

FOLDER: Final = Path(integration.__file__).parent / "translations"
SATELLITE: Final = "assist_satellite.hall"
NOT_UNDERSTOOD: Final = "Sorry, I couldn't understand that"


async def say(
    hass: HomeAssistant,
    text: str,
    *,
    user: str | None = None,
    satellite: str | None = None,
    language: str | None = None,
) -> str:
    """Say something to Assist, in the language of Home Assistant or another, and return the answer."""
    result = await async_converse(
        hass,
        text,
        None,
        Context(user_id=user),
        language=language or hass.config.language,
        satellite_id=satellite,
    )
    return str(result.response.speech["plain"]["speech"])


@asynccontextmanager
async def assisted(
    hass: HomeAssistant, observatory: Observatory, **options: Any
) -> AsyncIterator[MockConfigEntry]:
    """Set up an observatory in a home that understands sentences."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})
    async with entry_with(hass, observatory, **options) as entry:
        # Nothing here depends on how often a command looks.
        entry.runtime_data.runner.pace.read_again = 0.5
        yield entry


def answers(language: str) -> dict[str, str]:
    """Return the answers in a language by key."""
    texts: dict[str, str] = read_object(FOLDER / f"{language}.json")["common"]
    return {key.removeprefix("voice_"): text for key, text in texts.items()}


def key_of(answer: str, language: str) -> set[str]:
    """Return the keys of the texts that an answer may be made of."""
    return {
        key
        for key, text in answers(language).items()
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", ".+", re.escape(text)), answer)
    }


def shutter(observatory: Observatory) -> ShutterState:
    """Return the real state of the shutter."""
    return observatory.dome.shutter


# What an observatory at rest answers.
AT_REST: Final = {
    Ask.IS_SAFE: "safe",
    Ask.NOW_IMAGING: "nothing_imaged",
    Ask.NIGHT: "no_frames",
    Ask.CAMERA_TEMPERATURE: "camera_warm",
    Ask.SEQUENCE_END: "no_sequence",
    Ask.MOUNT_PARKED: "parked",
}


@pytest.mark.newest
async def test_every_sentence_in_every_language(
    hass: HomeAssistant, observatory: Observatory, subtests: pytest.Subtests
) -> None:
    """Each question is answered in its language, and each command is refused by a read-only entry."""
    async with assisted(hass, observatory, read_only=True):
        observatory.ledger.reset()
        for language in (*LANGUAGES, "pt-BR"):
            refusal = read_object(FOLDER / f"{language}.json")["exceptions"]["read_only"]["message"]
            await hass.config.async_update(language=language)
            await hass.async_block_till_done()
            words = load_wordings(closest(language, LANGUAGES))
            for ask, sentences in words.sentences.items():
                with subtests.test(f"{language} {ask}"):
                    for sentence in sentences:
                        text = said(sentence, words).replace("M31", "NGC2403")
                        answer = await say(hass, text)
                        if ask in QUESTIONS:
                            assert AT_REST[ask] in key_of(answer, language), (text, answer)
                        else:
                            assert answer == refusal, (text, answer)
        assert paths(observatory) == []


async def test_commands_say_what_is_proven(hass: HomeAssistant, observatory: Observatory) -> None:
    """Each does what its action does, and the roof opens only after a second sentence."""
    en = answers("en")
    async with assisted(hass, observatory) as entry:
        # What commands is not exposed to Home Assistant's own sentences, so that only ours reach it.
        registry = er.async_get(hass)
        commanding = [
            entity
            for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
            if entity.domain in ("cover", "light", "switch")
        ]
        assert len(commanding) > 5
        for entity in commanding:
            assert not async_should_expose(hass, "conversation", entity.entity_id)
        assert await say(hass, "close the roof") == en["roof_closed"]
        observatory.ledger.reset()
        assert await say(hass, "Yes, open the roof!") == en["confirm_open"]
        assert await say(hass, "open the shutters in the garden") not in en.values()
        assert await say(hass, "yes open the roof", satellite=SATELLITE) == en["confirm_open"]
        assert paths(observatory) == []
        assert await say(hass, "Yes, open the roof!") == en["roof_open"]
        assert shutter(observatory) is ShutterState.OPEN

        await hass.services.async_call(DOMAIN, "unpark", blocking=True)
        assert await say(hass, "is the mount parked") == en["not_parked"]
        taken = en["picture_taken"].format(target="NGC 2403")
        assert await say(hass, "Take a picture of NGC2403") == taken
        assert "/equipment/camera/capture" in paths(observatory)
        assert await say(hass, "please park the telescope") == en["mount_parked"]
        assert observatory.mount.parked
        assert await say(hass, "start the sequence") == en["sequence_started"]
        assert await say(hass, "secure the observatory") == en["secured"]
        assert is_safe(observatory)

        for allowed, text, expected in (
            ("no_opening", "open the roof", "opening_off"),
            ("none", "open the roof", "commands_off"),
            ("none", "close the roof", "commands_off"),
            ("no_opening", "close the roof", "roof_closed"),
        ):
            hass.config_entries.async_update_entry(entry, options={CONF_VOICE: allowed})
            assert await say(hass, text) == en[expected]


@pytest.mark.newest
async def test_the_roof_opens_only_while_it_is_known_to_be_safe(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """Unsafe and unknown are told apart, also between the command and its confirmation."""
    en = answers("en")
    async with assisted(hass, observatory) as entry:
        safety = entry.runtime_data.safety
        await say(hass, "close the roof")
        observatory.ledger.reset()
        assert await say(hass, "open the roof") == en["confirm_open"]
        await asyncio.sleep(CONFIRMED_WITHIN + 1)
        assert await say(hass, "yes, open the roof") == en["confirm_open"]
        observatory.safety_monitor.is_safe = False
        await eventually(lambda: safety.reason is SafetyReason.UNSAFE)
        unsafe = en["not_opening"].format(reason=en["unsafe"])
        assert await say(hass, "yes, open the roof") == unsafe
        assert await say(hass, "open the roof") == unsafe
        assert await say(hass, "can I leave the roof open") == en["unsafe"]
        observatory.safety_monitor.detach()
        await eventually(lambda: safety.reason is SafetyReason.MONITOR_DISCONNECTED)
        assert await say(hass, "is it safe out there") == en["monitor_disconnected"]
        unknown = en["not_opening"].format(reason=en["monitor_disconnected"])
        assert await say(hass, "open the roof") == unknown

        equipment = entry.runtime_data.equipment
        observatory.camera.detach()
        observatory.mount.detach()
        await eventually(lambda: equipment.data.device(Role.CAMERA) is None)
        assert await say(hass, "how cold is the camera") == en["camera_disconnected"]
        assert await say(hass, "is the mount parked") == en["mount_disconnected"]

        await observatory.faults.start("refuse")
        await eventually(lambda: safety.reason is SafetyReason.NOT_RUNNING)
        words = load_wordings("en")
        for ask in QUESTIONS:
            text = said(words.sentences[ask][0], words)
            expected = "no_frames" if ask is Ask.NIGHT else "not_running"
            assert await say(hass, text) == en[expected], text
        for text in ("close the roof", "secure the observatory", "park the mount", "open the roof"):
            assert await say(hass, text) not in en.values()
        assert "/equipment/dome/open" not in paths(observatory)


@pytest.mark.newest
async def test_a_monitor_that_was_never_seen_opens_nothing(
    hass: HomeAssistant, socket_enabled: None
) -> None:
    """The cover opens a roof without a safety monitor, as there are such; a voice does not."""
    en = answers("en")
    async with (
        Observatory(port=0, speed=SPEED, without=["safety_monitor"]) as observatory,
        assisted(hass, observatory),
    ):
        assert await say(hass, "is the observatory safe") == en["no_monitor"]
        unknown = en["not_opening"].format(reason=en["no_monitor"])
        assert await say(hass, "open the roof") == unknown
        assert await say(hass, "yes, open the roof") == unknown


@pytest.mark.newest
async def test_what_is_imaged(hass: HomeAssistant, imaging: Observatory) -> None:
    """It goes on while it is asked about, so the answer is that of before or after."""
    en = answers("en")
    async with assisted(hass, imaging) as entry:
        data, texts = entry.runtime_data, VoiceTexts("en", en)
        await eventually(lambda: data.present.now.number is not None)
        before = running(texts, data.present.now)
        answer = await say(hass, "what's my scope up to?")
        assert answer in (before, running(texts, data.present.now))
        assert answer.startswith("Imaging ")
        assert await say(hass, "take a picture of NGC 2403") == en["sequence_busy"]
        end = key_of(await say(hass, "when does the sequence end"), "en")
        assert end & {"ends_at", "end_unknown"}
        await eventually(lambda: data.nights.frames)
        answer = await say(hass, "how many subs do we have")
        assert re.match(r"Light frames tonight: \d+\. Integration time: .*\d+ min\.", answer)


@pytest.mark.newest
async def test_what_takes_long_is_not_claimed(hass: HomeAssistant, socket_enabled: None) -> None:
    """The answer comes while the roof is closing; how that ended is announced, or notified."""
    en = answers("en")
    announced = async_mock_service(hass, "assist_satellite", "announce")
    notified: list[tuple[str, str]] = []

    def note(kind: UpdateType, notifications: dict[str, Any]) -> None:
        """Take note of new notifications."""
        if kind is UpdateType.ADDED:
            notified.extend((each["title"], each["message"]) for each in notifications.values())

    persistent_notification.async_register_callback(hass, note)
    roof = RoofHabits(close_seconds=12 * SPEED)
    async with (
        Observatory(port=0, speed=SPEED, roof=roof) as observatory,
        assisted(hass, observatory),
    ):
        pending = f"{en['roof_closing']} {en['follow_up']}"
        await say(hass, "open the roof")
        assert await say(hass, "yes, open the roof") == en["roof_open"]
        assert await say(hass, "close the roof", satellite=SATELLITE) == pending
        assert shutter(observatory) == ShutterState.CLOSING
        await eventually(lambda: announced)
        assert shutter(observatory) == ShutterState.CLOSED
        assert announced[0].data == {"entity_id": SATELLITE, "message": en["roof_closed"]}

        await say(hass, "open the roof")
        assert await say(hass, "yes, open the roof") == en["roof_open"]
        await observatory.faults.start("stuck_shutter", mode="endless")
        assert await say(hass, "close the roof", satellite=SATELLITE) == pending
        await eventually(lambda: len(announced) == 2)
        message = announced[1].data["message"]
        assert message.startswith("The shutter is still closing")
        assert notified == [(en["failed"].format(name="Observatory"), message)]


async def test_people(hass: HomeAssistant, observatory: Observatory) -> None:
    """A sentence needs the permissions of an action; nobody in particular speaks to a satellite."""
    en, no = answers("en"), "You do not have permission"
    async with assisted(hass, observatory):
        people = {name: each.user.id for name, each in (await make_people(hass)).items()}
        observatory.ledger.reset()
        for name, question, command in (
            ("owner", en["safe"], en["mount_parked"]),
            ("user", en["safe"], en["mount_parked"]),
            ("reader", en["safe"], no),
            ("neighbor", no, no),
        ):
            assert (await say(hass, "is it safe out there", user=people[name])).startswith(question)
            assert (await say(hass, "park the mount", user=people[name])).startswith(command)
        for text in ("open the roof", "secure the observatory"):
            assert (await say(hass, text, user=people["reader"])).startswith(no)
        secured = await say(hass, "secure the observatory", user=people["user"])
        assert secured == en["secured"]
        assert await say(hass, "park the mount", satellite=SATELLITE) == en["mount_parked"]


async def test_two_observatories(hass: HomeAssistant, observatory: Observatory) -> None:
    """They are told apart by name; without one Assist asks, and guesses nothing."""
    en = answers("en")
    async with assisted(hass, observatory) as ridge:
        hass.config_entries.async_update_entry(ridge, title="Ridge")
        closed = {"host": "127.0.0.1", "port": 1}
        backyard = MockConfigEntry(domain=DOMAIN, title="Backyard", data=closed)
        backyard.add_to_hass(hass)
        assert await hass.config_entries.async_setup(backyard.entry_id)
        await hass.async_block_till_done()
        observatory.ledger.reset()
        people = await make_people(hass)
        which = en["which"].format(names="Backyard or Ridge")
        for text in ("is the observatory safe", "close the roof", "secure the observatory"):
            assert await say(hass, text) == which
            assert which not in await say(hass, text, user=people["neighbor"].user.id)
        assert paths(observatory) == []
        assert await say(hass, "is Ridge safe") == f"Ridge: {en['safe']}"
        assert await say(hass, "close the Ridge roof") == f"Ridge: {en['roof_closed']}"
        assert await say(hass, "Is the mount parked?") == which
        assert await say(hass, "yes, open the roof") == which
        assert await say(hass, "open the roof of Ridge") not in en.values()
        assert await say(hass, "open the Ridge roof") == f"Ridge: {en['confirm_open']}"
        assert await say(hass, "yes, open the roof") == f"Ridge: {en['roof_open']}"
        for text in ("is the Backyard mount parked", "is Backyard safe"):
            assert (await say(hass, text)).startswith("Backyard: I don't know: N.I.N.A. is not")

        hass.config_entries.async_update_entry(backyard, title="ridge")
        observatory.ledger.reset()
        alike = en["which"].format(names="Ridge or ridge")
        for text in ("open the Ridge roof", "yes, open the Ridge roof", "park the Ridge telescope"):
            assert await say(hass, text) == alike
        assert paths(observatory) == []
        hass.config_entries.async_update_entry(backyard, title="Backyard")

        assert await hass.config_entries.async_unload(backyard.entry_id)
        await hass.async_block_till_done()
        unloaded = en["not_loaded"].format(name="Backyard")
        assert await say(hass, "is Backyard safe") == unloaded
        assert await say(hass, "is the observatory safe") == which
        await hass.config_entries.async_remove(backyard.entry_id)
        await hass.async_block_till_done()
        assert await say(hass, "is the observatory safe") == en["safe"]


async def test_sentences_come_and_go_with_observatories(
    hass: HomeAssistant, observatory: Observatory
) -> None:
    """They stay while one is unloaded, in the languages of the home, and never mean other things."""
    en = answers("en")
    async with assisted(hass, observatory) as entry:
        sentences = get_agent_manager(hass).trigger_sentences
        assert sentences
        hass.states.async_set("cover.roof", "open", {"friendly_name": "Roof"})
        await hass.async_block_till_done()
        assert await say(hass, "close the roof") not in en.values()
        assert await say(hass, "close the observatory roof") == en["roof_closed"]
        hass.states.async_remove("cover.roof")
        assert (
            await say(hass, "ist die Sternwarte sicher", language="de")
            not in answers("de").values()
        )

        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
        assert await say(hass, "is it safe out there") == en["not_loaded"].format(name=entry.title)
        await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
        await hass.async_block_till_done()
        assert get_agent_manager(hass).trigger_sentences == []
        assert await say(hass, "is it safe out there") not in en.values()
        # A voice assistant of another language adds that one.
        assert await async_setup_component(hass, "assist_pipeline", {})
        await async_update_pipeline(hass, async_get_pipeline(hass), conversation_language="de")
        await hass.config_entries.async_set_disabled_by(entry.entry_id, None)
        await hass.async_block_till_done()
        assert await say(hass, "is it safe out there") in en.values()
        answer = await say(hass, "ist die Sternwarte sicher", language="de-CH")
        assert answer in answers("de").values()
