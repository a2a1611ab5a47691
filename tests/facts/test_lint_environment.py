"""What the facts of the nodes say to a check of corosync.conf."""

from __future__ import annotations

from corotui.conf import check, names_to_resolve, parse
from corotui.facts import conf_environment
from tests.support.conf_environment import CONF, facts


def test_names_of_the_nodelist_are_the_ones_to_ask_for() -> None:
    assert names_to_resolve(parse(CONF)) == ("a", "elsewhere")


def test_cloud_names_addresses_and_latency_are_said_of_the_file() -> None:
    known = [
        facts("a", "10.0.0.1", {"a": ("127.0.1.1",), "elsewhere": ("10.0.0.3",)}, "ec2"),
        facts("b", "10.0.0.9", {"a": ("10.0.0.1",), "elsewhere": ()}, "ec2"),
    ]
    found = check(parse(CONF), environment=conf_environment(known, latency_ms=500.0))
    said = {one.code: one.message for one in found if one.severity != "info"}
    assert said["multicast-cloud"] == "The transport udp needs multicast, and a cloud carries none."
    assert said["token-cloud"] == "token is 3000 ms in a cloud."
    assert said["token-latency"] == "token is 3650 ms with 500 ms between the nodes."
    assert said["address-loopback"] == "The name a resolves to a loopback address."
    assert said["address-elsewhere"] == "b has no address 10.0.0.2."
    assert said["node-address"] == "The name elsewhere does not resolve on b."


def test_nothing_known_says_nothing() -> None:
    codes = {one.code for one in check(parse(CONF), environment=conf_environment([]))}
    assert not codes & {"multicast-cloud", "token-cloud", "address-loopback", "address-elsewhere", "node-address"}
