from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.facts.model import Os
from corotui.prerequisites.build_packages import all_dependencies
from corotui.source.compile.log_errors import first_error
from corotui.source.releases.build_deps import package_providing

LOGS = Path(__file__).parents[1] / "fixtures" / "build_logs"
DEBIAN = Os(id="debian", version="12", family="debian")
RHEL = Os(id="almalinux", version="9.4", family="rhel")
AMAZON2 = Os(id="amzn", version="2", family="rhel")
SUSE = Os(id="opensuse-leap", version="15.6", family="suse")


@pytest.mark.parametrize(
    ("log", "line", "debian", "rhel", "suse"),
    [
        ("libqb-without-libxml2", "libxml-2.0", "libxml2-dev", "libxml2-devel", "libxml2-devel"),
        ("corosync-without-libqb", "(libqb)", "libqb-dev", "libqb-devel", "libqb-devel"),
        ("kronosnet-without-nss", "(nss)", "libnss3-dev", "nss-devel", "mozilla-nss-devel"),
        ("kronosnet-header", "zstd.h", "libzstd-dev", "libzstd-devel", "libzstd-devel"),
        ("no-compiler", "no acceptable C compiler", "gcc libc6-dev", "gcc glibc-devel", "gcc glibc-devel"),
    ],
)
def test_what_is_missing_is_named_by_its_package(log: str, line: str, debian: str, rhel: str, suse: str) -> None:
    lines = (LOGS / f"{log}.log").read_text().splitlines()
    for os, package in ((DEBIAN, debian), (RHEL, rhel), (SUSE, suse)):
        blame = first_error(lines, os)
        assert blame is not None
        assert line in blame.line
        assert blame.missing_packages == package
        assert package in blame.explanation


@pytest.mark.parametrize("log", ["full-make", "full-tar"])
def test_a_full_disk_is_the_cause_and_not_what_follows_it(log: str) -> None:
    blame = first_error((LOGS / f"{log}.log").read_text().splitlines(), DEBIAN)
    assert blame is not None
    assert blame.explanation == "The disk of the build node is full."


def test_rpmbuild_names_all_that_it_misses() -> None:
    blame = first_error((LOGS / "rpmbuild-dependencies.log").read_text().splitlines(), RHEL)
    assert blame is not None
    assert blame.missing_packages == "autoconf automake check-devel doxygen libtool procps"


@pytest.mark.parametrize(
    ("line", "means", "packages"),
    [
        ("/usr/bin/ld: cannot find -lqb: No such file or directory", "library qb", "libqb-devel"),
        ("./autogen.sh: 3: autoreconf: not found", "program autoreconf", "autoconf automake libtool"),
        ("nice: ‘make’: No such file or directory", "program make", "make"),
        ("cc1: fatal error: Killed signal terminated program cc1", "out of memory", ""),
        ("c.o:/x/c.h:3: multiple definition of `list'; b.o:/x/c.h:3: first defined here", "-fcommon", ""),
        ("main.c:(.text+0x1): undefined reference to `knet_handle_new'", "do not fit", ""),
        ("exec/main.c:12:5: error: unknown type name 'foo'", "", ""),
        ("xz: (stdin): Unexpected end of input", "", ""),
    ],
)
def test_other_causes(line: str, means: str, packages: str) -> None:
    noise = ["gcc -c main.c", "make[2]: *** [Makefile:3: main.o] Error 1", "make: *** [Makefile:1: all] Error 2"]
    blame = first_error(["checking for stdio.h... yes", line, *noise], RHEL)
    assert blame is not None
    if line.startswith("xz"):
        return
    assert (blame.line, blame.line_number) == (line, 2)
    assert means in blame.explanation
    assert blame.missing_packages == packages


def test_the_echo_of_make_stands_in_where_nothing_else_is_reported() -> None:
    blame = first_error(["all fine", "make: *** [Makefile:1: all] Error 2"], DEBIAN)
    assert blame is not None
    assert blame.line_number == 2
    assert first_error(["all fine"], DEBIAN) is None
    assert first_error([], DEBIAN) is None


@given(st.lists(st.text(max_size=200), max_size=20))
def test_any_log_is_taken(lines: list[str]) -> None:
    blame = first_error(lines, SUSE)
    assert blame is None or 1 <= blame.line_number <= len(lines)


def test_names_by_family() -> None:
    assert package_providing(DEBIAN, header="nss.h") == "libnss3-dev"
    assert package_providing(RHEL, program="pkg-config") == "pkgconf-pkg-config"
    assert package_providing(AMAZON2, program="pkg-config") == "pkgconfig"
    assert package_providing(SUSE, pkgconfig="libqb >= 1.0") == "libqb-devel"
    assert package_providing(SUSE, header="nowhere.h") == ""
    assert package_providing(Os(), header="nss.h") == ""


def test_every_need_has_names_in_every_family() -> None:
    for need in all_dependencies().values():
        for family in ("debian", "rhel", "suse"):
            assert need.packages.get(family) or need.name == "deb", (need.name, family)
