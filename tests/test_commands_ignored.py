"""No command believes an answer: accepted and not carried out raises, whatever was answered."""

from homeassistant.core import HomeAssistant
import pytest

from custom_components.nina_observatory.runtime import NinaConfigEntry
from scripts._docs.commands import every_command
from simulator import Observatory

from .command_cases import CASES as CONTROLS
from .commanding import Case, carry_out, make_ready, sent
from .errors import raises
from .ignored_cases import CASES, Ignored

# Nothing takes its time here, so limits can be short.
IMPATIENT = 1 / 500
UNHURRIED = 1 / 15
# What N.I.N.A. answers in this way although it carried it out: a driver that needs longer.
QUIET = ("/equipment/mount/tracking", "/equipment/dome/set-follow")


@pytest.mark.parametrize("subject", CASES)
async def test_what_was_accepted_and_not_carried_out_raises(
    observatory: Observatory, loaded_entry: NinaConfigEntry, subtests: pytest.Subtests, subject: str
) -> None:
    """One request, with exactly these parameters; only what stops or closes is sent again."""
    loaded_entry.runtime_data.runner.pace.scale = IMPATIENT
    for case in CASES[subject]:
        command = case.make(observatory)
        with subtests.test(command.key.value):
            case.prepare(observatory)
            for device in observatory.devices:
                device.refresh()
            observatory.ledger.reset()
            await _ignore(observatory, case)
            with raises(f"{command.key}_{'unproven' if command.readable else 'failed'}"):
                await loaded_entry.runtime_data.runner.async_run(command)
            await observatory.faults.clear()
            assert {path for path, _ in sent(observatory)} == ({case.path} if case.path else set())
            assert len(sent(observatory)) <= 1 + command.retries
            for _, parameters in sent(observatory):
                assert parameters.items() >= dict(case.sent).items()


async def _ignore(observatory: Observatory, case: Ignored) -> None:
    """Have the command accepted; where no reading shows it, without a success."""
    if case.path:
        await observatory.faults.start("not_done", path=case.path)
    if not case.make(observatory).readable:
        await observatory.faults.start("quiet_failure", path=case.path)


async def test_no_command_is_left_out(observatory: Observatory) -> None:
    """Each is ignored in a test: here, or by the device behind a control."""
    here = {case.make(observatory).key for cases in CASES.values() for case in cases}
    errors = {case.error for cases in CONTROLS.values() for case in cases if case.error}
    assert here | {error.removesuffix("_unproven") for error in errors} == set(every_command())


@pytest.mark.parametrize(
    "case",
    [case for cases in CONTROLS.values() for case in cases if case.path in QUIET],
    ids=lambda case: case.name,
)
async def test_a_quiet_failure_is_judged_by_the_state(
    hass: HomeAssistant, observatory: Observatory, loaded_entry: NinaConfigEntry, case: Case
) -> None:
    """Neither success nor an error is said, and the device reads what was wanted."""
    loaded_entry.runtime_data.runner.pace.scale = UNHURRIED
    await make_ready(hass, loaded_entry, observatory, case)
    async with observatory.faults.during("quiet_failure", path=case.path):
        await carry_out(hass, loaded_entry, case)
    assert case.done(observatory)
