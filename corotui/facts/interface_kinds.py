"""Recognises interfaces that connect no machines by themselves: container bridges, tunnels, overlays."""

from __future__ import annotations

import re

from corotui.facts.model import Interface

_INSIDE = re.compile(
    r"docker\d*|br-[0-9a-f]{12}|virbr\d+.*|vnet\d+|lxcbr\d+|lxdbr\d+|incusbr\d+|cni\d*|cni-.*|podman\d*|cbr\d+"
    r"|flannel.*|cali[0-9a-f]+|cilium.*|lxc[0-9a-f_]{6,}|kube-.*|nodelocaldns|weave|veth[0-9a-f]{6,}|ve-.+|vb-.+|nozzle\d*"
)
_TUNNEL = re.compile(r"(tun|tap|wg|ppp|tailscale|zt|gre|gretap|sit|ip6tnl|tunl|vxlan|geneve|ipsec|xfrm|nebula)\d*.*")
_TUNNEL_KINDS = frozenset(
    {"tun", "wireguard", "vxlan", "gre", "gretap", "ipip", "sit", "geneve", "ip6tnl", "ip6gre", "vti", "xfrm", "ppp"}
)


def is_host_internal(interface: Interface) -> bool:
    """Whether it ends on this host: a bridge or cable for containers or guests. No other node is behind it."""
    return _INSIDE.fullmatch(interface.name) is not None


def is_tunnel(interface: Interface) -> bool:
    """Whether it runs over another network, and so fails with it."""
    return interface.kind in _TUNNEL_KINDS or _TUNNEL.fullmatch(interface.name) is not None
