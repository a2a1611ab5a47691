"""A way for nodes through this machine's own firewall, where one (Docker's, ufw's) drops all that it forwards.

Only chains with the policy `drop` get a rule: accept what comes from or goes to the instance's bridges. The rules carry
a comment with the instance's slot; by it they are found again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from corotui.practice.subprocesses import run

_FAMILIES = ("ip", "inet")


def allow_forwarding(bridges: str, comment: str) -> None:
    """Lets through what passes the bridges, which an interface pattern (`cptb0l*`) names."""
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
    """Takes the rules with that comment away."""
    for chain in _chains():
        words = ["list", "chain", chain["family"], chain["table"], chain["name"]]
        for rule in _listed("rule", words):
            if rule.get("comment") == comment:
                where = [chain["family"], chain["table"], chain["name"]]
                run(["nft", "delete", "rule", *where, "handle", str(rule["handle"])])


def _chains() -> Iterator[dict[str, Any]]:
    for chain in _listed("chain", ["list", "chains"]):
        if chain.get("hook") == "forward" and chain["family"] in _FAMILIES:
            yield chain


def _listed(kind: str, words: list[str]) -> list[dict[str, Any]]:
    entries = json.loads(run(["nft", "-j", *words]).stdout)["nftables"]
    return [entry[kind] for entry in entries if kind in entry]
