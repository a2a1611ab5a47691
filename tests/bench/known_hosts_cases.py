"""Generated known_hosts files and hosts: is our verdict about a host key the same as OpenSSH's own?

    python -m tests.bench.known_hosts_cases [--cases 10000] [--ssh 1000] [--seed 1]

Each case is asked of `ssh-keygen -F`, which prints the lines that OpenSSH finds; the first --ssh cases are also asked
of a real `ssh` that talks to a real `sshd -i`. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corotui.ssh.connect.known_hosts import HostKeyVerdict
from tests.support.ssh.known_hosts_cases import Case, Keys, case, keygen_verdict, our_verdict


def ssh_verdict(one: Case, keys: Keys, path: Path) -> str:
    """What a real ssh says that talks to a real sshd."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin") or "sshd"
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "yes",
        "PreferredAuthentications": "none",
        "UserKnownHostsFile": str(path),
        "GlobalKnownHostsFile": "none",
        "ProxyCommand": f"{sshd} -i -f {keys.folder}/sshd_{one.kind}",
        **({"HostKeyAlias": one.alias} if one.alias else {}),
    }
    words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    argv = ["ssh", "-F", "none", *words, "-p", str(one.port), "--", one.host, "true"]
    done = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=60)
    said = done.stderr
    if b"Permission denied" in said:
        return HostKeyVerdict.TRUSTED.value
    if b"REVOKED HOST KEY DETECTED" in said:
        return HostKeyVerdict.REVOKED.value
    if b"HOST IDENTIFICATION HAS CHANGED" in said:
        return HostKeyVerdict.CHANGED.value
    if b"host key is known for" in said:
        return HostKeyVerdict.UNKNOWN.value
    return f"? {said[-200:]!r}"


def measure(cases: int, with_ssh: int, seed: int, workers: int = 2) -> dict[str, object]:
    """The figures of `cases` cases, of which the first `with_ssh` are also asked of ssh."""
    dice = random.Random(seed)
    disagreements: list[dict[str, object]] = []
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        keys = Keys.make(Path(folder))
        Path("/run/sshd").mkdir(exist_ok=True)

        def judge(number: int, one: Case) -> tuple[str, dict[str, str]]:
            path = Path(folder) / f"known_{number}"
            path.write_bytes(one.text)
            theirs = {"ssh-keygen": keygen_verdict(one, path)}
            if number < with_ssh:
                theirs["ssh"] = ssh_verdict(one, keys, path)
            ours = our_verdict(one, keys, path)
            path.unlink()
            return ours, theirs

        generated = [case(dice, keys) for _ in range(cases)]
        with ThreadPoolExecutor(workers) as pool:
            for one, (ours, theirs) in zip(generated, pool.map(judge, range(cases), generated), strict=True):
                counts[ours] = counts.get(ours, 0) + 1
                for program, verdict in theirs.items():
                    if verdict != ours:
                        where = {"host": one.host, "port": one.port, "alias": one.alias, "key": one.kind}
                        text = one.text.decode("utf-8", "backslashreplace")
                        disagreements.append({program: verdict, "ours": ours, **where, "file": text})
    return {
        "cases": cases,
        "asked_of_ssh": min(cases, with_ssh),
        "seed": seed,
        "verdicts": counts,
        "disagreements": len(disagreements),
        "examples": disagreements[:10],
    }


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--ssh", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(measure(args.cases, args.ssh, args.seed), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
