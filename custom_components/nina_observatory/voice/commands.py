"""Commands by voice: the same as by actions, with the permissions of who speaks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID

from ..api import Dome, ExposurePlan, Role, ShutterState, Target
from ..const import CONF_VOICE, DOMAIN, VoiceCommands
from ..errors import Reason, RefusedError
from ..helpers.permissions import EVERYTHING
from ..runtime import NinaRuntimeData
from .answers import unknown_safety
from .asked import Asked
from .wordings import Ask, named_in

# Seconds of a picture without an exposure plan, and of the longest one.
EXPOSURE: Final = 60.0
LONGEST_EXPOSURE: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command, with the answers once it is proven and before.

    Its user has to be allowed to control the equipment of its `roles`.
    """

    roles: tuple[Role, ...]
    run: Callable[[Asked], Awaitable[object]]
    done: Callable[[Asked], str]
    pending: Callable[[Asked], str]
    # Returns why it is not carried out.
    refusal: Callable[[Asked], str | None] = lambda _: None


def allowed(asked: Asked) -> VoiceCommands:
    """Return the commands that the options of an observatory allow."""
    return VoiceCommands(asked.entry.options.get(CONF_VOICE, VoiceCommands.ALL))


async def _async_action(asked: Asked, name: str, **fields: Any) -> None:
    """Call an action of this integration, which checks the permissions itself."""
    await asked.hass.services.async_call(
        DOMAIN,
        name,
        {ATTR_CONFIG_ENTRY_ID: asked.entry.entry_id, **fields},
        blocking=True,
        context=asked.utterance.context,
    )


async def _async_close_roof(asked: Asked) -> None:
    async with asked.runtime.runner.naming_needed_version():
        await asked.runtime.roof.async_close()


def _shutter(asked: Asked) -> ShutterState | object:
    """Return the state of the shutter by the last reading."""
    dome = asked.runtime.equipment.data.device(Role.DOME)
    return dome.shutter if isinstance(dome, Dome) else None


def _closing(asked: Asked) -> str:
    closing = _shutter(asked) is ShutterState.CLOSING
    return asked.texts("roof_closing" if closing else "roof_not_closed")


def _opening(asked: Asked) -> str:
    opening = _shutter(asked) is ShutterState.OPENING
    return asked.texts("roof_opening" if opening else "roof_not_open")


def not_opened(asked: Asked) -> str | None:
    """Return why the roof is not opened by voice: it has to be known to be safe."""
    texts = asked.texts
    if allowed(asked) is not VoiceCommands.ALL:
        return texts("opening_off")
    if (unknown := unknown_safety(asked)) is not None:
        return texts("not_opening", reason=unknown)
    return texts("not_opening", reason=texts("unsafe")) if asked.runtime.safety.not_safe else None


def planned_targets(data: NinaRuntimeData) -> tuple[str, ...]:
    """Return the names of the planned targets of an observatory."""
    plans = () if data.scheduler is None else data.scheduler.data.projects
    return tuple({target.name: None for each in plans for target in each.enabled if target.name})


def _planned(asked: Asked) -> str | None:
    """Return the name of the planned target in the sentence; None if it is not planned any more."""
    return named_in(asked.utterance.text, planned_targets(asked.runtime))


def _exposure(target: Target | None) -> float:
    """Return the exposure of the first plan that is not finished, within limits."""
    plans = () if target is None else target.plans
    times = [each.exposure for each in sorted(plans, key=_is_done) if each.exposure]
    return min(times[0], LONGEST_EXPOSURE) if times else EXPOSURE


def _is_done(plan: ExposurePlan) -> bool:
    wanted, accepted = plan.desired, plan.accepted
    return wanted is not None and accepted is not None and accepted >= wanted


async def _async_take_picture(asked: Asked) -> None:
    """Slew to a planned target and take one exposure, which is not saved."""
    scheduler, name = asked.runtime.scheduler, _planned(asked)
    if scheduler is None or name is None:
        raise RefusedError(Reason.NO_SCHEDULER)
    found = scheduler.data.alike(name)
    await _async_action(asked, "slew_to_target", target=name)
    exposure = _exposure(found[0].target if found else None)
    await _async_action(asked, "capture", exposure=exposure, target_name=name)


def _interrupts(asked: Asked) -> str | None:
    """Return that a picture would interrupt a sequence, or may do so."""
    running = asked.runtime.sequence.data.running
    if running is False:
        return None
    return asked.texts("sequence_busy" if running else "sequence_unread")


def _pictured(key: str, asked: Asked) -> str:
    return asked.texts(key, target=_planned(asked))


def _plain(key: str, asked: Asked) -> str:
    return asked.texts(key)


ORDERS: Final[Mapping[Ask, Order]] = {
    Ask.CLOSE_ROOF: Order(
        roles=(Role.DOME,),
        run=_async_close_roof,
        done=partial(_plain, "roof_closed"),
        pending=_closing,
    ),
    Ask.CONFIRM_OPEN: Order(
        roles=(Role.DOME,),
        run=partial(_async_action, name="open_roof"),
        done=partial(_plain, "roof_open"),
        pending=_opening,
        refusal=not_opened,
    ),
    Ask.PARK: Order(
        roles=(Role.MOUNT,),
        run=partial(_async_action, name="park"),
        done=partial(_plain, "mount_parked"),
        pending=partial(_plain, "mount_not_parked"),
    ),
    Ask.SECURE: Order(
        roles=EVERYTHING,
        run=partial(_async_action, name="secure"),
        done=partial(_plain, "secured"),
        pending=partial(_plain, "not_secured"),
    ),
    Ask.START_SEQUENCE: Order(
        roles=(Role.HUB,),
        run=partial(_async_action, name="start_sequence"),
        done=partial(_plain, "sequence_started"),
        pending=partial(_plain, "sequence_not_started"),
    ),
    Ask.TAKE_PICTURE: Order(
        roles=(Role.MOUNT, Role.CAMERA),
        run=_async_take_picture,
        done=partial(_pictured, "picture_taken"),
        pending=partial(_pictured, "picture_not_taken"),
        refusal=_interrupts,
    ),
}
