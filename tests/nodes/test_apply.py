"""`corotui apply` on real nodes: all of them or none, whatever comes between."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from corotui.practice import PracticeCluster, execute
from tests.support.nodes.cli_runner import (
    at_terminal,
    configured,
    corotui,
    directory,
    document,
    fingerprint,
    healthy,
    on_all,
    wipe,
)
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import inside

pytestmark = pytest.mark.nodes

FOREIGN = """totem {
    version: 2
    cluster_name: other
    transport: knet
}
nodelist {
    node {
        name: node2
        nodeid: 7
        ring0_addr: ADDRESS
    }
    node {
        name: elsewhere
        nodeid: 8
        ring0_addr: 10.9.9.9
    }
}
quorum {
    provider: corosync_votequorum
}
"""


@pytest.fixture
def clean(practice: PracticeCluster, tmp_path: Path) -> Path:
    """The shared nodes with nothing configured, and a cluster directory for them."""
    wipe(practice)
    return directory(practice, tmp_path / "db")


@pytest.fixture
def quick(practice: PracticeCluster, tmp_path: Path) -> Path:
    """The same, with a corosync.conf whose short token makes rings form fast."""
    return configured(practice, tmp_path / "db")


def test_from_a_bare_directory_to_a_ring_and_again(clean: Path, practice: PracticeCluster) -> None:
    done = corotui("apply", clean, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    last = document(done)
    assert (last["event"], last["result"], last["healthy"]) == ("done", "done", True)
    status = healthy(clean)
    assert status["members"] == [node.name for node in practice.nodes]

    conf = (clean / "corosync.conf").read_bytes()
    keys = on_all(practice, "sha256sum </etc/corosync/authkey; stat -c '%a %U:%G' /etc/corosync/authkey")
    assert len(set(keys.values())) == 1
    assert "400 root:root" in keys["node1"]
    for node in practice.nodes:
        there = execute(practice.name, node.name, ["cat", "/etc/corosync/corosync.conf"]).stdout
        assert there == conf
    assert set(on_all(practice, "systemctl is-enabled corosync").values()) == {"enabled"}
    leftovers = on_all(practice, "ls -A /etc/corosync")
    assert set(leftovers.values()) == {"authkey\ncorosync.conf"}

    rings = on_all(practice, "corosync-quorumtool -s | grep 'Ring ID'; pidof corosync")
    again = corotui("apply", clean, "--yes")
    assert again.returncode == 0
    assert "Nothing to change." in again.stderr
    assert on_all(practice, "corosync-quorumtool -s | grep 'Ring ID'; pidof corosync") == rings


def test_the_key_is_nowhere_on_the_operators_side(quick: Path, practice: PracticeCluster) -> None:
    done = corotui("apply", quick, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    key = execute(practice.name, "node1", ["cat", "/etc/corosync/authkey"]).stdout
    assert len(key) == 256
    said = (done.stdout + done.stderr).encode()
    written = [path.read_bytes() for path in quick.rglob("*") if path.is_file()]
    for part in (key, key[:24], key[100:124], key[-24:]):
        for form in (part, part.hex().encode(), base64.b64encode(part)[:-4], repr(part).encode()[2:-1]):
            assert all(form not in data for data in [said, *written])


def test_a_node_that_is_off_leaves_the_others_untouched(clean: Path, practice: PracticeCluster) -> None:
    inside(practice, "node3", "systemctl stop ssh.socket 2>/dev/null; systemctl stop ssh")
    try:
        before = fingerprint(practice)
        done = corotui("apply", clean, "--yes")
        assert done.returncode == 3
        assert "node3" in done.stderr.splitlines()[-1]
        assert fingerprint(practice) == before
    finally:
        inside(practice, "node3", "systemctl start ssh")


def test_a_wrong_host_key_is_refused(clean: Path, practice: PracticeCluster) -> None:
    known = clean / ".corotui" / "known_hosts"
    lines = known.read_text().splitlines()
    one, three = (next(line for line in lines if line.startswith(practice.node(n).host)) for n in ("node1", "node3"))
    swapped = f"{three.split(' ')[0]} {' '.join(one.split(' ')[1:])}"
    known.write_text("\n".join([line for line in lines if line != three] + [swapped]) + "\n")
    before = fingerprint(practice)
    for words in (["--yes"], ["--yes", "--accept-new-host-keys"]):
        done = corotui("apply", clean, *words)
        assert done.returncode == 4
        assert "node3" in done.stderr
    assert fingerprint(practice) == before


def test_an_unknown_host_key_needs_more_than_yes(clean: Path, practice: PracticeCluster) -> None:
    (clean / ".corotui" / "known_hosts").write_text("")
    assert corotui("apply", clean, "--yes").returncode == 4
    done = corotui("plan", clean, "--accept-new-host-keys")
    assert done.returncode == 0, done.stderr


def test_without_yes_and_without_a_terminal_nothing_happens(clean: Path, practice: PracticeCluster) -> None:
    before = fingerprint(practice)
    done = corotui("apply", clean)
    assert done.returncode == 4
    assert fingerprint(practice) == before
    assert not (clean / "corosync.conf").exists()


def test_a_test_that_fails_on_one_node_changes_none(clean: Path, practice: PracticeCluster) -> None:
    bad = "mkdir -p /etc/corosync/uidgid.d; printf 'uidgid {\\n gid: nobodys\\n}\\n' >/etc/corosync/uidgid.d/bad"
    inside(practice, "node2", bad)
    before = fingerprint(practice)
    done = corotui("apply", clean, "--yes")
    assert done.returncode == 4
    last = done.stderr.splitlines()[-1]
    assert last.startswith("node2: ")
    assert "The 'nobodys' group is not found" in last
    assert fingerprint(practice) == before


def test_a_reason_that_goes_to_the_log_only_is_found(clean: Path, practice: PracticeCluster) -> None:
    """A node whose name and addresses are not in the nodelist: with to_stderr off the daemon tells nobody."""
    corotui("plan", clean)
    text = document(corotui("plan", clean, "--json"))["proposed"]
    assert isinstance(text, str)
    host = practice.node("node3").host
    wrong = text.replace(host, f"{host[: host.rindex('.')]}.199").replace("name: node3", "name: another")
    (clean / "corosync.conf").write_text(wrong)
    before = fingerprint(practice)
    done = corotui("apply", clean, "--yes")
    assert done.returncode == 4
    assert "No valid name found for local host" in done.stderr
    assert fingerprint(practice) == before


def test_a_conf_with_mistakes_is_refused_before_the_nodes(clean: Path, practice: PracticeCluster) -> None:
    (clean / "corosync.conf").write_text("totem {\n    version: 2\n")
    before = fingerprint(practice)
    done = corotui("apply", clean, "--yes")
    assert done.returncode == 4
    assert "corosync.conf:" in done.stderr
    last = document(corotui("apply", clean, "--yes", "--json"))
    assert (last["event"], last["result"], last["exit_code"]) == ("done", "refused", 4)
    assert fingerprint(practice) == before


def test_a_running_foreign_cluster_is_refused_without_consent(quick: Path, practice: PracticeCluster) -> None:
    foreign = FOREIGN.replace("ADDRESS", practice.node("node2").host)
    inside(practice, "node2", "cat >/etc/corosync/corosync.conf; systemctl start corosync", stdin=foreign)
    before = fingerprint(practice)
    done = corotui("apply", quick, "--yes")
    assert done.returncode == 4
    assert "node2" in done.stderr.splitlines()[-1]
    assert "other" in done.stderr.splitlines()[-1]
    assert fingerprint(practice) == before
    assert corotui("plan", quick).returncode == 4

    taken = corotui("apply", quick, "--yes", "--take-over")
    assert taken.returncode == 0, taken.stderr
    healthy(quick)
    assert inside(practice, "node2", "cat /etc/corosync/corosync.conf.corotui-previous") == foreign.strip()


def test_pacemaker_is_named_and_asked_about(quick: Path, practice: PracticeCluster) -> None:
    assert corotui("apply", quick, "--yes").returncode == 0
    double = "cp /bin/sleep /run/pacemakerd; systemd-run -q --collect /run/pacemakerd 600"
    double += "; until pidof pacemakerd; do sleep 0.1; done"
    inside(practice, "node1", double)
    try:
        conf = quick / "corosync.conf"
        text = conf.read_text()
        conf.write_text(text + "system {\n\tpriority: 90\n}\n")
        before = fingerprint(practice)
        done = corotui("apply", quick, "--yes")
        assert done.returncode == 4
        last = done.stderr.splitlines()[-1]
        assert last.startswith("node1: Pacemaker")
        assert "resources" in last
        said = at_terminal(["apply", str(quick), "--yes"], {"under Pacemaker on node1? [y/N]": "n"})
        assert "resources" in said
        assert fingerprint(practice) == before
        assert corotui("apply", quick, "--yes", "--allow-pacemaker").returncode == 0
        conf.write_text(text)
        said = at_terminal(["apply", str(quick), "--yes"], {"under Pacemaker on node1? [y/N]": "y"})
        assert "One ring of 3 nodes, quorate." in said
    finally:
        inside(practice, "node1", "pkill -x pacemakerd; rm -f /run/pacemakerd")


def test_bare_nodes_with_two_links_as_root(practice_factory: PracticeFactory, tmp_path: Path) -> None:
    made = practice_factory(nodes=3, links=2, bare=True, user="root")
    path = directory(made, tmp_path / "two")
    done = corotui("apply", path, "--yes", timeout=600)
    assert done.returncode == 0, done.stderr
    status = healthy(path)
    assert {link["link"] for link in status["nodes"][0]["links"]} == {0, 1}
    assert "ring1_addr" in (path / "corosync.conf").read_text()


def test_a_sudo_that_asks_for_a_password(practice_factory: PracticeFactory, tmp_path: Path) -> None:
    made = practice_factory(nodes=2, bare=False, password_sudo=True)
    path = directory(made, tmp_path / "asks")
    assert corotui("apply", path, "--yes").returncode == 3
    answers = {"sudo password": made.password, "too? [Y/n]": "y"}
    said = at_terminal(["apply", str(path), "--yes"], answers)
    assert "One ring of 2 nodes, quorate." in said
    assert said.count("sudo password of") == 1
    assert said.count("Use it on node2 too?") + said.count("Use it on node1 too?") == 1
    healthy_words = at_terminal(["status", str(path)], answers)
    assert "healthy" in healthy_words
    assert made.password not in said
