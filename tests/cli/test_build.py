from __future__ import annotations

import json
from pathlib import Path

import pytest

from corotui.cli.commands.build import platform_lines
from corotui.cli.main import main


def test_the_releases_are_listed_without_a_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:2] == ["corosync", "3.1.7"] and len(line.split()[2]) == 64 for line in lines)
    assert any("1.4.2" in line and "--sha256" in line for line in lines)
    assert main(["build", "--list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    known = {(one["component"], one["version"]): one for one in found}
    assert known["corosync", "3.1.7"]["goes_with"] == {
        "libqb": "2.0.6",
        "kronosnet": "1.25",
        "corosync-qdevice": "3.0.3",
    }
    assert known["corosync", "3.1.7"]["signature"].endswith("corosync-3.1.7.sha256.asc")
    assert known["corosync", "1.4.2"]["goes_with"] == {}
    assert any("with libqb 2.0.6, kronosnet 1.25" in line for line in lines if line.startswith("corosync "))


def test_an_archive_needs_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--archive", "corosync-1.4.2.tar.gz"]) == 2
    assert "--sha256" in capsys.readouterr().err


def test_there_must_be_a_cluster_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(tmp_path)]) == 2
    assert "cluster.toml" in capsys.readouterr().err


def test_install_remove_and_plan_exclude_each_other() -> None:
    with pytest.raises(SystemExit) as left:
        main(["build", "--install", "--remove"])
    assert left.value.code == 2


def test_a_plan_names_what_each_platform_gets_and_leaves_out_what_is_empty() -> None:
    platform = {"form": "deb", "build": ["corosync 3.1.7"], "served": {"libqb": ["libqb-dev"]}, "could_serve": {}}
    assert platform_lines(platform) == [
        "package format           deb",
        "built                    corosync 3.1.7",
        "from the distribution    libqb by libqb-dev",
    ]
