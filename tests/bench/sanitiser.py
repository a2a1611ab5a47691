"""How long text takes on its way out: redaction and making it visible, for a megabyte of each kind of text.

    python -m tests.bench.sanitiser [--megabytes N]

Prints one JSON object: per kind of text and function the best CPU time of three in milliseconds per megabyte (10^6
bytes of UTF-8), and that time as a multiple of `str.translate()` with a table of one entry on the same text in the same
run; last, the slowest of all.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator
from functools import partial

from corotui.cluster.text.outgoing import outgoing_json, outgoing_line, outgoing_text
from corotui.cluster.text.redaction import redact
from corotui.cluster.text.visible import visible_line, visible_text

MEGABYTE = 10**6
TABLE = {0: "x"}
FUNCTIONS: dict[str, Callable[[str], str]] = {
    "redact": redact,
    "visible_text": visible_text,
    "visible_line": visible_line,
    "outgoing_text": outgoing_text,
    "outgoing_line": outgoing_line,
    "outgoing_json": outgoing_json,
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=1.0, help="size of each text")
    size = round(parser.parse_args().megabytes * MEGABYTE)
    found: dict[str, dict[str, object]] = {}
    slowest = (0.0, "")
    for name, text in texts(size):
        scale = MEGABYTE / len(text.encode("utf-8", "surrogatepass"))
        yardstick = best(partial(text.translate, TABLE))
        row: dict[str, object] = {"characters": len(text), "translate_ms": round(yardstick * scale, 2)}
        for function_name, function in FUNCTIONS.items():
            took = best(partial(function, text))
            row[function_name] = {"ms": round(took * scale, 2), "to_translate": round(took / yardstick, 2)}
            slowest = max(slowest, (round(took * scale, 2), f"{function_name} of {name}"))
        found[name] = row
    print(json.dumps({"texts": found, "slowest_ms": slowest[0], "slowest": slowest[1]}, indent=1))
    return 0


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Each kind of text with its name; `size` in bytes of UTF-8."""
    chance = random.Random(9)
    ascii_line = "Nov 24 12:00:01 node1 corosync[812]: [TOTEM ] A new membership (1.2f) was formed. Members joined: 2"
    members = {"id": 1, "name": "node1", "links": [{"address": "10.0.0.1", "up": True}], "note": "a\tb\nc"}
    cyrillic = [chr(each) for each in range(0x0430, 0x0450)]
    letters = [chr(each) for each in range(0x110000) if chr(each).isalpha()]
    chance.shuffle(letters)
    anything = [chr(each) for each in range(0x80, 0x110000) if not 0xD800 <= each < 0xE000]
    chance.shuffle(anything)

    def words(*alphabets: list[str]) -> str:
        return "".join(chance.choice(each) for each in (chance.choice(alphabets) for _ in range(chance.randint(2, 9))))

    latin = [chr(each) for each in range(ord("a"), ord("z") + 1)]
    yield "ascii_lines", repeated(f"{ascii_line}\n", size)
    yield "ascii_one_line", repeated(ascii_line, size)
    yield "json_document", json.dumps([members] * (size // len(json.dumps(members))))
    yield "ascii_escapes", repeated("\x1b[31m\x07", size)
    yield "every_other_character_odd", repeated("a\u202eb\x07", size)
    yield "cyrillic_words", filled(lambda: words(cyrillic), size)
    yield "mixed_words", filled(lambda: words(cyrillic, latin), size)
    yield "two_letter_mixed_words", repeated("a\u043e ", size)
    yield "one_mixed_word", repeated("a\u043e", size)
    yield "ascii_word_with_one_letter", "a" * (size - 2) + "\u043e"
    yield "one_letter_words_of_twins", repeated("\u043e ", size)
    yield "marks_and_a_letter", repeated("<U+043E>\\n", size) + "\u043e"
    yield "fullwidth", repeated("\uff4e\uff4f\uff44\uff45 ", size)
    yield "combining_marks", repeated("e\u0301", size)
    yield "all_letters", repeated("".join(letters), size)
    yield "all_characters", repeated("".join(anything), size)
    yield "base64_words_of_63", repeated("Ab1" * 21 + " ", size)
    yield "base64_words_of_63_joined_by_dashes", repeated("Ab1" * 21 + "-", size)
    yield "base64_lines", repeated("Ab1+" * 16 + "\n", size)
    yield "key_lines", repeated("key: 1\n", size)
    yield "key_in_one_line", repeated("a.key", size)
    yield "totem", repeated("totem { ", size)
    yield "totem_blanks", repeated("totem" + " " * 500, size)
    yield "passwords", repeated("password= password=x ", size)
    yield "begin_of_private_keys", repeated("-----BEGIN PRIVATE KEY----- ", size)
    yield "begin_of_other_keys", repeated("-----BEGIN " + "A " * 200, size) + "private key"
    yield "blanks", repeated(" ", size) + "key"
    yield "hexadecimal_lines", repeated("0a1b2c3d" * 10 + "\n", size)


def repeated(unit: str, size: int) -> str:
    """The unit as often as it fits."""
    text = unit * (size // len(unit.encode()) + 1)
    return text.encode()[:size].decode("utf-8", "ignore")


def filled(word: Callable[[], str], size: int) -> str:
    """Different words, with blanks between them."""
    made: list[str] = []
    while size > 0:
        made.append(word())
        size -= len(made[-1].encode()) + 1
    return " ".join(made)


def best(function: Callable[[], object], rounds: int = 3) -> float:
    """The shortest CPU time of a call, in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
