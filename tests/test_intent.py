"""Securing the observatory by voice."""

from pathlib import Path
from shutil import copyfile
from unittest.mock import patch

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component

from custom_components.nina_observatory.intent import INTENT_SECURE
from simulator import Observatory

from .commanding import paths
from .conftest import entry_with
from .test_procedures import is_safe


async def test_secure_by_voice(hass: HomeAssistant, imaging: Observatory) -> None:
    """The intent secures the only observatory, and asks for the name of one it does not know."""
    async with entry_with(hass, imaging):
        assert await async_setup_component(hass, "intent", {})
        await hass.async_block_till_done()
        response = await intent.async_handle(
            hass, "test", INTENT_SECURE, {"name": {"value": "Barn"}}
        )
        assert response.speech["plain"]["speech"] == "No such observatory"
        assert "/equipment/dome/close" not in paths(imaging)
        response = await intent.async_handle(hass, "test", INTENT_SECURE, {})
        assert response.speech["plain"]["speech"] == "Observatory is secured"
        assert is_safe(imaging)


async def test_secure_by_a_sentence(
    hass: HomeAssistant, imaging: Observatory, tmp_path: Path
) -> None:
    """The sentences of the documentation, installed as it says, are understood and answered."""
    folder = tmp_path / "custom_sentences/en"
    folder.mkdir(parents=True)
    copyfile("docs/sentences/nina_observatory.yaml", folder / "nina_observatory.yaml")
    with patch.object(hass.config, "path", lambda *parts: str(tmp_path.joinpath(*parts))):
        async with entry_with(hass, imaging):
            for component in ("homeassistant", "conversation"):
                assert await async_setup_component(hass, component, {})
            await hass.async_block_till_done()
            result = await async_converse(hass, "Secure the observatory!", None, Context())
    assert result.response.speech["plain"]["speech"] == "Observatory is secured"
    assert is_safe(imaging)


async def test_a_failure_by_voice(hass: HomeAssistant, imaging: Observatory) -> None:
    """What could not be proven is said aloud."""
    async with entry_with(hass, imaging):
        assert await async_setup_component(hass, "intent", {})
        await hass.async_block_till_done()
        await imaging.faults.start("ignored", device="mount")
        response = await intent.async_handle(hass, "test", INTENT_SECURE, {})
        assert response.error_code is intent.IntentResponseErrorCode.FAILED_TO_HANDLE
        assert "not secured" in response.speech["plain"]["speech"]
