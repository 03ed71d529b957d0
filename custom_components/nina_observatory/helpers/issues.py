"""Repair issues: each has a text, and a section in the documentation."""

from collections.abc import Iterator, Mapping
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN

# The page that explains every issue, in a section of its own.
PAGE: Final = "https://github.com/nina-observatory/nina-observatory/blob/main/docs/repairs.md"

type IssueData = Mapping[str, str | int | float | None]


def section_of(topic: str) -> str:
    """Return the anchor of the section about a topic, whose heading consists of its words."""
    return topic.replace("_", "-")


@callback
def async_raise_issue(
    hass: HomeAssistant,
    issue_id: str,
    translation_key: str,
    severity: ir.IssueSeverity,
    placeholders: Mapping[str, str],
    *,
    topic: str | None = None,
    data: IssueData | None = None,
    fixable: bool = False,
    persistent: bool = False,
) -> None:
    """Raise or update an issue; `topic` is its section in the documentation, by default its key."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        data=None if data is None else dict(data),
        is_fixable=fixable,
        is_persistent=persistent,
        learn_more_url=f"{PAGE}#{section_of(topic or translation_key)}",
        severity=severity,
        translation_key=translation_key,
        translation_placeholders=dict(placeholders),
    )


@callback
def async_delete_issue(hass: HomeAssistant, issue_id: str) -> None:
    """Delete an issue, if there is one."""
    ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_issues(hass: HomeAssistant, prefix: str) -> Iterator[ir.IssueEntry]:
    """Yield the issues whose ids begin with a prefix; they may be deleted meanwhile."""
    for (domain, issue_id), issue in list(ir.async_get(hass).issues.items()):
        if domain == DOMAIN and issue_id.startswith(prefix):
            yield issue
