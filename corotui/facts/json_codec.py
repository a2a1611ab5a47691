"""NodeFacts as JSON and back. Nothing is lost except secrets that are written in corosync.conf itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import NoneType, UnionType
from typing import TypeVar, get_args, get_origin, get_type_hints

from corotui.cluster.text.redaction import redact
from corotui.facts.model import NodeFacts

_T = TypeVar("_T")


def to_json(facts: NodeFacts) -> dict[str, object]:
    """The facts as a JSON object: field names as keys, addresses as text, tuples as lists.

    The object is kept in state.db and printed. So the value of an inline `key:` in corosync.conf (corosync.conf(5),
    totem) is left out.
    """
    conf = facts.corosync.conf
    if conf is not None:
        facts = replace(facts, corosync=replace(facts.corosync, conf=redact(conf)))
    return {name: _encode(getattr(facts, name)) for name in _hints(NodeFacts)}


def from_json(document: Mapping[str, object]) -> NodeFacts:
    """The facts that `to_json` wrote.

    A field that an older corotui did not write gets its default. Unknown keys are ignored. Raises ValueError if the
    document does not hold facts.
    """
    try:
        facts = _decode(NodeFacts, document)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not the facts of a node: {error}") from error
    assert isinstance(facts, NodeFacts)
    return facts


@cache
def _hints(kind: type) -> dict[str, object]:
    """The annotations of a dataclass's fields, by name and in order."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _encode(value: object) -> object:
    if isinstance(value, (IPv4Address, IPv6Address)):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if is_dataclass(value):
        return {name: _encode(getattr(value, name)) for name in _hints(value.__class__)}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    return value


def _decode(hint: object, value: object) -> object:
    if get_origin(hint) is UnionType:
        return _decode_union(get_args(hint), value)
    if isinstance(hint, type) and is_dataclass(hint):
        return _decode_dataclass(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(_of(str, value))
    if get_origin(hint) is tuple:
        return tuple(_decode(get_args(hint)[0], item) for item in _of(list, value))
    if get_origin(hint) is Mapping:
        return {str(key): _decode(get_args(hint)[1], item) for key, item in _of(dict, value).items()}
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, bool):
        raise TypeError("a truth value where a number belongs")
    assert isinstance(hint, type)
    return _of(hint, value)


def _decode_union(hints: tuple[object, ...], value: object) -> object:
    if set(hints) == {IPv4Address, IPv6Address}:
        return ip_address(_of(str, value))
    if value is None and NoneType in hints:
        return None
    (hint,) = (hint for hint in hints if hint is not NoneType)
    return _decode(hint, value)


def _decode_dataclass(kind: type, value: object) -> object:
    document = _of(dict, value)
    return kind(**{name: _decode(hint, document[name]) for name, hint in _hints(kind).items() if name in document})


def _of(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{type(value).__name__} where {kind.__name__} belongs")
    return value
