"""Plants secrets in a practice cluster, drives every verb and every screen, and looks for them in all that is left.

    python3 -m tests.bench.planted_secrets NAME

NAME is a practice cluster of three nodes whose sudo asks for a password (`practice up --password-sudo`); its nodes are
wiped. Prints JSON: the hits, where a secret was expected and found, and how much was searched.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from corotui.practice import instance_record
from tests.support.nodes.ring_setup import AUTHKEY, inside
from tests.support.secrets.exercise import run_console, run_verb
from tests.support.secrets.forms import FORMS, Hit
from tests.support.secrets.ground import Ground, Search, left_at_the_operator, left_on_nodes, plant, plant_key
from tests.support.secrets.watcher import ProcessWatcher


def say(text: str) -> None:
    """What is under way, for a run that takes long."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def print_hit(hit: Hit) -> None:
    """Says at once what was found."""
    say(f"HIT: {hit.secret} as {hit.form} in {hit.where}")


def verbs(ground: Ground, directory: str) -> Iterator[tuple[str, ...]]:
    """Every verb of the command line on one cluster directory, but those of `practice`."""
    conf = f"{directory}/corosync.conf"
    host = f"{ground.practice.shape.user}@{ground.practice.nodes[0].addresses[0]}"
    yield ("plan", directory)
    yield ("apply", directory, "--yes", "-v")
    yield ("apply", directory, "--yes")
    for verb in ("facts", "check", "plan", "status", "doctor", "recover"):
        yield (verb, directory)
    yield ("watch", directory, "--for", "3")
    yield ("restore", directory, "--list")
    yield ("restore", directory, "1", "--yes", "-v", "--take-over")
    yield ("adopt", host, f"{ground.root}/adopted-{Path(directory).name}", "--sudo", "--key", str(ground.ssh_key))
    yield ("new", f"{ground.root}/new-{Path(directory).name}", host, "--sudo")
    yield ("build", directory, "--plan")
    yield ("conf", "check", conf)
    yield ("conf", "explain", "totem.key")
    yield ("conf", "diff", conf, f"{ground.with_file}/corosync.conf")
    yield ("conf", "convert", conf)
    yield ("conf", "format", conf)


def failing_verbs(ground: Ground) -> Iterator[tuple[str, ...]]:
    """Verbs that meet a node with another key, a file that corosync refuses, and a ring that falls apart."""
    directory = str(ground.with_file)
    plant_key(ground, "node2", ground.other_key)
    yield ("plan", directory)
    yield ("apply", directory, "--yes", "-v")
    inside(ground.practice, "node2", "systemctl restart corosync")
    yield ("doctor", directory)
    yield ("doctor", directory, "--fix", "authkey-differs", "--yes")
    plant_key(ground, "node3", ground.other_key)
    yield ("apply", directory, "--yes", "--key-from", "node1", "-v")
    inside(ground.practice, "node3", f"rm {AUTHKEY}; systemctl restart corosync || true")
    yield ("doctor", directory)
    yield ("apply", directory, "--yes", "-v")
    broken = ground.with_inline_key / "corosync.conf"
    text = broken.read_text()
    key = ground.inline.value.decode()
    for wrong in (
        text.replace(f"key: {key}", f"key: {key[:40]}"),
        text.replace("\tkey:", "\tkey"),
        text + f"\n{key} {{",
    ):
        broken.write_text(wrong)
        for verb in (("plan",), ("apply", "--yes", "-v"), ("conf", "check"), ("check",)):
            path = str(broken if verb[0] == "conf" else broken.parent)
            yield (*verb, path)
    broken.write_text(text)


def measure(name: str, root: Path) -> dict[str, object]:
    """Plants, drives and searches; returns the figures."""
    record = instance_record.load(name)
    assert record is not None, f"there is no practice cluster {name}"
    ground = plant(record.to_practice(), root)
    found, runs = Search(ground, print_hit), 0
    with ProcessWatcher() as watcher:
        for directory in (str(ground.with_file), str(ground.with_inline_key)):
            for words in verbs(ground, directory):
                for json_word in ((), ("--json",)) if words[0] != "new" else ((),):
                    if words[0] == "adopt" and json_word:
                        words = (*words[:2], words[2] + "-json", *words[3:])
                    say(" ".join((*words, *json_word)))
                    found.add(f"output of {' '.join((*words, *json_word))}", run_verb(ground, *words, *json_word))
                    runs += 1
            for screen, data in run_console(ground, directory, editor=directory == str(ground.with_file)):
                say(f"console: {screen}")
                found.add(f"console on {Path(directory).name}: {screen}", data)
        for words in failing_verbs(ground):
            say(" ".join(words))
            found.add(f"output of {' '.join(words)}", run_verb(ground, *words))
            runs += 1
    say("search")
    found.add("command lines and environments", watcher.seen)
    for where, data in chain(left_at_the_operator(ground), left_on_nodes(ground)):
        found.add(where, data)
    return {
        "hits": [asdict(hit) for hit in found.hits],
        "expected": dict(Counter(f"{hit.secret} in {hit.where.rpartition('/')[2]}" for hit in found.expected)),
        "forms": list(FORMS),
        "runs_of_verbs": runs,
        "places": found.places,
        "bytes": found.size,
        "looks_at_processes": watcher.rounds,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        print(json.dumps(measure(sys.argv[1], Path(folder)), indent=1))
