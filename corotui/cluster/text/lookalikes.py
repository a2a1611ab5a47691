"""Characters that pass for others: `nоde1` with a Cyrillic о, fullwidth letters, a hyphen that is none. Pure.

Names of nodes and clusters are ASCII. A word (what stands between blanks) is suspect where it mixes ASCII with
another alphabet, or where all its letters have a twin in ASCII; a word that is wholly of another alphabet is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

_WORD = re.compile(r"[^ \n\t]+")
_MARK = re.compile(r"<U\+[0-9A-F]{4,6}>|\\(?:x[0-9a-f]{2}|[nrt])")  # what stands for a character already
_MAX_WORD = 64  # characters of a word whose verdict is remembered
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Characters that are drawn as nothing although they count as letters or symbols: Hangul fillers, blank Braille."""
_UNRELATED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "MICRO", "OHM", "KELVIN", "ANGSTROM")
"""First words of the Unicode names of letters that stand beside ASCII without passing for it, units among them."""

# Letters whose glyph is that of an ASCII letter, by what they pass for. From the shapes that Unicode's
# confusables.txt (UTS 39) gives to ASCII; compatibility forms (fullwidth, mathematical) are known by NFKC.
_TWINS = {
    twin: ascii_letter
    for ascii_letter, twins in {
        "a": "аɑα", "b": "ЬƄ", "c": "сϲᴄ", "d": "ԁ", "e": "еҽ", "g": "ɡց", "h": "һհ", "i": "іıɩι", "j": "јϳȷ",
        "k": "κк", "l": "ӏǀⵏ|", "n": "ոռη", "o": "оοօᴏσ", "p": "рρ", "q": "ԛգզ", "r": "гᴦ", "s": "ѕꜱ", "t": "т",
        "u": "υսᴜ", "v": "νѵᴠ", "w": "ԝᴡա", "x": "х", "y": "уγү", "z": "ᴢ",
        "A": "АΑᎪ", "B": "ВΒᏴ", "C": "СᏟϹ", "D": "Ꭰᗪꓓ", "E": "ЕΕᎬ", "F": "ϜᖴꓝԲ", "G": "ԌᏀ", "H": "НΗᎻ",
        "I": "ІΙӀ", "J": "ЈᎫͿ", "K": "КΚᏦ", "L": "ᏞլⳐꓡ", "M": "МΜᎷ", "N": "Νꓠ", "O": "ОΟՕ", "P": "РΡᏢ", "Q": "ⵕ",
        "R": "ᏒᎡꓣ", "S": "ЅՏᏚ", "T": "ТΤᎢ", "U": "ՍሀꓴԱ", "V": "ѴᏙꓦ", "W": "ԜᎳꓪ", "X": "ХΧꓫ", "Y": "УΥҮ", "Z": "ΖᏃꓜ",
        "3": "ЗӠ", "6": "б",
    }.items()
    for twin in twins
}  # fmt: skip
_TWINS.pop("|")
_ALWAYS = frozenset("ɑɡɩıȷᴄᴏᴜᴠᴡᴢꜱǀ‐‑‒⁃−․⁄∕∶꞉ː\u037e؛٫٬")
"""Latin letters beside ASCII, and punctuation, whose glyph is that of an ASCII character."""


def lookalikes(text: str, show: Callable[[str], str]) -> str:
    """The text with `show(character)` in place of each character that passes for another one."""
    if not any(map(_may_pass, set(text))):
        return text
    return _WORD.sub(lambda found: _shown(found[0], show), text)


def skeleton(name: str) -> str:
    """What a name looks like: equal for two names that an operator could take for each other.

    Ignores case, characters that are not drawn, and the differences between a letter and its twins, "1", "l" and "I",
    "0" and "O", "rn" and "m".
    """
    composed = unicodedata.normalize("NFKC", name)
    drawn = (each for each in composed if unicodedata.category(each)[0] not in "CMZ")
    folded = "".join(_TWINS.get(each, each) for each in drawn)
    ones = folded.replace("1", "l").replace("I", "l").replace("|", "l").replace("0", "o")
    return ones.casefold().replace("rn", "m").replace("vv", "w")


def alike(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ and look the same, each in the order in which they came."""
    groups: dict[str, dict[str, None]] = {}
    for name in names:
        groups.setdefault(skeleton(name), {})[name] = None
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _shown(word: str, show: Callable[[str], str]) -> str:
    if word.isascii():
        return word
    suspect = _suspects(word) if len(word) <= _MAX_WORD else _suspects.__wrapped__(word)
    if not suspect:
        return word
    return "".join(show(each) if each in suspect else each for each in word)


@lru_cache(maxsize=4096)
def _suspects(word: str) -> frozenset[str]:
    """The characters of a word that pass for others."""
    others = {each for each in word if each > "\x7f"}
    mixed = any("a" <= each <= "z" or "A" <= each <= "Z" for each in _MARK.sub("", word))
    letters = {each for each in others if each.isalpha() and each not in BLANK_LETTERS}
    whole = not mixed and all(each in _TWINS or each in _ALWAYS or _is_variant(each) for each in letters)
    return frozenset(
        each
        for each in others
        if each in _ALWAYS or _is_variant(each) or (each in letters and (whole or (mixed and _is_other_script(each))))
    )


@lru_cache(maxsize=4096)
def _may_pass(character: str) -> bool:
    """Whether there is a word in which the character passes for another one."""
    if character <= "\x7f":
        return False
    if character in _ALWAYS or _is_variant(character):
        return True
    return character.isalpha() and (character in _TWINS or _is_other_script(character))


def _is_variant(character: str) -> bool:
    """Whether it is a compatibility form of one ASCII character: fullwidth, mathematical, superscript."""
    plain = unicodedata.normalize("NFKC", character)
    return len(plain) == 1 and "!" <= plain <= "~"


def _is_other_script(character: str) -> bool:
    return not unicodedata.name(character, "").startswith(("LATIN", *_UNRELATED))
