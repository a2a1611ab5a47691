"""The script that asks a node for its view of the ring."""

from __future__ import annotations

from corotui.ssh.remote_script import FramedScript

# Only those statistics that a view holds: the whole map has 50 lines for each link and peer.
SCRIPT = FramedScript(
    r"""
statistics() {
    kept=$(ask corosync-cmapctl -m stats)
    rc=$?
    printf '%s\n' "$kept" | grep -E \
        -e '^stats\.knet\.node[0-9]+\.link[0-9]+\.(enabled|connected|latency_ave|mtu|down_count|up_count) ' \
        -e '^stats\.srp\.(mcast_retx|operational_token_lost) ' \
        -e 'CS_ERR'
    [ "$rc" -ne 124 ] || hung=yes
    return "$rc"
}
section version corosync -v
if command -v corosync-cmapctl >/dev/null 2>&1; then
    section cmap ask corosync-cmapctl
    section stats statistics
else
    section objects ask corosync-objctl -a
fi
section cfgtool ask corosync-cfgtool -s
section paths ask corosync-cfgtool -n
section quorumtool ask corosync-quorumtool -s
""",
    timeout=20.0,  # two of its questions may hang for 5 s each before it stops asking
)
