"""Every control of the equipment: exactly the right request, and nothing believed but readings."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.runtime import NinaConfigEntry
from simulator import Observatory

from .command_cases import CASES
from .commanding import carry_out, make_ready, sent
from .errors import raises

# Slower than the limits in other tests: what takes its time on a busy machine is still in time.
UNHURRIED = 1 / 15


@pytest.mark.parametrize("role", CASES)
async def test_what_returned_has_happened(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    subtests: pytest.Subtests,
    role: str,
) -> None:
    """One request goes out, with names, units and spelling as N.I.N.A. wants them, and it counts."""
    loaded_entry.runtime_data.runner.pace.scale = UNHURRIED
    for case in CASES[role]:
        with subtests.test(case.name):
            await make_ready(hass, loaded_entry, observatory, case)
            assert not case.done(observatory)
            await carry_out(hass, loaded_entry, case)
            assert case.done(observatory)
            assert sent(observatory) == [(case.path, dict(case.sent))]


@pytest.mark.parametrize("role", CASES)
async def test_what_was_accepted_and_ignored_raises(
    hass: HomeAssistant,
    observatory: Observatory,
    loaded_entry: NinaConfigEntry,
    subtests: pytest.Subtests,
    role: str,
) -> None:
    """N.I.N.A. says yes, nothing moves: an error within the limit, and nothing else is sent."""
    for case in (case for case in CASES[role] if case.error):
        with subtests.test(case.name):
            await make_ready(hass, loaded_entry, observatory, case)
            async with observatory.faults.during("ignored", device=role):
                with raises(case.error):
                    await carry_out(hass, loaded_entry, case)
            assert {(path, *parameters.items()) for path, parameters in sent(observatory)} == {
                (case.path, *case.sent.items())
            }
            assert not case.done(observatory)
