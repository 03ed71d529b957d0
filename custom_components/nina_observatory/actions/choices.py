"""Lists of the items that exist in an observatory, which the forms of actions offer."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from homeassistant.core import callback

from ..api import Camera, FilterWheel, Role, SwitchHub
from ..readings.catalog import Catalog
from ..readings.scheduler_plan import SchedulerPlan
from ..runtime import NinaRuntimeData

# Every frontend fetches all lists.
LONGEST: Final = 200

# Choices of one list: what a call takes, and what people see.
type Options = Mapping[str, str]


class Choice(StrEnum):
    """A list of choices."""

    BINNINGS = "binnings"
    FILTERS = "filters"
    PROFILES = "profiles"
    PROJECTS = "projects"
    SCHEDULER_PROFILES = "scheduler_profiles"
    SEQUENCES = "sequences"
    SWITCHES = "switches"
    # By id where names repeat, and by name for fields that only take a name.
    TARGETS = "targets"
    TARGET_NAMES = "target_names"


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """Where a list comes from; without `options` it is unknown, and stays as it was last known."""

    source: Callable[[NinaRuntimeData], object]
    options: Callable[[Any], Options | None]


def _device(role: Role) -> Callable[[NinaRuntimeData], object]:
    """Return the function that returns the device of a role as last read."""
    return lambda data: data.equipment.data.equipment.device(role)


def _catalog(data: NinaRuntimeData) -> Catalog:
    return data.catalog.data


def _plan(data: NinaRuntimeData) -> SchedulerPlan | None:
    return None if data.scheduler is None else data.scheduler.data


def _plain(names: Iterable[str | None]) -> Options:
    """Return choices that are named as people see them."""
    return {name: name for name in names if name}


def _told_apart(named: Iterable[tuple[str | None, str]]) -> Options:
    """Return choices by name, or by id where the name is missing, repeats, or looks like an id."""
    pairs = list(named)
    numbers = Counter(name for name, _ in pairs)
    options = {}
    for name, key in pairs:
        if name and numbers[name] == 1 and not name.isdigit():
            options[name] = name
        else:
            options[key] = f"{name or '–'} ({key})"
    return options


def _binnings(camera: object) -> Options | None:
    if not isinstance(camera, Camera):
        return None
    return _plain(mode.name for mode in camera.binning_modes) or None


def _filters(wheel: object) -> Options | None:
    if not isinstance(wheel, FilterWheel):
        return None
    return _plain(each.name for each in wheel.available_filters) or None


def _switches(hub: object) -> Options | None:
    """Return the channels that can be set."""
    if not isinstance(hub, SwitchHub) or not hub.connected:
        return None
    return _told_apart(
        (channel.name, str(channel.id)) for channel in hub.writable if channel.id is not None
    )


def _targets(plan: SchedulerPlan) -> Options:
    """Return the enabled targets, those whose name repeats by id and with their project."""
    numbers = Counter(target.name for each in plan.projects for target in each.targets)
    options = {}
    for each in plan.projects:
        project = each.project.name or each.project.id
        for target in each.enabled:
            if target.name and numbers[target.name] == 1:
                options[target.name] = target.name
            else:
                options[target.id] = f"{target.name or '–'} ({project})"
    return options


def _of_catalog(pick: Callable[[Catalog], Options]) -> Callable[[Catalog], Options | None]:
    """Return the function for a list of the catalog, which is unknown while N.I.N.A. is gone."""
    return lambda catalog: pick(catalog) if catalog.reachable else None


def _of_plan(pick: Callable[[SchedulerPlan], Options]) -> Callable[[Any], Options | None]:
    """Return the function for a list of the scheduler, which is unknown while that is gone."""
    return lambda plan: pick(plan) if plan is not None and plan.reachable else None


LISTS: Final[Mapping[Choice, _List]] = {
    Choice.BINNINGS: _List(source=_device(Role.CAMERA), options=_binnings),
    Choice.FILTERS: _List(source=_device(Role.FILTER_WHEEL), options=_filters),
    Choice.PROFILES: _List(
        source=_catalog, options=_of_catalog(lambda catalog: _plain(catalog.profile_names))
    ),
    Choice.PROJECTS: _List(
        source=_plan,
        options=_of_plan(
            lambda plan: _told_apart(
                (project.name, project.id)
                for project in (*(each.project for each in plan.projects), *plan.others)
            )
        ),
    ),
    Choice.SCHEDULER_PROFILES: _List(
        source=_plan,
        options=_of_plan(lambda plan: _told_apart((each.name, each.id) for each in plan.profiles)),
    ),
    Choice.SEQUENCES: _List(
        source=_catalog, options=_of_catalog(lambda catalog: _plain(catalog.sequences))
    ),
    Choice.SWITCHES: _List(source=_device(Role.SWITCH_HUB), options=_switches),
    Choice.TARGETS: _List(source=_plan, options=_of_plan(_targets)),
    Choice.TARGET_NAMES: _List(
        source=_plan,
        options=_of_plan(
            lambda plan: _plain(target.name for each in plan.projects for target in each.enabled)
        ),
    ),
}


def kept(lists: Mapping[Choice, Options]) -> dict[str, object]:
    """Return lists as they are stored."""
    return {choice.value: dict(options) for choice, options in lists.items()}


def restored(stored: Mapping[str, object]) -> dict[Choice, Options]:
    """Return stored lists; raises ValueError for anything else."""
    lists: dict[Choice, Options] = {}
    for choice in Choice:
        options = stored.get(choice.value, {})
        if not isinstance(options, dict) or not all(
            isinstance(text, str) for option in options.items() for text in option
        ):
            raise ValueError(f"no list of {choice}")
        if options:
            lists[choice] = dict(islice(options.items(), LONGEST))
    return lists


class ChoiceReader:
    """Keeps the lists of one observatory in `known` up to date."""

    def __init__(self, data: NinaRuntimeData, known: dict[Choice, Options]) -> None:
        self._data = data
        self._known = known
        self._sources: dict[Choice, object] = {}

    @callback
    def async_update(self) -> bool:
        """Read the lists whose source has changed; return whether any list has."""
        changed = False
        for choice, each in LISTS.items():
            source = each.source(self._data)
            if choice in self._sources and source is self._sources[choice]:
                continue
            self._sources[choice] = source
            options = each.options(source)
            if options is None:
                continue
            options = dict(islice(options.items(), LONGEST))
            if options != self._known.get(choice, {}):
                self._known[choice] = options
                changed = True
        return changed
