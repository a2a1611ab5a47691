"""Rules of a node's packet filter, as `nft list ruleset` or `iptables-save` print them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from corotui.ring.cmap import number


@dataclass(slots=True)
class Chain:
    family: str
    table: str
    name: str
    hook: str = ""
    priority: int = 0
    policy: str = "accept"
    rules: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Ruleset:
    """`sets`: (family, table, name) -> elements as text."""

    chains: dict[tuple[str, str, str], Chain] = field(default_factory=dict)
    sets: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    tool: str = "nft"


_TABLE = re.compile(r"^table (\w+) (\S+) \{")
_CHAIN = re.compile(r"^chain (\S+) \{")
_SET = re.compile(r"^(?:set|map) (\S+) \{")
_HOOK = re.compile(r"\bhook (\w+)")
_PRIORITY = re.compile(r"\bpriority (\w+)? ?([+-] ?)?(\d{1,9})?")
_POLICY = re.compile(r"\bpolicy (accept|drop)\b")
_NAMED = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}


def parse_nft(text: str) -> Ruleset:
    """Total; what stands outside tables, sets and chains is left out."""
    ruleset = Ruleset()
    family = table = ""
    chain: Chain | None = None
    elements: list[str] | None = None
    for raw in text.splitlines():
        line = raw.strip()
        if match := _TABLE.match(line):
            family, table, chain, elements = match[1], match[2], None, None
        elif match := _CHAIN.match(line):
            chain, elements = Chain(family, table, match[1]), None
            ruleset.chains[family, table, match[1]] = chain
        elif match := _SET.match(line):
            chain, elements = None, []
            ruleset.sets[family, table, match[1]] = elements
        elif line == "}":
            chain = elements = None
        elif elements is not None:
            if "=" in line or line.endswith(("}", ",")):
                body = line.split("=", 1)[-1].strip(" {}")
                elements += [word.strip().split(" ")[0] for word in body.split(",") if word.strip()]
        elif chain is not None and line.startswith("type ") and (hook := _HOOK.search(line)):
            chain.hook, chain.priority = hook[1], _priority(line)
            if policy := _POLICY.search(line):
                chain.policy = policy[1]
        elif chain is not None and line:
            chain.rules.append(line)
    return ruleset


def _priority(line: str) -> int:
    match = _PRIORITY.search(line)
    if match is None:
        return 0
    word = match[1] or ""
    base = _NAMED.get(word, 0)
    if match[3] is None:
        return number(word) or 0 if word not in _NAMED else base
    return base + int(match[3]) * (-1 if (match[2] or "").startswith("-") else 1)


_HOOK_OF = {"INPUT": "input", "OUTPUT": "output", "PREROUTING": "prerouting", "POSTROUTING": "postrouting"}
_WORD = {"-s": "ip saddr", "-d": "ip daddr", "-i": "iifname", "-o": "oifname", "--dport": "udp dport"}
_STATES = ("--state", "--ctstate")


def parse_iptables(text: str) -> Ruleset:
    """`iptables-save`, said in nft's words; only the tables that filter."""
    ruleset = Ruleset(tool="iptables")
    table = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("*"):
            table = line[1:]
        elif line.startswith(":") and len(words := line[1:].split()) >= 2:
            policy = "drop" if words[1] == "DROP" else "accept"
            hook = _HOOK_OF.get(words[0], "") if table in ("filter", "raw", "mangle") else ""
            ruleset.chains["ip", table, words[0]] = Chain("ip", table, words[0], hook, 0, policy)
        elif line.startswith("-A "):
            try:
                words = shlex.split(line)
            except ValueError:
                continue
            chain = ruleset.chains.get(("ip", table, words[1])) if len(words) > 1 else None
            if chain is not None:
                chain.rules.append(_as_nft(words[2:]))
    return ruleset


def _as_nft(words: list[str]) -> str:
    out: list[str] = []
    items = iter(words)
    for word in items:
        if word in _WORD:
            out.append(f"{_WORD[word]} {next(items, '').replace(':', '-')}")
        elif word == "--dports":
            out.append("udp dport { " + next(items, "").replace(":", "-").replace(",", ", ") + " }")
        elif word == "-p":
            out.append(f"meta l4proto {next(items, '')}")
        elif word == "-m":
            next(items, "")
        elif word in _STATES:
            out.append("ct state " + next(items, "").lower())
        elif word == "-j":
            target = next(items, "")
            out.append(target.lower() if target in ("ACCEPT", "DROP", "REJECT", "RETURN") else f"jump {target}")
        elif word in ("-g", "--goto"):
            out.append(f"goto {next(items, '')}")
        elif word == "--reject-with":
            next(items, "")
        elif word == "--comment":
            out.append(f'comment "{next(items, "")}"')
        else:
            out.append(word)
    return " ".join(out)


def rulesets(tools: Mapping[str, str]) -> Iterator[Ruleset]:
    """Of a node's firewalls: tool (nftables, iptables) -> raw rules. firewalld and ufw write into these two."""
    if text := tools.get("nftables"):
        yield parse_nft(text)
    if text := tools.get("iptables"):
        yield parse_iptables(text)
