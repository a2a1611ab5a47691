"""Answers in the right form about more than corosync, or a machine, can have."""

from __future__ import annotations

from tests.hostile.attacks.model import Attack
from tests.hostile.attacks.tools import CLUSTER_TOOLS

_MEMBERS = r"""cat >/run/hostile/members <<'END'
#!/usr/bin/perl
print "Quorum information\n------------------\nDate:             Tue Nov 24 16:00:00 2026\n";
print "Quorum provider:  corosync_votequorum\n";
print "Nodes:            20000\nNode ID:          3\nRing ID:          1.9\nQuorate:          Yes\n\n";
print "Votequorum information\n----------------------\nExpected votes:   20000\nHighest expected: 20000\n";
print "Total votes:      20000\n";
print "Quorum:           10001\nFlags:            Quorate \n\nMembership information\n----------------------\n";
print "    Nodeid      Votes    Qdevice Name\n";
printf "%10d          1         NR node%d\n", $_, $_ for 1..20000;
END
chmod 755 /run/hostile/members"""

_CMAP = r"""for (1..20000) { print "nodelist.node.$_.ring0_addr (str) = 10.9.1.$_\n",
"nodelist.node.$_.name (str) = node$_\n",
"runtime.members.$_.status (str) = joined\n", "runtime.members.$_.ip (str) = r(0) ip(10.9.1.$_)\n",
"stats.knet.node$_.link0.connected (u8) = 1\n", "stats.knet.node$_.link0.latency_ave (u32) = 1\n" }"""
_LINKS = (
    r"""print "Local node ID 3, transport knet\n"; """
    r"""for $l (0..200) { print "LINK ID $l udp\n\taddr\t= 10.77.1.3\n\tstatus:\n";"""
    r"""print "\t\tnodeid: $_:\tconnected\n" for 1..500 }"""
)
_INTERFACES = (
    r"""print "[", join(",", map { "{\"ifindex\":$_,\"ifname\":\"eth$_\",\"flags\":[\"UP\"],\"mtu\":1500,"""
    r"""\"operstate\":\"UP\","""
    r"""\"address\":\"02:00:00:00:00:01\",\"addr_info\":[{\"family\":\"inet\","""
    r"""\"local\":\"10.".int($_/250).".".($_%250).".3\","""
    r"""\"prefixlen\":24,\"scope\":\"global\"}]}" } 1..20000), "]" """
)
_CHAINS = (
    r"""print "table inet f {\n"; for (1..20000) { print "chain c$_ {\n """
    r"""type filter hook input priority 0; policy accept;\n"""
    r"""jump c", $_+1, "\n}\n" } print "}\n" """
)

SCALE_ATTACKS = (
    Attack(
        "members-20000", "quorumtool names 20,000 members", CLUSTER_TOOLS[:1], "exec /run/hostile/members", _MEMBERS
    ),
    Attack("cmap-120000", "120,000 keys of 20,000 nodes", CLUSTER_TOOLS[2:3], f"exec /usr/bin/perl -e '{_CMAP}'"),
    Attack("links-100000", "200 links to 500 nodes each", CLUSTER_TOOLS[1:2], f"exec /usr/bin/perl -e '{_LINKS}'"),
    Attack("interfaces-20000", "ip names 20,000 interfaces", ("ip",), f"exec /usr/bin/perl -e '{_INTERFACES}'"),
    Attack("nft-chains", "20,000 chains, each jumps to the next", ("nft",), f"exec /usr/bin/perl -e '{_CHAINS}'"),
)
