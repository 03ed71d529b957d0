"""Every command that the integration can send, found by importing it."""

from annotationlib import Format
from collections.abc import Iterator
from enum import Enum
import importlib
import inspect
from itertools import product
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

from packaging.version import Version

from custom_components.nina_observatory.api import NinaClient, release
from custom_components.nina_observatory.api.coordinates import SkyPosition
from custom_components.nina_observatory.api.plugin_version import needed_version
from custom_components.nina_observatory.control import commands as package
from custom_components.nina_observatory.control.command import Command

if TYPE_CHECKING:
    from aiohttp import ClientSession

# What makes a command where a command is made from something.
SAMPLES: dict[Any, tuple[Any, ...]] = {
    bool: (True, False),
    float: (0.0,),
    int: (0,),
    str: ("sample",),
    SkyPosition: (SkyPosition.of_degrees(0.0, 0.0),),
}

# What methods are looked up at; nothing is sent.
CLIENT = NinaClient(cast("ClientSession", None), "nina.invalid")


def modules() -> Iterator[ModuleType]:
    """Yield the modules of commands."""
    for found in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{found.name}")


def every_command() -> dict[str, Command[Any]]:
    """Return the commands by key, one of each, by subject."""
    found = [
        (module.__name__.endswith(f".{command.subject}"), command)
        for module in modules()
        for value in vars(module).values()
        for command in _commands_of(value, module)
    ]
    # The same command may be sent in another way by the module of another subject.
    found.sort(key=lambda each: (not each[0], str(each[1].subject)))
    commands = [command for _, command in reversed(found)]
    every = dict(reversed({command.key: command for command in commands}.items()))
    # What older servers get instead hangs on the one that newer ones get.
    older = {id(form) for command in commands for form in list(forms(command))[1:]}
    newest = {each.key: each for each in commands if each.fallback and id(each) not in older}
    return {key: newest[key] if id(each) in older else each for key, each in every.items()}


def needed(command: Command[Any]) -> Version:
    """Return the version of the plugin that a command needs as it is."""
    return max(release(*command.since), needed_version(command.method(CLIENT)))


def forms(command: Command[Any]) -> Iterator[Command[Any]]:
    """Yield a command and what older plugins get instead, the newest first."""
    form: Command[Any] | None = command
    while form is not None:
        yield form
        form = form.fallback


def _commands_of(value: Any, module: ModuleType) -> Iterator[Command[Any]]:
    """Yield what is a command, or is made by a function that returns one."""
    if isinstance(value, Command):
        yield value
    elif inspect.isfunction(value) and value.__module__ == module.__name__:
        # Names that are there for type checkers only stay unresolved.
        signature = inspect.signature(value, annotation_format=Format.FORWARDREF)
        made = signature.return_annotation
        if get_origin(made) is Command and not value.__name__.startswith("_"):
            for arguments in _arguments(signature):
                yield value(*arguments.args, **arguments.kwargs)


def _arguments(signature: inspect.Signature) -> Iterator[inspect.BoundArguments]:
    """Yield arguments for a function: the required ones, by their types."""
    required = {
        name: _samples(parameter.annotation)
        for name, parameter in signature.parameters.items()
        if parameter.default is parameter.empty
    }
    for values in product(*required.values()):
        bound = signature.bind_partial()
        bound.arguments.update(zip(required, values, strict=True))
        yield bound


def _samples(annotation: Any) -> tuple[Any, ...]:
    """Return values of a type; raises LookupError for a type nobody gave any."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return (next(iter(annotation)),)
    if get_args(annotation):
        return (lambda *_: None,)
    if annotation not in SAMPLES:
        raise LookupError(f"no sample of {annotation}")
    return SAMPLES[annotation]
