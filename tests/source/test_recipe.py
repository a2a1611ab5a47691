from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from corotui.source.archives.inspect import ArchiveContents
from corotui.source.compile.job import Job, job_keys, make_jobs
from corotui.source.compile.plan import Platform
from corotui.source.compile.recipe import build_steps
from corotui.source.releases.manifest import Release, own_release, read_manifest, select_releases

KIND = Platform("debian", "12", "x86_64")


def made(
    version: str = "3.1.7", form: str = "deb", kind: Platform = KIND, base: str = "/home/me/build"
) -> tuple[Job, ...]:
    releases = select_releases(read_manifest(), version)
    return make_jobs(
        [(r, ArchiveContents(f"{r.component}-{r.version}", True, 1, 1)) for r in releases], kind, form, base
    )


def lines(job: Job) -> dict[str, str]:
    return {step.name: step.command for step in build_steps(job, 4)}


def test_the_key_changes_with_all_that_decides() -> None:
    libqb, _, corosync = made()
    others = [
        made(form="prefix")[0],
        made(kind=replace(KIND, arch="aarch64"))[0],
        replace(libqb, release=replace(libqb.release, sha256="0" * 64)),
    ]
    assert len({libqb.key, corosync.key, *(job.key for job in others)}) == 5
    changed = replace(corosync, dependencies=(replace(libqb, release=replace(libqb.release, sha256="0" * 64)),))
    assert changed.key != corosync.key
    assert made(base="/elsewhere")[2].key == corosync.key
    assert job_keys(select_releases(read_manifest(), "3.1.7"), KIND, "deb") == tuple(job.key for job in made())


@pytest.mark.parametrize("form", ["deb", "rpm", "prefix"])
@pytest.mark.parametrize("version", ["3.1.7", "2.4.4"])
def test_every_line_is_sh(form: str, version: str) -> None:
    for job in made(version, form, base="/home/o'brien $x/b"):
        for step in build_steps(job, 2):
            subprocess.run(["sh", "-n", "-c", step.command], check=True)


def test_the_archive_is_proved_there_before_it_is_unpacked() -> None:
    line = lines(made()[0])["unpack"]
    assert line.index("sha256sum -c") < line.index("tar -xf")


def test_a_build_goes_against_the_staged_trees() -> None:
    libqb, knet, corosync = made()
    assert "PKG_CONFIG_PATH" not in lines(libqb)["configure"]
    assert f"PKG_CONFIG_PATH='{libqb.folder}/pc:{knet.folder}/pc'".replace("'", "") in lines(corosync)[
        "configure"
    ].replace("'", "")
    assert "make -j4" in lines(corosync)["make"]
    assert "DESTDIR=" in lines(corosync)["make"]


@pytest.mark.parametrize("form", ["deb", "rpm", "prefix"])
def test_what_nobody_installs_is_not_built(form: str) -> None:
    for job in made(form=form):
        line = lines(job)["make"]
        assert line.count("noinst_PROGRAMS=") == (1 if form == "rpm" else 2), line


def test_rpm_is_made_by_the_release_itself() -> None:
    line = lines(made(form="rpm")[2])["make"]
    assert "make rpm" in line
    assert "--nodeps" in line
    assert "WITH_LIST=--with systemd --with xmlconf" in line


def test_older_series_get_the_flags_that_their_compilers_had_by_default() -> None:
    line = lines(made("2.4.4")[1])["configure"]
    assert "-fcommon" in line
    assert "-fcommon" not in lines(made()[2])["configure"]
    own: Release = own_release("/x/corosync-1.4.2.tar.gz", "ab" * 32)
    (old,) = make_jobs([(own, ArchiveContents("corosync-1.4.2", False, 1, 1))], KIND, "deb", "/b")
    line = lines(old)["configure"]
    assert "./autogen.sh" in line
    assert "echo 1.4.2 > .tarball-version" in line
    assert "--enable-nss" in line
    assert "--with-initddir=/etc/init.d" in line
    assert "--enable-systemd" not in line
    assert "xmlconf" not in line


def test_services_follow_the_node() -> None:
    assert "--with-systemddir=/usr/lib/systemd/system" in lines(made()[2])["configure"]
    sysv = made(kind=replace(KIND, systemd=False))[2]
    assert "--with-initddir=/etc/init.d" in lines(sysv)["configure"]
    assert "systemd" not in lines(sysv)["configure"]


def test_more_cores_are_expected_to_be_quicker() -> None:
    job = made()[2]
    assert job.seconds(8) < job.seconds(2) < job.seconds(1)
