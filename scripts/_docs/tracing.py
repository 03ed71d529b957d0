"""What functions of descriptions look at, found by letting them look at samples that take note."""

from collections.abc import Callable
import dataclasses
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints, override

from custom_components.nina_observatory.api.models.enums import WireEnum
from custom_components.nina_observatory.sensor.description import option

SCALARS: dict[Any, Any] = {
    bool: True,
    int: 1,
    float: 1.5,
    str: "sample",
    datetime: datetime(2026, 2, 24, 22, tzinfo=UTC),
    timedelta: timedelta(minutes=3),
}
# Texts that have to look like something to be understood.
TEXTS = {
    "rms_text": 'Tot: 0.26 (0.42")',
    "method": "STARHFR",
    "fitting": "HYPERBOLIC",
    "state": "Running",
}

type Note = Callable[[str], None]


def sample(model: type[Any], note: Note, prefix: str = "", **changed: Any) -> Any:
    """Return a model in which everything is known, and which notes the wire names of what is read."""
    values = {
        field.name: _value(hint, field.name, note, f"{prefix}{_alias(model, field.name)}.")
        for field, hint in _fields(model)  # type: ignore[arg-type]  # classes are hashable
    }
    noting = _noting(model)  # type: ignore[arg-type]  # classes are hashable
    return noting._make(note, prefix, {**values, **changed})


@cache
def _hints(model: type[Any]) -> dict[str, Any]:
    """Return what the fields of a model hold, by name."""
    return get_type_hints(model)


@cache
def _fields(model: type[Any]) -> list[tuple[dataclasses.Field[Any], Any]]:
    """Return the fields of a model with what they hold."""
    hints = _hints(model)  # type: ignore[arg-type]  # classes are hashable
    return [(field, hints[field.name]) for field in dataclasses.fields(model)]


def _alias(model: type[Any], name: str) -> str:
    """Return the name on the wire."""
    alias: str = model.Config.aliases[name]
    return alias


def _value(hint: Any, name: str, note: Note, prefix: str) -> Any:
    """Return a value that says something."""
    if get_origin(hint) is tuple:
        return (_value(get_args(hint)[0], name, note, prefix),)
    for kind in get_args(hint) if isinstance(hint, UnionType) else (hint,):
        if kind is str and name in TEXTS:
            return TEXTS[name]
        if kind in SCALARS:
            return SCALARS[kind]
        if isinstance(kind, type) and issubclass(kind, WireEnum):
            return next(member for member in kind if option(member) is not None)
        if hasattr(kind, "Config"):
            return sample(kind, note, prefix)
    raise LookupError(f"no sample of {hint}")


@cache
def _noting(model: type[Any]) -> type[Any]:
    """Return a kind of the model that takes note of what is read from it."""
    names = {field.name for field in dataclasses.fields(model)}

    class Noting(model):  # type: ignore[misc]  # a model of any kind
        """The model, watched."""

        __slots__ = ("_note", "_prefix")

        @classmethod
        def _make(cls, note: Note, prefix: str, values: dict[str, Any]) -> Any:
            """Fill a new one."""
            made = cls(**values)
            object.__setattr__(made, "_note", note)
            object.__setattr__(made, "_prefix", prefix)
            return made

        @override
        def __getattribute__(self, name: str) -> Any:
            """Take note of a field of its own that holds no further model."""
            value = object.__getattribute__(self, name)
            if name in names and not _holds_models(value):
                prefix = object.__getattribute__(self, "_prefix")
                object.__getattribute__(self, "_note")(prefix + _alias(model, name))
            return value

    return Noting


def _holds_models(value: Any) -> bool:
    """Return whether a value is a model or models."""
    first = value[0] if isinstance(value, tuple) and value else value
    return hasattr(type(first), "Config")


def reads(function: Callable[..., Any], *models: type[Any] | Any) -> list[str]:
    """Return the wire names of what a function reads of its arguments, in order, each once.

    An argument that is no kind of model is passed on as it is.
    """
    seen: dict[str, None] = {}

    def note(name: str) -> None:
        """Take note."""
        seen[name] = None

    function(*(sample(each, note) if isinstance(each, type) else each for each in models))
    return list(seen)


def condition(model: type[Any], function: Callable[[Any], bool]) -> str:
    """Return in words when a function of a device is true: what has to be there.

    Tried out: every field that it may read is once there and once not. Raises LookupError for what
    cannot be said as "all of these, and one of those".
    """
    fields = _read_by(model, function)
    cases = {
        present: bool(function(_device(model, fields, present)))
        for present in product((True, False), repeat=len(fields))
    }
    if all(cases.values()):
        return ""
    true = [case for case, holds in cases.items() if holds]
    needed = [i for i in range(len(fields)) if true and all(case[i] for case in true)]
    others = [i for i in range(len(fields)) if i not in needed]
    for count in range(len(others) + 1):
        chosen = others[:count]
        for case, holds in cases.items():
            said = all(case[i] for i in needed) and (not chosen or any(case[i] for i in chosen))
            if said != holds:
                break
        else:
            parts = [_there(model, fields[i], function) for i in needed]
            alternatives = " or ".join(_there(model, fields[i], function) for i in chosen)
            return ", ".join(filter(None, [*parts, alternatives]))
    raise LookupError(f"{model.__name__}: cannot say when this is true: {cases}")


def _read_by(model: type[Any], function: Callable[[Any], Any]) -> list[str]:
    """Return the fields that a function reads, whatever it finds in the others."""
    aliases = {_alias(model, field.name): field.name for field in dataclasses.fields(model)}
    found: dict[str, None] = {}

    def look(**changed: Any) -> Any:
        """Let the function look at a sample, and return that."""
        made = sample(model, lambda name: found.__setitem__(name, None), **changed)
        function(made)
        return made

    made = look()
    # Without a field that it does not read, it reads the same. That it reads a model is not noted.
    varied = [
        name
        for alias, name in aliases.items()
        if alias in found or _holds_models(object.__getattribute__(made, name))
    ]
    for name in varied:
        look(**{name: _nothing(model, name)})
    return [aliases[name] for name in found if name in aliases]


def _nothing(model: type[Any], name: str) -> Any:
    """Return the value of a field that says nothing."""
    hint = _hints(model)[name]  # type: ignore[arg-type]  # classes are hashable
    if get_origin(hint) is tuple:
        return ()
    return None if NoneType in get_args(hint) else type(SCALARS[hint])()


def _device(model: type[Any], fields: list[str], present: tuple[bool, ...]) -> Any:
    """Return a device in which some fields say nothing."""
    absent = [name for name, there in zip(fields, present, strict=True) if not there]
    changed = {name: _nothing(model, name) for name in absent}
    return sample(model, lambda _: None, **changed)


def _there(model: type[Any], name: str, function: Callable[[Any], bool]) -> str:
    """Return in words that a field says something, or is true where a function asks for that."""
    hint = _hints(model)[name]  # type: ignore[arg-type]  # classes are hashable
    alias = f"`{_alias(model, name)}`"
    if bool in (hint, *get_args(hint)):
        values: list[dict[str, Any]] = [{name: False}, {name: None}]
        no, unknown = (sample(model, lambda _: None, **each) for each in values)
        return f"{alias} known" if function(no) and not function(unknown) else alias
    return f"{alias} not empty" if get_origin(hint) is tuple else f"{alias} known"
