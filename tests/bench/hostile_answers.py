"""What one hostile answer of a node costs a verb: seconds, peak memory, bytes of output, longest pause of the loop.

    python -m tests.bench.hostile_answers [--verb VERB ...] [CASE ...]

The cluster is this machine alone, in a mount namespace of its own (needs root): tools in a PATH of their own take the
place of corosync's, a file that of its corosync.conf. No sshd and no practice node is needed, so what is measured is
corotui's own work. Pauses are CPU time of the loop's thread and waits for the interpreter lock; the load of the machine
does not count. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_TABLE = "printf 'Quorate: Yes\\nRing ID: 1.9\\n    Nodeid      Votes Name\\n'"
_STATS = 'stats.knet.node"i".link"l".connected (u8) = 0'
_AWK = "BEGIN { for (i = 1; i <= 20000; i++) "
CASES = {
    "nothing": "",
    "20,000 members": f"{_TABLE}; awk '{_AWK}print i, 1, \"n\" i }}'",
    "20,000 members with 8 links": f'{_TABLE}; awk \'{_AWK}print i, 1, "n" i; for (i = 2; i < 20000; i++) '
    f'for (l = 0; l < 8; l++) print "{_STATS}" }}\'',
    "the largest corosync.conf": "",
    "a million lines": "yes x | head -n 1000000",
    "240,000 braces": "yes 'a{' | head -n 240000",
    "the largest ring": """case $0 in
    *cmapctl) case $* in
        *stats*) awk 'BEGIN { for (n = 1; n < 385; n++) for (l = 0; l < 8; l++) { k = "stats.knet.node" n ".link" l "."
            print k "enabled (u8) = 1\\n" k "connected (u8) = 0\\n" k "latency_ave (u32) = 9"; print k "mtu (u32) = 9"
            } }' ;;
        *) awk 'BEGIN { for (n = 1; n < 385; n++) { k = "nodelist.node." n; print k ".nodeid (u32) = " n
            print k ".name (str) = n" n; for (l = 0; l < 8; l++) print k ".ring" l "_addr (str) = 10." l ".1." n
            k = "runtime.members." n; print k ".status (str) = joined" } }' ;; esac ;;
    *quorumtool) printf 'Quorate: Yes\\nRing ID: 1.9\\n    Nodeid      Votes Name\\n'
        awk 'BEGIN { for (n = 1; n < 385; n++) print n, 1, "n" n }' ;;
    *cfgtool) awk 'BEGIN { print "Local node ID 1, transport knet"; for (l = 0; l < 8; l++) { print "LINK ID " l " udp"
            print "\\taddr\\t= 10.1.1.1\\n\\tstatus:"
            for (n = 1; n < 385; n++) print "\\t\\tnodeid: " n ":\\tdisconnected" } }' ;;
    esac""",
    "200 MB": "head -c 200000000 /dev/zero | tr '\\0' x",
    "one line of 50 MB": "head -c 50000000 /dev/zero | tr '\\0' y",
    "binary": "head -c 20000000 /dev/urandom",
    "endless stderr": "yes no >&2",
    "hanging": "exec sleep 100",
}
LARGEST = "the largest corosync.conf"
_ADDRESSES = "".join(f"    ring{link}_addr: 10.{link}.1.NUMBER\n" for link in range(8))
LARGEST_CONF = "totem {\n    version: 2\n    cluster_name: db\n}\nnodelist {\n" + "".join(
    f"  node {{\n    nodeid: {number}\n    name: node{number}\n{_ADDRESSES.replace('NUMBER', str(number))}  }}\n"
    for number in range(1, 385)
)
CONF_CASES = ("240,000 braces", "a million lines", "one line of 50 MB", "binary")
"""Cases that corosync.conf answers with as well."""
TOOLS = (
    *("corosync", "corosync-cmapctl", "corosync-cfgtool", "corosync-quorumtool"),
    *("ip", "nft", "iptables-save", "ss", "systemctl", "journalctl", "ls"),
)
VERBS = ("status", "facts", "check", "plan", "doctor")
_TIMEOUT = 120  # seconds for one verb
_NAMESPACE = "HOSTILE_ANSWERS_NAMESPACE"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--verb", action="append", choices=VERBS)
    arguments = parser.parse_args()
    if _NAMESPACE not in os.environ:
        line = ["unshare", "-m", sys.executable, "-m", "tests.bench.hostile_answers", *sys.argv[1:]]
        return subprocess.run(line, env={**os.environ, _NAMESPACE: "yes"}).returncode
    with tempfile.TemporaryDirectory() as folder:
        _own_etc(Path(folder))
        found = {
            case: {verb: _measure(case, verb, Path(folder)) for verb in arguments.verb or VERBS}
            for case in arguments.cases
        }
        subprocess.run(["umount", "/etc"], check=True)
    print(json.dumps(found, indent=1))
    return 0


def _own_etc(folder: Path) -> None:
    """Puts a copy of /etc in its place, for this process and its children only."""
    subprocess.run(["cp", "-a", "/etc", str(folder)], check=True)
    subprocess.run(["mount", "--bind", str(folder / "etc"), "/etc"], check=True)
    Path("/etc/corosync").mkdir(exist_ok=True)


def _measure(case: str, verb: str, folder: Path) -> dict[str, float | int | str]:
    """Runs one verb while every tool answers with the case."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tools, directory, files = (Path(scratch) / name for name in ("tools", "db", "files"))
        tools.mkdir()
        files.mkdir()
        for tool in TOOLS:
            (tools / tool).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{CASES[case]}\n")
            (tools / tool).chmod(0o755)
        directory.mkdir(mode=0o700)
        node = '[[node]]\nname = "node1"\nlocal = true\n'
        (directory / "cluster.toml").write_text(f'[cluster]\nname = "db"\n{node}[install]\nmethod = "present"\n')
        conf = Path("/etc/corosync/corosync.conf")
        if case in CONF_CASES:
            subprocess.run(f"({CASES[case]}) | head -c 60000000 >{conf}", shell=True, check=True)
        elif case == LARGEST:
            conf.write_text(LARGEST_CONF + "}\n")
        else:
            conf.write_text("totem {\n version: 2\n}\n")
        (directory / "corosync.conf").write_text("totem {\n version: 2\n}\nnodelist {\n}\n")
        report = files / "report.json"
        ended = subprocess.run(
            [sys.executable, "-m", "tests.hostile.measured", str(report), verb, str(directory)],
            env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "TMPDIR": str(files)},
            capture_output=True,
            timeout=_TIMEOUT,
        )
        cost = json.loads(report.read_text())
        defects = [path.read_text() for path in files.glob("corotui-*.txt")]
    return {
        "seconds": round(cost["seconds"], 2),
        "peak_rss_mb": round(cost["rss_kib"] / 1024),
        "longest_pause_ms": round(cost["pause_ms"], 1),
        "at": " < ".join(cost["pause_at"][:4]),
        "output_bytes": len(ended.stdout) + len(ended.stderr),
        "exit_code": ended.returncode,
        **({"defect": defects[0][-400:]} if defects else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
