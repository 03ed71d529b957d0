"""The live line: what is being imaged, by which filter, how far."""

import asyncio

import aiohttp

from .console import Console
from .rig import Rig, View
from .session import Session

INTERVAL = 2.0


async def follow(console: Console, session: Session, entry_id: str) -> None:
    """Show the live line until cancelled."""
    while True:
        try:
            rig = await Rig.load(session, entry_id)
            while True:
                console.live(line(await View.take(session, rig)))
                await asyncio.sleep(INTERVAL)
        except aiohttp.ClientError, TimeoutError:
            console.live("Home Assistant is not answering …")
            await asyncio.sleep(INTERVAL)


def line(view: View) -> str:
    """Return the live line for the states of now."""
    parts = [_activity(view), _exposures(view), _quality(view), _roof(view), _safety(view)]
    return "  ·  ".join(part for part in parts if part)


def _activity(view: View) -> str:
    """Say what is being imaged and by which filter."""
    if view.state("binary_sensor", "hub_reachable") == "off":
        return "N.I.N.A. is not reachable"
    target = view.state("sensor", "hub_current_target") or view.state("sensor", "hub_target")
    chosen = view.state("sensor", "filter_wheel_filter") or view.state("sensor", "hub_filter")
    doing = view.state("sensor", "camera_state") or "camera not connected"
    return " ".join([target or "No target", f"in {chosen}" if chosen else "", f"({doing})"])


def _exposures(view: View) -> str:
    """Say how far the sequence is."""
    done, total = view.number("hub_exposures_done"), view.number("hub_exposures_total")
    progress = view.number("hub_sequence_progress")
    frames = f"{done:.0f} of {total:.0f} frames" if done is not None and total else ""
    return " ".join([frames, f"{progress:.0f} %" if progress is not None else ""]).strip()


def _quality(view: View) -> str:
    """Say how good the last frame was, and the guiding is."""
    hfr, rms = view.number("hub_hfr"), view.number("guider_rms_total")
    parts = [f"HFR {hfr:.2f} px" if hfr else "", f"guiding {rms:.2f}″" if rms else ""]
    return ", ".join(part for part in parts if part)


def _roof(view: View) -> str:
    """Say how the dome stands."""
    shutter = view.state("cover", "dome_shutter")
    return f"dome {shutter}" if shutter else ""


def _safety(view: View) -> str:
    """Say whether it is safe."""
    unsafe = view.state("binary_sensor", "hub_not_safe")
    return {"on": "NOT SAFE", "off": "safe"}.get(unsafe or "", "")
