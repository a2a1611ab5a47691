"""The script that asks a node for its view of the ring."""

from __future__ import annotations

from corotui.ssh.remote_script import FramedScript

# Only those statistics that a view holds: the whole map has 50 lines for each link and peer. The sizes are those of a
# ring of MAX_NODES: 384 nodes print 330 KiB of cmap, and the six statistics of four links to each 500 KiB.
SCRIPT = FramedScript(
    r"""
statistics() {
    ask corosync-cmapctl -m stats | grep -E \
        -e '^stats\.knet\.node[0-9]+\.link[0-9]+\.(enabled|connected|latency_ave|mtu|down_count|up_count) ' \
        -e '^stats\.srp\.(mcast_retx|operational_token_lost) ' \
        -e 'CS_ERR'
    return 0
}
section version 4096 limit 2 corosync -v
if command -v corosync-cmapctl >/dev/null 2>&1; then
    section cmap 524288 ask corosync-cmapctl
    section stats 524288 statistics
else
    section objects 524288 ask corosync-objctl -a
fi
section cfgtool 196608 ask corosync-cfgtool -s
section paths 327680 ask corosync-cfgtool -n
section quorumtool 65536 ask corosync-quorumtool -s
""",
    name="ring",
    seconds=9,
    limit=2 << 20,
)
