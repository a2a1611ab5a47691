"""Lets the nodes' packets through this machine's own firewall if that (Docker's, ufw's) drops forwarded packets.

Only chains with the policy `drop` get rules: accept what comes from or goes to the cluster's bridges. The rules carry a
comment with the cluster's slot, by which they are found again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from corotui.practice.subprocesses import run

_FAMILIES = ("ip", "inet")


def allow_forwarding(bridges: str, comment: str) -> None:
    """Accepts packets that pass the bridges. `bridges` is an interface pattern such as `cptb0l*`."""
    rules = []
    for chain in _chains():
        if chain.get("policy") == "drop":
            place = f"{chain['family']} {chain['table']} {chain['name']}"
            rules += [
                f'insert rule {place} {way} "{bridges}" accept comment "{comment}"\n' for way in ("iifname", "oifname")
            ]
    if rules:
        run(["nft", "-f", "-"], stdin="".join(rules))


def remove_forwarding(comment: str) -> None:
    """Removes the rules with this comment."""
    for chain in _chains():
        arguments = ["list", "chain", chain["family"], chain["table"], chain["name"]]
        for rule in _listed("rule", arguments):
            if rule.get("comment") == comment:
                where = [chain["family"], chain["table"], chain["name"]]
                run(["nft", "delete", "rule", *where, "handle", rule["handle"]])


def _chains() -> Iterator[dict[str, str]]:
    for chain in _listed("chain", ["list", "chains"]):
        if chain.get("hook") == "forward" and chain["family"] in _FAMILIES:
            yield chain


def _listed(kind: str, arguments: list[str]) -> list[dict[str, str]]:
    """What nft lists of a kind ("chain", "rule"), with all values as text."""
    entries = json.loads(run(["nft", "-j", *arguments]).stdout)["nftables"]
    return [{key: str(value) for key, value in entry[kind].items()} for entry in entries if kind in entry]
