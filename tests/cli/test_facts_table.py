"""Facts as text."""

from __future__ import annotations

from dataclasses import replace

from corotui.cli.output.facts_table import facts_lines
from corotui.facts.model import Corosync, Firewall
from tests.support.facts_builder import facts, interface, ips


def test_lines_say_what_there_is() -> None:
    made = facts("node1", interface("eth0", "10.0.0.1/24", "fe80::1/64"), own_name=ips("10.0.0.1"))
    text = "\n".join(facts_lines(made))
    assert "name        node1 = 10.0.0.1" in text
    assert "eth0     10.0.0.1/24  mtu 1500  up" in text
    assert "user        ec2-user, root through sudo" in text
    assert "not installed" in text
    assert "pacemaker" not in text
    assert "fe80" not in text


def test_lines_tell_states_apart() -> None:
    made = facts(
        "node1",
        default_route="10.0.0.254 dev eth0",
        firewalls=(Firewall("nftables", True), Firewall("ufw", None)),
        corosync=Corosync("3.1.7", "/usr/sbin/corosync", running=1, conf="", sample=True),
        root=False,
    )
    text = "\n".join(facts_lines(made))
    assert "nftables filters, ufw unknown" in text
    assert "3.1.7, runs, the package's sample" in text
    assert "ec2-user, not root" in text
    assert "user        root" in "\n".join(facts_lines(replace(made, root=True, uid=0, user="root")))
