from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.errors import WorkError
from corotui.source.install.baseline import BaselineStore, PackageBaseline, parse_installed_packages

WAS = {"libc6": "2.36", "libqb100": "2.0.6-2", "pacemaker": "2.1"}
AFTER = {"libc6": "2.36", "pacemaker": "2.1", "corotui-libqb": "2.0.10", "libnss3": "3.87"}


def test_what_came_goes_and_what_went_comes_back() -> None:
    before = PackageBaseline("a", "deb", WAS, ("corotui-libqb",), after=AFTER)
    gone, back = before.compute_restore(AFTER)
    assert sorted(gone) == ["corotui-libqb", "libnss3"]
    assert back == {"libqb100": "2.0.6-2"}


def test_what_others_did_later_stays() -> None:
    before = PackageBaseline("a", "deb", WAS, ("corotui-libqb",), after=AFTER)
    later = {**AFTER, "vim": "9", "libc6": "2.37"}
    del later["pacemaker"]
    gone, back = before.compute_restore(later)
    assert "vim" not in gone
    assert "libc6" not in back
    assert "pacemaker" not in back


def test_what_we_changed_and_somebody_changed_back_is_left() -> None:
    before = PackageBaseline("a", "rpm", {"libqb": "1"}, (), after={"libqb": "2"})
    assert before.compute_restore({"libqb": "2"}) == ((), {"libqb": "1"})
    assert before.compute_restore({"libqb": "1"}) == ((), {})


def test_an_installation_that_never_ended_is_undone_by_what_is_there() -> None:
    before = PackageBaseline("a", "deb", WAS, ("corotui-libqb",))
    gone, back = before.compute_restore(AFTER)
    assert sorted(gone) == ["corotui-libqb", "libnss3"]
    assert back == {"libqb100": "2.0.6-2"}


def test_without_a_list_of_before_only_ours_go() -> None:
    assert PackageBaseline("a", "rpm", {}, ("corosync",), after={"glibc": "2", "corosync": "3"}).compute_restore(
        {"glibc": "2", "corosync": "3"}
    ) == (("corosync",), {})


_packages = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"))


@given(_packages.filter(bool), _packages)
def test_undone_at_once_it_is_as_it_was(was: dict[str, str], after: dict[str, str]) -> None:
    gone, back = PackageBaseline("n", "deb", was, (), after=after).compute_restore(after)
    now = {name: version for name, version in after.items() if name not in gone} | back
    assert now == was


def test_the_ledger_keeps_and_forgets(tmp_path: Path) -> None:
    ledger = BaselineStore(tmp_path / "before")
    before = PackageBaseline("a", "deb", WAS, ("corotui-libqb",), ("/etc/corosync",), AFTER)
    assert ledger.load("a") is None
    ledger.save(before)
    assert ledger.load("a") == before
    ledger.delete("a")
    ledger.delete("a")
    assert ledger.load("a") is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"{\xff", json.dumps({"node": "a"}).encode()])
def test_a_damaged_note_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    assert BaselineStore(tmp_path).load("a") is None


def test_a_disk_that_takes_no_note_stops_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match="written down"):
        BaselineStore(tmp_path / "file" / "x").save(PackageBaseline("a", "deb", {}, ()))


def test_snapshots_are_pairs() -> None:
    assert parse_installed_packages("a 1\nb 2:3-4\n\nodd line here\nlonely\n") == {"a": "1", "b": "2:3-4"}
    assert parse_installed_packages("e\x1b[31mvil 1\n") == {"e\x1b[31mvil": "1"}
