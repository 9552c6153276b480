"""The function that callers of a cached one see, and the short way to a value that is there.

It has the parameters of the cached function, so that the interpreter binds the arguments, by
keyword and with defaults, in no more time than a plain call takes. For that it is written out as
source, whose own names end in two underscores. On the short way nothing is awaited, and nothing
called but ``marshal`` or ``struct`` and the clock, and the codec for what can be changed.
"""

from __future__ import annotations

import functools
import inspect
import marshal
import struct
import time
from collections.abc import Callable
from string import Template
from typing import Any

from app.utils._cache_core import Core
from app.utils._cache_keys import MARSHAL_VERSION, floats_format

_SOURCE = Template(
    """
$define call$parameters:
    try:
        entry__ = entries__[$key]
    except (KeyError, ValueError):
        pass
    else:
        if now__() < entry__.quick_until:
            store__.hits += 1.0
            entry__.was_used = True
            return value_of__(entry__) if entry__.is_packed else entry__.value
    return $answer(core__, ($positional), {$keywords})
"""
)

Answer = Callable[..., Any]
"""Takes the core, and the arguments by position and by keyword."""


def wrapped(core: Core, answer: Answer) -> Callable[..., Any]:
    """A function with the name and signature of the cached one.

    Args:
        core: Of the cached function.
        answer: Finds or computes the value where the short way does not lead to it; async if
            the cached function is.
    """
    signature = core.key_of.keyed_as_given
    if signature is None or any(name.endswith("__") for name in signature.parameters):
        call = _general(core, answer)
    else:
        call = _special(core, answer, signature)
    return functools.wraps(core.function)(call)


def _general(core: Core, answer: Answer) -> Callable[..., Any]:
    """For functions of which not every argument is a part of the key as it stands."""
    if inspect.iscoroutinefunction(answer):

        async def call_later(*args: Any, **kwargs: Any) -> Any:
            return await answer(core, args, kwargs)

        return call_later

    def call(*args: Any, **kwargs: Any) -> Any:
        return answer(core, args, kwargs)

    return call


def _special(core: Core, answer: Answer, signature: inspect.Signature) -> Callable[..., Any]:
    parameters = signature.parameters.values()
    by_keyword = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    by_position = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    is_async = inspect.iscoroutinefunction(answer)
    source = _SOURCE.substitute(
        define="async def" if is_async else "def",
        answer="await answer__" if is_async else "answer__",
        parameters=_bare(signature),
        key=_key_of(list(signature.parameters)),
        positional=_tuple_of(by_position),
        keywords=", ".join(f"{name!r}: {name}" for name in by_keyword),
    )
    names: dict[str, Any] = {
        "answer__": answer,
        "core__": core,
        "dumps__": marshal.dumps,
        "entries__": core.store.entries,
        "float__": float,
        "now__": time.monotonic,
        "pack__": struct.Struct(floats_format(len(parameters))).pack,
        "store__": core.store,
        "type__": type,
        "value_of__": core.value_of,
    }
    exec(compile(source, f"<cache of {core.name}>", "exec"), names)  # noqa: S102 - of names alone
    call = names["call"]
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    call.__defaults__ = tuple(defaults[name] for name in by_position if name in defaults)
    call.__kwdefaults__ = {name: defaults[name] for name in by_keyword if name in defaults}
    wrapper: Callable[..., Any] = call
    return wrapper


def _bare(signature: inspect.Signature) -> inspect.Signature:
    """Names and kinds; defaults are set afterwards, since source cannot hold them."""
    empty = inspect.Parameter.empty
    bare = [p.replace(default=empty, annotation=empty) for p in signature.parameters.values()]
    return inspect.Signature(bare)


def _key_of(names: list[str]) -> str:
    """What ``KeyBuilder`` makes of scalars, as an expression."""
    of_scalars = f"dumps__(({_tuple_of(names)}), {MARSHAL_VERSION})"
    if not names:
        return of_scalars
    are_floats = " is ".join([*(f"type__({name})" for name in names), "float__"])
    return f"pack__({_tuple_of(names)}) if {are_floats} else {of_scalars}"


def _tuple_of(names: list[str]) -> str:
    return "".join(f"{name}, " for name in names)
