"""The script on this machine, under every sh there is here."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import ip_address

import netifaces
import pytest

from corotui.cluster.model import Node
from corotui.errors import WorkError
from corotui.facts import from_json, gather_all, gather_facts, script, to_json
from corotui.facts.local_interfaces import local_interfaces
from corotui.ssh.fanout import Shells
from corotui.ssh.local import LocalShell
from tests.support.facts_builder import interface
from tests.support.fake_shell import FakeShell, always, local_processes

AF_INET6 = netifaces.InterfaceType.AF_INET6
SHELLS = [[path] for path in map(shutil.which, ("dash", "bash")) if path]
SHELLS += [[path, "ash"] for path in [shutil.which("busybox")] if path]


@pytest.mark.parametrize("sh", SHELLS, ids=lambda words: words[-1].rpartition("/")[2])
async def test_every_sh_tells_the_same(sh: list[str]) -> None:
    shell = FakeShell(local_processes((*sh, "-c")))
    facts = await gather_facts(shell, names=("localhost", "no-such-name.invalid"))
    assert facts.root == (facts.uid == 0)
    assert facts.os.kernel
    assert facts.hostname
    assert any(interface.loopback for interface in facts.interfaces)
    assert ip_address("127.0.0.1") in facts.resolves["localhost"] or ip_address("::1") in facts.resolves["localhost"]
    assert facts.resolves["no-such-name.invalid"] == ()
    assert {disk.path for disk in facts.disks} >= {"/etc/corosync", "/dev/shm"}
    assert facts.clock is not None
    assert abs(facts.clock.offset) <= facts.clock.uncertainty + 50
    assert facts.not_understood == {}
    assert from_json(to_json(facts)) == facts


def test_the_script_parses_under_posix_rules() -> None:
    text = script.facts_script("m").text.encode()
    for sh in SHELLS:
        done = subprocess.run([*sh, "-n"], input=text, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


async def test_names_reach_the_resolver_as_they_are() -> None:
    facts = await gather_facts(FakeShell(local_processes()), names=("$(touch /tmp/never)", "a b", "-x", "localhost"))
    assert facts.resolves["$(touch /tmp/never)"] == ()
    assert facts.resolves["a b"] == ()
    assert facts.resolves["localhost"]
    assert "-x" not in facts.resolves


async def test_this_machines_interfaces_agree_with_the_script() -> None:
    told = {interface.name: interface for interface in (await gather_facts(FakeShell(local_processes()))).interfaces}
    here = {interface.name: interface for interface in local_interfaces()}
    assert here["lo"] == told["lo"]
    for name in here.keys() & told.keys():
        assert here[name].loopback == told[name].loopback
        assert here[name].mac == told[name].mac


async def test_this_machine_as_a_node_has_the_interfaces_of_netifaces(monkeypatch: pytest.MonkeyPatch) -> None:
    known = interface("lo", "127.0.0.1/8")
    extra = interface("only0", "10.9.9.9/24")
    monkeypatch.setattr("corotui.facts.local_interfaces.local_interfaces", lambda: (known, extra))
    facts = await gather_facts(LocalShell(Node("here", "localhost", local=True)))
    assert [one.name for one in facts.interfaces] == ["lo", "only0"]
    assert facts.interfaces[0].addresses[0].scope == "host"


@pytest.mark.parametrize(
    ("mask", "prefix"),
    [
        ("ffff:ffff:ffff:ffff::", 64),
        ("ffff:ffff::/32", 32),
        ("", 128),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 128),
    ],
)
def test_ipv6_masks_of_both_netifaces(mask: str, prefix: int, monkeypatch: pytest.MonkeyPatch) -> None:
    six = {AF_INET6: [{"addr": "fd00::1", "mask": mask}]}
    monkeypatch.setattr(netifaces, "interfaces", lambda: ["x0"])
    monkeypatch.setattr(netifaces, "ifaddresses", lambda name: six)
    ((only,),) = [one.addresses for one in local_interfaces()]
    assert (str(only.ip), only.prefix) == ("fd00::1", prefix)


async def test_a_banner_instead_of_an_answer_is_an_error_of_that_node_alone() -> None:
    shells = {"a": FakeShell(always(b"This account is disabled.\n"), "a"), "b": FakeShell(local_processes(), "b")}
    answers = await gather_all(Shells(shells))
    error = answers.by_node["a"]
    assert isinstance(error, WorkError)
    assert error.node == "a"
    assert "This account is disabled." in str(error)
    assert list(answers.ok) == ["b"]
    assert list(answers.by_node) == ["a", "b"]
