"""Setting the integration up through its own config flow."""

import asyncio
import json
from typing import Any

from .errors import DemoError
from .session import Session
from .target import DOMAIN, ROOT, Store, Target

FLOW = "/api/config/config_entries/flow"
LOAD_LIMIT = 60.0
# How a flow ends when there was nothing to create.
UNCHANGED = {"already_configured", "reconfigure_successful"}


async def configure(session: Session, store: Store, target: Target) -> str:
    """Make sure that the integration is set up with a N.I.N.A. and return the entry id."""
    entries = await _entries(session)
    entry_id = entries[0]["entry_id"] if entries else None
    if entry_id is None or store.read().get("target") != _as_data(target):
        await _run_flow(session, target, entry_id)
        entry_id = (await _entries(session))[0]["entry_id"]
        store.remember(target=_as_data(target))
    return await loaded(session, entry_id)


def _as_data(target: Target) -> dict[str, Any]:
    """Return the fields of the form for a target; absent where there is no scheduler."""
    data: dict[str, Any] = {"host": target.host, "port": target.port}
    if target.scheduler_port is not None:
        data["scheduler_port"] = target.scheduler_port
    return data


async def _entries(session: Session) -> list[dict[str, Any]]:
    """Return the entries of the integration."""
    entries: list[dict[str, Any]] = await session.ask("config_entries/get", domain=DOMAIN)
    return entries


async def _run_flow(session: Session, target: Target, entry_id: str | None) -> None:
    """Fill the form in: for a new entry, or to tell an entry that the address has changed."""
    begin = {"handler": DOMAIN} if entry_id is None else {"handler": DOMAIN, "entry_id": entry_id}
    form = await session.post(FLOW, begin)
    if form["type"] != "form":
        raise DemoError(f"The integration did not show its setup form: {_reason(form)}")
    answer = await session.post(f"{FLOW}/{form['flow_id']}", _as_data(target))
    if answer["type"] == "create_entry" or answer.get("reason") in UNCHANGED:
        return
    if answer["type"] == "form":
        await session.request("DELETE", f"{FLOW}/{form['flow_id']}")
    raise DemoError(f"The integration did not accept {target}: {_reason(answer)}")


def _reason(answer: dict[str, Any]) -> str:
    """Return why a form was not accepted, in the words of the integration."""
    path = ROOT / "custom_components" / DOMAIN / "translations/en.json"
    texts = json.loads(path.read_text(encoding="utf-8"))["config"]
    if answer["type"] == "abort":
        return str(texts.get("abort", {}).get(answer["reason"], answer["reason"]))
    errors = answer.get("errors") or {}
    known = texts.get("error", {})
    return "; ".join(str(known.get(key, key)) for key in errors.values())


async def loaded(session: Session, entry_id: str) -> str:
    """Wait until an entry is loaded and return its id."""
    seen: dict[str, Any] = {}
    try:
        async with asyncio.timeout(LOAD_LIMIT):
            while seen.get("state") != "loaded":
                seen = next(e for e in await _entries(session) if e["entry_id"] == entry_id)
                await asyncio.sleep(0.3)
    except TimeoutError:
        state, reason = seen.get("state"), seen.get("reason")
        raise DemoError(f"The integration did not load: {state}, {reason}") from None
    return entry_id
