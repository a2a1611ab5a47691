"""The mode with which a corosync.conf is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf.host.file_mode import file_mode, has_inline_key

PLAIN = b"totem {\n    version: 2\n    keyfile: /etc/corosync/authkey\n}\n"
WITH_KEY = b"totem {\n    version: 2\n\tkey : 0123456789abcdef\n}\n"


@pytest.mark.parametrize(
    ("conf", "present", "mode"),
    [
        (PLAIN, None, 0o644),
        (PLAIN, 0o644, 0o644),
        (PLAIN, 0o640, 0o640),
        (PLAIN, 0o600, 0o600),
        (PLAIN, 0o666, 0o644),
        (PLAIN, 0o4775, 0o644),
        (WITH_KEY, None, 0o600),
        (WITH_KEY, 0o644, 0o640),
        (WITH_KEY, 0o640, 0o640),
        (WITH_KEY, 0o600, 0o600),
    ],
)
def test_the_mode_of_the_file_before_is_kept_unless_it_is_too_wide(conf: bytes, present: int | None, mode: int) -> None:
    assert file_mode(conf, present) == mode


@given(st.sampled_from([PLAIN, WITH_KEY]), st.integers(0, 0o7777))
def test_no_mode_is_ever_widened(conf: bytes, present: int) -> None:
    mode = file_mode(conf, present)
    assert mode & ~present == 0
    assert mode & 0o022 == 0
    assert not (has_inline_key(conf) and mode & 0o007)
