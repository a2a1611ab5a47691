"""Files for the differential fuzzer: grown from the grammar, then damaged."""

from __future__ import annotations

import random

from corotui.conf.daemon.parser import value_types
from corotui.conf.version import parse_version
from tests.bench.conf_cases import (
    ADDRESSES,
    COLONS,
    INTEGERS,
    INTERFACE_TEXT,
    LOGGING,
    NAMES,
    PATHS,
    STRANGE,
    SUBSYS,
    SYSTEM,
    TAILS,
    TOTEM_TEXT,
    WORDS,
)

NODE = ("name", "nodeid", "ring0_addr")


class Grower:
    """Makes files; the same seed makes the same files."""

    def __init__(self, seed: int, corpus: tuple[bytes, ...] = ()) -> None:
        self.rng = random.Random(seed)
        self.corpus = corpus
        self.mild = False
        table = value_types.number_types(parse_version("3.1.7"))
        self.totem = tuple(key.removeprefix("totem.") for key in table["totem"])
        self.interface = tuple(key.rsplit(".", 1)[-1] for key in table["interface"])
        self.quorum = tuple(key.removeprefix("quorum.") for key in table["quorum"])
        self.device = tuple(key.rsplit(".", 1)[-1] for key in table["device"])

    def file(self) -> bytes:
        """One file: mostly plausible, sometimes a damaged one of the corpus."""
        rng = self.rng
        self.mild = rng.random() < 0.6
        if self.corpus and rng.random() < 0.2:
            data = rng.choice(self.corpus)
        else:
            data = "\n".join(self._lines()).encode("latin-1") + rng.choice((b"\n", b"", b"\r\n"))
        for _ in range(0 if self.mild and rng.random() < 0.8 else rng.choice((0, 1, 1, 2, 4))):
            data = self._damage(data)
        return data

    def _lines(self) -> list[str]:
        rng = self.rng
        transport = rng.choice(("knet", "knet", "knet", "knet", "udpu", "udp"))
        blocks = [self._totem(transport), self._nodelist(transport)]
        if rng.random() < 0.5:
            blocks.append(self._quorum())
        if rng.random() < 0.4:
            blocks.append(self._logging())
        for chance, block in ((0.15, self._system), (0.1, self._resources), (0.1, self._uidgid), (0.1, self._odd)):
            if rng.random() < chance:
                blocks.append(block())
        if rng.random() < 0.2:
            rng.shuffle(blocks)
        return [line for block in blocks for line in block]

    def _totem(self, transport: str) -> list[str]:
        rng = self.rng
        body = ["version: 2"] if rng.random() < 0.97 else []
        if transport != "knet" or rng.random() < 0.5:
            body.append(f"transport: {transport}")
        if transport == "udp" or rng.random() < 0.5:
            body.append("cluster_name: c")
        body += [f"{rng.choice(self.totem)}: {self._number()}" for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))]
        for _ in range(rng.choice((0, 0, 0, 1, 2))):
            key = rng.choice(TOTEM_TEXT)
            body.append(f"{key}: {rng.choice(PATHS) if key == 'keyfile' else self._key(key)}")
        for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
            body += self._interface()
        if rng.random() < 0.1:
            rng.shuffle(body)
        return ["totem {", *body, "}"]

    def _key(self, key: str) -> str:
        if key == "key":
            return "k" * self.rng.choice((10, 126, 127, 128, 300))
        if key == "cluster_name":
            return self.rng.choice(("c", "\xe4\xf6", "long" * 60, "a b", ""))
        return self.rng.choice(WORDS)

    def _number(self) -> str:
        rng = self.rng
        if self.mild and rng.random() < 0.9:
            return rng.choice(INTEGERS[:19])
        return (
            rng.choice(INTEGERS) if rng.random() < 0.6 else str(rng.choice((rng.randrange(300), rng.randrange(20000))))
        )

    def _interface(self) -> list[str]:
        rng = self.rng
        body = (
            [f"linknumber: {rng.choice(('0', '0', '1', '2', '7', '8', '255', '256', 'x'))}"]
            if rng.random() < 0.7
            else []
        )
        body += [f"{rng.choice(self.interface)}: {self._number()}" for _ in range(rng.choice((0, 1, 1, 2)))]
        for _ in range(rng.choice((0, 0, 1))):
            key = rng.choice(INTERFACE_TEXT)
            value = rng.choice(ADDRESSES) if key.endswith("addr") else rng.choice(WORDS)
            body.append(f"{key}: {value}")
        if rng.random() < 0.08:
            body += ["member {", f"{rng.choice(('memberaddr', 'memberaddr', 'addr'))}: {rng.choice(ADDRESSES)}", "}"]
        if rng.random() < 0.05:
            body.append(f"{rng.choice(('3.bar', '1.mcastport', '0.ttl', 'x.y', '-1.z'))}: {self._number()}")
        return ["interface {", *body, "}"]

    def _nodelist(self, transport: str) -> list[str]:
        rng = self.rng
        count = rng.choice((1, 1, 2, 2, 3, 3, 4, 12, 13))
        links = rng.choice((1, 1, 1, 2, 3)) if transport == "knet" else rng.choice((1, 1, 1, 1, 2))
        six = rng.random() < 0.1
        out = ["nodelist {"]
        for node in range(1, count + 1):
            body = [f"name: node{node}"] if rng.random() < 0.95 else []
            if rng.random() < 0.985:
                body.append(f"nodeid: {node if rng.random() < 0.98 else rng.randrange(1, count + 1)}")
            for link in range(links):
                if self.mild or rng.random() < 0.97:
                    address = f"fd99:{link}::{node:x}" if six else f"10.{77 + link}.0.{node}"
                    if rng.random() > (0.99 if self.mild else 0.95):
                        address = rng.choice(ADDRESSES)
                    body.append(f"ring{link}_addr: {address}")
            if rng.random() < 0.06:
                body.append(self._node_extra())
            if rng.random() < 0.05:
                rng.shuffle(body)
            out += ["node {", *body, "}"]
        return [*out, "}"]

    def _node_extra(self) -> str:
        rng = self.rng
        choice = rng.randrange(5)
        if choice == 0:
            return f"quorum_votes: {self._number()}"
        if choice == 1:
            return f"nodeid: {self._number()}"
        if choice == 2:
            return f"name: {rng.choice(NAMES)}"
        if choice == 3:
            return f"ring{rng.choice(('00', '01', '8', '7', '-1', 'x', '99999999999'))}_addr: {rng.choice(ADDRESSES)}"
        return f"{rng.choice(('foo', 'a b', 'sub.nodeid', 'x' * 240))}: 1"

    def _quorum(self) -> list[str]:
        rng = self.rng
        body = [f"provider: {rng.choice(('corosync_votequorum', 'corosync_votequorum', 'bogus', 'corosync_ykd'))}"]
        for _ in range(rng.choice((0, 1, 2, 3))):
            value = rng.choice(("0", "1", "2", "3")) if rng.random() < 0.7 else self._number()
            body.append(f"{rng.choice(self.quorum)}: {value}")
        if rng.random() < 0.2:
            inner = [f"model: {rng.choice(('net', '', 'x'))}"]
            inner += [f"{rng.choice(self.device)}: {self._number()}" for _ in range(rng.choice((0, 1, 2)))]
            body += ["device {", *inner, "}"]
        return ["quorum {", *body, "}"]

    def _logging(self) -> list[str]:
        rng = self.rng
        body = []
        for _ in range(rng.choice((0, 1, 2, 3))):
            key = rng.choice(LOGGING)
            good = rng.choice(("on", "off", "yes", "no"))
            value = rng.choice(PATHS) if key == "logfile" else good if rng.random() < 0.5 else rng.choice(WORDS)
            body.append(f"{key}: {value}")
        if rng.random() < 0.3:
            kind = rng.choice(("logger_subsys", "logger_subsys", "logging_daemon"))
            inner = [f"subsys: {rng.choice(SUBSYS)}"] if rng.random() < 0.8 else []
            if kind == "logging_daemon" and rng.random() < 0.8:
                inner.append(f"name: {rng.choice(('corosync', 'corosync', 'foo'))}")
            inner += [f"{rng.choice(LOGGING[5:9])}: {rng.choice(WORDS)}" for _ in range(rng.choice((0, 0, 1)))]
            body += [f"{kind} {{", *inner, "}"]
        return ["logging {", *body, "}"]

    def _system(self) -> list[str]:
        rng = self.rng
        key = rng.choice(SYSTEM)
        return ["system {", f"{key}: {rng.choice(PATHS[5:9]) if key == 'state_dir' else rng.choice(WORDS)}", "}"]

    def _resources(self) -> list[str]:
        rng = self.rng
        value = self._number()
        return rng.choice(
            (
                ["resources {", f"watchdog_timeout: {value}", "}"],
                ["resources {", "system {", f"poll_period: {value}", "}", "}"],
                ["resources {", "process {", "memory_used {", f"poll_period: {value}", "}", "}", "}"],
            )
        )

    def _uidgid(self) -> list[str]:
        rng = self.rng
        value = rng.choice(("root", "daemon", "nosuch", "0", "4294967295", "4294967296", "-1", "", "+7", "12x"))
        return ["uidgid {", f"{rng.choice(('uid', 'gid', 'uid', 'foo'))}: {value}", "}"]

    def _odd(self) -> list[str]:
        rng = self.rng
        return rng.choice(
            (
                [f"totem.{rng.choice(self.totem)}: {self._number()}"],
                [f"totem.{rng.choice(TOTEM_TEXT)}: {rng.choice(WORDS)}"],
                ["foo {", "bar: 1", "baz {", "}", "}"],
                [f"logging.{rng.choice(LOGGING)}: {rng.choice(WORDS)}"],
                [f"nodelist.node.{rng.randrange(4)}.{rng.choice(NODE)}: {rng.choice(NAMES)}"],
                ["totem.interface {", f"{rng.choice(self.interface)}: {self._number()}", "}"],
                [f"quorum.{rng.choice(self.quorum)}: {self._number()}"],
                ["service {", "name: pacemaker", "ver: 0", "}"],
                ["nodelist {", "node {", f"nodeid: {self._number()}", "}", "}"],
            )
        )

    def _damage(self, data: bytes) -> bytes:
        rng = self.rng
        lines = data.split(b"\n")
        at = rng.randrange(len(lines))
        choice = rng.randrange(12)
        if choice == 0:
            del lines[at]
        elif choice == 1:
            lines.insert(at, rng.choice(lines))
        elif choice == 2:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif choice == 3:
            lines.insert(at, rng.choice(STRANGE))
        elif choice == 4:
            lines[at] += rng.choice(TAILS)
        elif choice == 5:
            lines[at] = rng.choice((b" ", b"\t", b"\xa0", b"\xc2\xa0", b"#", b"\v", b"\0", b"\xef\xbb\xbf")) + lines[at]
        elif choice == 6:
            fill = rng.randrange(500, 520) - len(lines[at])
            lines[at] += rng.choice((b" ", b"x", b"#")) * max(fill, 0)
        elif choice == 7 and data:
            place = rng.randrange(len(data))
            return data[:place] + bytes([rng.randrange(256)]) + data[place + 1 :]
        elif choice == 8 and data:
            place = rng.randrange(len(data))
            return data[:place] + data[place + rng.randrange(1, 4) :]
        elif choice == 9 and data:
            place = rng.randrange(len(data))
            return data[:place] + rng.choice((b"{", b"}", b":", b"\n", b"\r", b"\0", b" ", b"# ", b"0")) + data[place:]
        elif choice == 10:
            return data.replace(b"\n", b"\r\n")
        else:
            lines[at] = lines[at].swapcase() if rng.random() < 0.3 else lines[at].replace(b": ", rng.choice(COLONS))
        return b"\n".join(lines)
