"""Workflows: actions pinned, no code of the repository where a token may write; forms for issues."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

import yaml

PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}|docker://\S+@sha256:[0-9a-f]{64}")
VERSION = re.compile(r"#\s*(v?\d+(\.\d+)+|(main|master) \d{4}-\d{2}-\d{2})\s*$")
CHECKOUT = "actions/checkout@"
HACS = "hacs/action@"
READ_ONLY = {"contents": "read"}
# With these, code of a stranger would run with the token and the secrets of the repository.
PRIVILEGED_TRIGGERS = {"pull_request_target", "workflow_run", "issue_comment"}
# All that a job with a token that may write can call, and the words of the shell around it.
HARMLESS = re.compile(r"gh (release|issue|label) \w+|(echo|\[|\]|fi|done|exit|true)(?!\S)")
# Labels that a script creates, and those that it gives to an issue.
CREATED = re.compile(r'gh label create "([^"]+)"')
GIVEN = re.compile(r"--label (\S+)")
BETWEEN_COMMANDS = re.compile(
    r"\$?\(|[\n;&|`!)]|(?<!\S)(?:if|then|elif|else|while|until|do|time|\{|\})(?!\S)"
)
ASSIGNMENTS = re.compile(r"""^(\w+=("[^"]*"|'[^']*'|\S*)\s*)+""")
# An expression is pasted into the script before the shell sees it; texts of strangers are code then.
EXPRESSION = re.compile(r"\$\{\{(?!\s*matrix\.[\w-]+\s*\}\})")


def check_workflows(root: Path) -> Iterator[str]:
    """Check actions, permissions and scripts of everything below .github."""
    folder = root / ".github"
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        try:
            content = yaml.safe_load(text)
        except yaml.YAMLError as err:
            yield f"{name}: {err}"
            continue
        for fault in [*_unpinned(content, text), *_pasted(content)]:
            yield f"{name}: {fault}"
        if isinstance(content, dict) and "jobs" in content:
            for fault in _workflow(content):
                yield f"{name}: {fault}"


def check_forms(root: Path) -> Iterator[str]:
    """Check the forms for issues, and that every label that something uses is created."""
    folder = root / ".github"
    created: set[str] = set()
    used: dict[str, str] = {}
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        name, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        created |= set(CREATED.findall(text))
        content = yaml.safe_load(text)
        listed = [each.get("labels") for each in _mappings(content or {})]
        labels = [label for each in listed if isinstance(each, list) for label in each]
        used |= dict.fromkeys([*labels, *GIVEN.findall(text)], name)
        if path.parent.name == "ISSUE_TEMPLATE" and path.stem != "config":
            yield from (f"{name}: {fault}" for fault in _form(content))
    for label in sorted(used.keys() - created):
        yield f"{used[label]}: nothing creates the label {label}"


def _form(form: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of a form for issues, which GitHub would not show."""
    for key in ("name", "description", "body"):
        if not form.get(key):
            yield f"{key} is missing"
    fields = [each for each in form.get("body") or () if each["type"] != "markdown"]
    ids = [each["id"] for each in fields if "id" in each]
    for each in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"two fields are called {each}"
    for field in fields:
        attributes = field.get("attributes", {})
        if not attributes.get("label"):
            yield f"a {field['type']} has no label"
        if field["type"] in ("dropdown", "checkboxes") and not attributes.get("options"):
            yield f"a {field['type']} has no options"


def _mappings(value: Any) -> Iterator[dict[Any, Any]]:
    """Yield all mappings at any depth."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from _mappings(part)


def _unpinned(content: Any, text: str) -> Iterator[str]:
    """Yield the actions that whoever owns them can change without a change here."""
    used = [each["uses"] for each in _mappings(content or {}) if "uses" in each]
    for action in map(str, used):
        if action.startswith("./"):
            continue
        if not PINNED.fullmatch(action):
            yield f"{action} is not pinned to a commit of 40 hexadecimal digits"
        lines = [line for line in text.splitlines() if action in line]
        if not all(VERSION.search(line) for line in lines):
            yield f"{action} does not say its version in a comment"


def _pasted(content: Any) -> Iterator[str]:
    """Yield the scripts with an expression in them."""
    for step in _mappings(content or {}):
        if EXPRESSION.search(str(step.get("run", ""))):
            yield "an expression in a script; hand it over in env"


def _workflow(workflow: dict[Any, Any]) -> Iterator[str]:
    """Yield the faults of triggers, permissions and jobs."""
    # YAML reads the word on as a boolean.
    triggers = workflow.get("on", workflow.get(True))
    named = {triggers} if isinstance(triggers, str) else set(triggers or ())
    for trigger in sorted(named & PRIVILEGED_TRIGGERS):
        yield f"{trigger} runs code of strangers with a token of the repository"
    if workflow.get("permissions") not in (READ_ONLY, {}):
        yield "permissions of the whole workflow must be contents: read"
    for name, job in workflow["jobs"].items():
        for fault in _job(job):
            yield f"{name}: {fault}"


def _job(job: dict[str, Any]) -> Iterator[str]:
    """Yield the faults of a job."""
    permissions = job.get("permissions", {})
    writes = permissions == "write-all" or "write" in dict(permissions or {}).values()
    if writes and (job.keys() & {"uses", "container", "services"}):
        yield "may write, and runs a workflow or a container"
    for step in job.get("steps", []):
        action = str(step.get("uses", ""))
        if action.startswith(HACS) and "ignore" in step.get("with", {}):
            yield "HACS must ignore nothing"
        if action.startswith(CHECKOUT) and _keeps_token(step):
            yield "persist-credentials of the checkout must be false"
        if writes:
            yield from _privileged(step, action)


def _keeps_token(step: dict[str, Any]) -> bool:
    """Return whether a checkout leaves the token where every later step finds it."""
    return step.get("with", {}).get("persist-credentials") is not False


def _privileged(step: dict[str, Any], action: str) -> Iterator[str]:
    """Yield the faults of a step whose token may write."""
    if action.startswith((CHECKOUT, "./")):
        yield f"may write, and uses {action}"
    if step.get("shell", "bash") not in ("bash", "sh"):
        yield f"may write, and its shell is {step['shell']}"
    script = str(step.get("run", "")).replace("\\\n", " ")
    for part in BETWEEN_COMMANDS.split(script):
        command = ASSIGNMENTS.sub("", part.strip()).strip("\"' ")
        if command and not command.startswith("#") and not HARMLESS.match(command):
            yield f"may write, and runs {command}"
