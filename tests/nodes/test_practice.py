"""Practice clusters as their users see them: how they start, are reached, are distinguished and end."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.errors import RefusedError, UsageError
from corotui.practice import PracticeCluster, Shape, state_dir
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import inside
from tests.support.nodes.traces import of_instance, slot_of

pytestmark = pytest.mark.nodes


def ssh(practice: PracticeCluster, node: str, command: str, *, user: str = "") -> subprocess.CompletedProcess[str]:
    """OpenSSH's client with the cluster directory's own key and known hosts, and nothing else."""
    target = practice.node(node)
    known = practice.directory / ".corotui" / "known_hosts"
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "ConnectTimeout=10"]
    words = ["ssh", "-F", "/dev/null", "-i", str(practice.key), *(word for item in options for word in ("-o", item))]
    return subprocess.run(
        [*words, f"{user or target.user}@{target.host}", command], capture_output=True, text=True, check=False
    )


def corotui(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "corotui", *words], input=stdin, capture_output=True, text=True, check=False
    )


def test_nodes_are_booted_machines_with_an_ssh_server(practice: PracticeCluster) -> None:
    for node in practice.nodes:
        assert inside(practice, node.name, "systemctl is-system-running --wait") == "running"
        assert inside(practice, node.name, "hostname") == node.name
        assert inside(practice, node.name, "ls /sys/class/net").split() == ["eth0", "lo"]
        assert inside(practice, node.name, "cat /proc/sys/net/ipv4/ip_forward") == "0"
        done = ssh(practice, node.name, "hostname; id -un; sudo -n id -un")
        assert done.stdout.split() == [node.name, "ec2-user", "root"], done.stderr
    assert len({inside(practice, node.name, "cat /etc/machine-id") for node in practice.nodes}) == 3


def test_names_mean_addresses_of_link_0_on_every_node(practice: PracticeCluster) -> None:
    for asked in practice.nodes:
        for node in practice.nodes:
            assert inside(practice, asked.name, f"getent hosts {node.name}").split()[0] == node.host
    assert "127.0.1.1" not in inside(practice, "node1", "cat /etc/hosts")


def test_root_and_passwords_stay_outside(practice: PracticeCluster) -> None:
    refused = ssh(practice, "node1", "true", user="root")
    assert refused.returncode == 255
    assert "Permission denied (publickey)" in refused.stderr  # no other method is on offer


def test_the_cluster_directory_is_complete(practice: PracticeCluster) -> None:
    directory = practice.directory
    toml = tomllib.loads((directory / "cluster.toml").read_text())
    assert toml["ssh"] == {"user": "ec2-user", "sudo": True, "key": practice.key.name}
    assert [node["host"] for node in toml["node"]] == [node.host for node in practice.nodes]
    assert toml["install"] == {"method": "package"}
    assert practice.key.stat().st_mode & 0o777 == 0o600
    known = (directory / ".corotui" / "known_hosts").read_text().splitlines()
    for node, line in zip(practice.nodes, known, strict=True):
        host, kind, key = line.split()
        assert host == node.host
        assert f"{kind} {key}" in inside(practice, node.name, "cat /etc/ssh/ssh_host_ed25519_key.pub")


def test_up_again_changes_nothing(practice: PracticeCluster) -> None:
    booted = inside(practice, "node1", "stat -c %Y /proc/1")
    again = corotui("practice", "up", "--name", practice.name, "--installed", "--json")
    assert again.returncode == 0
    assert json.loads(again.stdout.splitlines()[-1]) == json.loads(json.dumps(practice.to_json()))
    assert inside(practice, "node1", "stat -c %Y /proc/1") == booted


def test_another_shape_under_the_same_name_is_refused(practice: PracticeCluster) -> None:
    with pytest.raises(RefusedError, match="is up with 3 installed nodes, 1 link, user ec2-user"):
        room.up(practice.name, Shape(nodes=2, installed=True))


def test_exec_passes_output_input_and_exit_code_through(practice: PracticeCluster) -> None:
    done = corotui("practice", "exec", "--name", practice.name, "node2", "--", "sh", "-c", "cat; hostname; exit 7")
    assert (done.returncode, done.stdout) == (7, "node2\n")
    done = corotui("practice", "exec", "--name", practice.name, "node2", "--", "cat", stdin="through\n")
    assert (done.returncode, done.stdout) == (0, "through\n")
    done = corotui("practice", "exec", "--name", practice.name, "node2", "--", "sh", "-c", "kill -9 $$")
    assert done.returncode == 128 + 9
    done = corotui("practice", "exec", "--name", practice.name, "node9", "--", "true")
    assert done.returncode == 2
    assert "node1, node2, node3" in done.stderr


def test_status_tells_what_runs(practice: PracticeCluster) -> None:
    done = corotui("practice", "status", "--name", practice.name, "--json")
    seen = json.loads(done.stdout)
    assert seen["state"] == "up"
    assert all(node["running"] and node["ssh"] for node in seen["nodes"])


def test_bare_nodes_have_no_corosync_and_get_it_from_the_archive(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=2)
    install = "apt-get -q update && apt-get -q -y install corosync"
    shells = []
    for node in practice.nodes:
        assert inside(practice, node.name, "command -v corosync || echo none") == "none"
        words = ["practice", "exec", "--name", practice.name, node.name, "--", "sh", "-c", install]
        command = [sys.executable, "-m", "corotui", *words]
        shells.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    for shell in shells:
        said, _ = shell.communicate(timeout=300)
        assert shell.returncode == 0, said.decode(errors="replace")
    for node in practice.nodes:
        assert "version '3." in inside(practice, node.name, "corosync -v")


def test_two_links_are_two_networks(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=2, links=2)
    first, second = practice.nodes
    for link in range(2):
        other = second.addresses[link]
        assert f"dev eth{link} " in inside(practice, "node1", f"ip -o route get {other}")
        inside(practice, "node1", f"ping -q -c 1 -W 5 {other}")
    assert first.addresses[0].rsplit(".", 1)[0] != first.addresses[1].rsplit(".", 1)[0]


def test_the_user_can_be_root(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=1, user="root")
    assert ssh(practice, "node1", "id -un; command -v corosync").stdout == "root\n"
    assert tomllib.loads((practice.directory / "cluster.toml").read_text())["ssh"]["sudo"] is False


def test_sudo_can_ask_for_a_password(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=1, password_sudo=True)
    assert practice.password
    assert practice.password not in repr(practice)
    beside = practice.directory / "practice_password"
    assert beside.read_text().strip() == practice.password
    assert beside.stat().st_mode & 0o777 == 0o600
    assert "a password is required" in ssh(practice, "node1", "sudo -n id").stderr
    with_password = f"echo {practice.password} | sudo -S -p '' id -un"
    assert ssh(practice, "node1", with_password).stdout == "root\n"
    assert "Permission denied (publickey,password)" in ssh(practice, "node1", "true", user="root").stderr


def test_a_user_of_the_system_itself_is_refused_and_nothing_stays() -> None:
    name = "t-taken-user"
    with pytest.raises(UsageError, match="'daemon' is a user or group of the system itself"):
        room.up(name, Shape(nodes=1, user="daemon"))
    assert of_instance(name, []) == []


def test_two_instances_do_not_know_of_each_other(practice: PracticeCluster, practice_factory: PracticeFactory) -> None:
    other = practice_factory(nodes=1)
    slot = slot_of(other.name)
    assert slot is not None
    assert slot != slot_of(practice.name)
    here = {node.host for node in practice.nodes}
    assert here.isdisjoint(node.host for node in other.nodes)
    inside(practice, "node1", f"! ping -q -c 1 -W 1 {other.nodes[0].host}")
    assert room.down(other.name)
    assert of_instance(other.name, [slot]) == []
    assert inside(practice, "node1", "hostname") == "node1"


def test_a_directory_of_the_operators_keeps_what_is_his(possible: None, tmp_path: Path) -> None:
    name, directory = "t-own-directory", tmp_path / "db"
    try:
        made = room.up(name, Shape(nodes=1), directory=directory)
        assert made.directory == directory
        (directory / "corosync.conf").write_text("totem {\n}\n")
        (directory / "notes.txt").write_text("mine\n")
    finally:
        room.down(name)
    assert [path.name for path in directory.iterdir()] == ["notes.txt"]
    with pytest.raises(RefusedError, match="exists and is not empty"):
        room.up(name, Shape(nodes=1), directory=directory)
    assert of_instance(name, []) == []


def test_down_twice(practice_factory: PracticeFactory) -> None:
    practice = practice_factory(nodes=1)
    slot = slot_of(practice.name)
    assert slot is not None
    assert of_instance(practice.name, [slot]) != []
    first = corotui("practice", "down", "--name", practice.name)
    second = corotui("practice", "down", "--name", practice.name)
    assert (first.returncode, second.returncode) == (0, 0)
    assert f"There is no practice cluster {practice.name}." in second.stderr
    assert of_instance(practice.name, [slot]) == []


def test_only_one_corotui_at_a_time_works_on_an_instance(practice: PracticeCluster) -> None:
    with state_dir.lock(f"instance-{practice.name}"):
        done = corotui("practice", "down", "--name", practice.name)
    assert done.returncode == 4
    assert "Another corotui works on" in done.stderr
    assert inside(practice, "node1", "hostname") == "node1"
