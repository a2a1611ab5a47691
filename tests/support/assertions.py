"""Assertions that several rooms share."""

from __future__ import annotations

from collections.abc import Callable, Iterator


def assert_never_raises(
    function: Callable[..., object],
    *arguments: object,
    allowed: type[Exception] | tuple[type[Exception], ...] = (),
    **options: object,
) -> None:
    """Fails where a call raises anything but what is `allowed`. An iterator that it returns is read to its end."""
    try:
        result = function(*arguments, **options)
        if isinstance(result, Iterator):
            list(result)
    except allowed:
        return
    except Exception as error:
        name = getattr(function, "__qualname__", repr(function))
        raise AssertionError(f"{name} raised {error!r} for {arguments!r}") from error
