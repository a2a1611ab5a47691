"""Remedies that correct names in a node's /etc/hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.cluster.finding import Remedy
from corotui.cluster.quoting import command, quote

# Removes the names from the loopback lines; a line that is left without a name is removed too. Adds "ADDRESS NAME..."
# unless another line has the first name. Comments and all other lines stay as they are.
_AWK = r"""
BEGIN { count = split(names, wanted, " "); for (i = 1; i <= count; i++) drop[tolower(wanted[i])] = 1 }
{
  body = $0; sub(/#.*/, "", body); fields = split(body, word, " "); kept = ""; gone = 0;
  loopback = (word[1] ~ /^127\./ || word[1] == "::1");
  for (i = 2; i <= fields; i++) {
    if (loopback && (tolower(word[i]) in drop)) { gone++; continue };
    kept = kept " " word[i];
    if (tolower(word[i]) == tolower(wanted[1])) known = 1;
  }
  if (!gone) print; else if (kept != "") print word[1] "\t" substr(kept, 2)
}
END { if (!known) print address "\t" names }
"""


def own_name_remedy(node: str, names: Sequence[str], address: str) -> Remedy:
    """Makes `names` (at least one) resolve to `address` on `node` instead of loopback.

    A name that has another line already keeps it. The remedy may run twice; the first original of the file is kept.
    """
    words = " ".join(names)
    awk = " ".join(line.strip() for line in _AWK.strip().splitlines())
    return Remedy(
        f"let {names[0]} mean {address} in /etc/hosts on {node}",
        node,
        (
            "[ -e /etc/hosts.corotui ] || cp -p /etc/hosts /etc/hosts.corotui",
            command("awk", "-v", f"names={words}", "-v", f"address={address}", awk, "/etc/hosts")
            + " >/etc/hosts.corotui-new && cat /etc/hosts.corotui-new >/etc/hosts && rm /etc/hosts.corotui-new",
        ),
        consequence="The old file stays as /etc/hosts.corotui. cloud-init with manage_etc_hosts would undo it at boot.",
        verify=f"! getent ahosts {quote(names[0])} | grep -qE '^(127\\.|::1 )'",
    )


def peer_names_remedy(node: str, addresses: Mapping[str, str]) -> Remedy:
    """Adds lines for names that a node cannot resolve. A name that is in the file already is left alone."""
    lines = tuple(
        f"grep -qwF {quote(name)} /etc/hosts || printf '%s\\t%s\\n' {quote(address)} {quote(name)} >>/etc/hosts"
        for name, address in addresses.items()
    )
    listed = ", ".join(addresses)
    ends = '[ -z "$(tail -c 1 /etc/hosts)" ] || echo >>/etc/hosts'
    return Remedy(
        f"tell {node} in /etc/hosts where {listed} {'is' if len(addresses) == 1 else 'are'}", node, (ends, *lines)
    )
