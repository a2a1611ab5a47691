"""`corotui conf`: what it prints and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from corotui.cli.main import main
from corotui.conf import parse, predict_verdict
from tests.support.conf_examples import WELL, conf

FACTS = {
    "hostname": "node1",
    "addresses": ["10.77.0.1", "fd99::1"],
    "hosts": {"node2": ["10.77.0.2"]},
    "authkey_bytes": None,
    "files": {"/k": 500},
    "directories": ["/var/log/cluster"],
    "users": {"root": 0},
    "groups": {"root": 0},
}


@pytest.fixture
def well(tmp_path: Path) -> str:
    path = tmp_path / "corosync.conf"
    path.write_bytes(WELL)
    return str(path)


def test_check_gives_diagnostics_and_verdict(tmp_path: Path, well: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS))
    code = main(["conf", "check", well, "--as", "node1", "--corosync", "3.1.7", "--facts", str(facts), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert code == 1
    assert found["verdict"]["test"] == 8
    assert found["verdict"]["start"] == 8
    assert found["verdict"]["test_message"] == "Could not open /etc/corosync/authkey: No such file or directory"
    assert [one["code"] for one in found["diagnostics"]] == ["key-unreadable"]
    assert found["consequences"]["token_ms"] == 3650


def test_many_files_give_a_document_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = []
    for number in range(600):
        paths.append(tmp_path / f"{number}.conf")
        paths[-1].write_bytes(conf(f"token: {number * 10}"))
    main(["conf", "check", *map(str, paths), "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [str(path) for path in paths]
    assert all(line["verdict"]["test"] in (0, 8) for line in lines)


def test_a_well_made_file_ends_with_0(well: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conf", "check", well]) == 0
    printed = capsys.readouterr().out
    assert "corosync starts with it" in printed
    assert "token 3650 ms; a dead node leaves after 8030 ms" in printed
    assert "quorum is 2 of 3 votes; may fail: 1 node" in printed


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["conf", "check", "/nowhere"], 2, "/nowhere"),
        (["conf", "diff", "-", "/nowhere"], 2, "/nowhere"),
        (["conf", "explain", "tokken"], 2, "tokken"),
        (["conf", "check", "-", "--corosync", "9"], 2, "9"),
        (["conf", "new", "node1"], 2, "node1"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(WELL)))
    assert main(arguments) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.splitlines()) == 1


@pytest.mark.parametrize(
    ("facts", "key"),
    [("[]", "object"), ("{", "JSON"), ('{"addresses": 3}', "addresses"), ('{"files": {"/k": -1}}', "files./k")],
)
def test_wrong_facts_name_the_key(
    facts: str, key: str, tmp_path: Path, well: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "facts.json"
    path.write_text(facts)
    assert main(["conf", "check", well, "--facts", str(path)]) == 2
    assert key in capsys.readouterr().err


def test_a_file_that_cannot_be_read_stops_no_other(
    well: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing")
    assert main(["conf", "check", missing, str(tmp_path), well, "--json"]) == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["file"] for line in lines] == [missing, str(tmp_path), well]
    assert [line.get("error") for line in lines] == ["FileError", "FileError", None]
    assert lines[2]["verdict"]["test"] == 0


def test_facts_may_be_few_and_their_mistakes_are_named(
    well: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"hostname": "node1",\n"adresses": [], "hosts": null}')
    assert main(["conf", "check", well, "--facts", str(facts), "--json"]) == 0
    done = capsys.readouterr()
    assert done.err == f"{facts}: adresses: unknown key; did you mean addresses?\n"
    assert json.loads(done.out)["verdict"]["assumed"] == ["/etc/corosync/authkey exists, with at least 128 bytes"]
    facts.write_text('{"hostname": "node1",\n  3: 4}')
    assert main(["conf", "check", well, "--facts", str(facts)]) == 2
    assert capsys.readouterr().err.startswith(f"{facts}:2: it is not JSON: ")


def test_what_was_taken_on_trust_is_said(well: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conf", "check", well, "--as", "node1"]) == 0
    printed = capsys.readouterr().out
    assert "node1 has the addresses that the file gives it" in printed
    assert "/etc/corosync/authkey exists" in printed


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conf", "explain", "token", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["options"][0]["change"] == "reload"
    assert main(["conf", "explain", "--all"]) == 0
    text = capsys.readouterr().out
    assert "nodelist.node.ringX_addr" in text
    assert "two-node-missing" in text


def test_new_diff_convert_and_format(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["conf", "new", "a=10.0.0.1", "b=10.0.0.2", "--cluster", "db"]) == 0
    made = capfdbinary.readouterr().out
    assert predict_verdict(parse(made)).test == 0
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(made)
    new.write_bytes(made.replace(b"config_version: 1", b"config_version: 2\n    token: 5000"))
    assert main(["conf", "diff", str(old), str(new)]) == 0
    assert b"All changes together need a reload." in capfdbinary.readouterr().out
    assert main(["conf", "format", str(old)]) == 0
    assert capfdbinary.readouterr().out == made
    assert main(["conf", "new", "a=10.0.0.1", "b=10.0.0.2", "--corosync", "1.4.2"]) == 0
    old.write_bytes(capfdbinary.readouterr().out)
    assert main(["conf", "convert", str(old), "--name", "10.0.0.1=alpha"]) == 0
    done = capfdbinary.readouterr()
    assert b"name: alpha" in done.out
    assert b"bindnetaddr" in done.err


def test_hostile_bytes_reach_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "evil"
    path.write_bytes(b"totem {\ntoken: \x1b]0;owned\x07\x1b[31m\n\x1b[2J\n}\n")
    main(["conf", "check", str(path)])
    assert "\x1b" not in capsys.readouterr().out
