"""The way through a firewall of this machine's, with real nft in a network namespace of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces are root's")

FIREWALL = """\
table ip filter {
  chain FORWARD { type filter hook forward priority 0; policy drop; counter accept comment "theirs"; };
  chain INPUT { type filter hook input priority 0; policy drop; };
}
table inet open { chain forward { type filter hook forward priority 0; policy accept; }; }
table ip6 filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }
"""
SCRIPT = """\
from corotui.practice.machine import forwarding
from corotui.practice.subprocesses import run
def show(): print(run(["nft", "list", "ruleset"]).stdout.decode(), "====", sep="")
run(["nft", "-f", "-"], stdin=FIREWALL)
show()
forwarding.allow_forwarding("cptb0l*", "corotui practice 0")
forwarding.allow_forwarding("cptb1l*", "corotui practice 1")
show()
forwarding.remove_forwarding("corotui practice 0")
show()
forwarding.remove_forwarding("corotui practice 1")
forwarding.remove_forwarding("corotui practice 1")
show()
"""


def test_rules_go_where_forwarding_is_dropped_and_are_taken_away_again() -> None:
    script = f"FIREWALL = {FIREWALL!r}\n{SCRIPT}"
    words = ["unshare", "--net", sys.executable, "-c", script]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    before, opened, one_left, after, _ = said.split("====\n")
    assert opened.count("corotui practice") == 4
    forward = opened.split("chain FORWARD")[1]
    assert forward.index('iifname "cptb0l*" accept') < forward.index("theirs")
    assert one_left.count("corotui practice 0") == 0
    assert one_left.count("corotui practice 1") == 2
    assert after == before
