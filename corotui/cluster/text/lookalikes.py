"""Characters that pass for others: `nоde1` with a Cyrillic о, fullwidth letters, a hyphen that is none. Pure.

Names of nodes and clusters are ASCII. A word (what stands between blanks) is suspect where it mixes ASCII with
another alphabet, or where all its letters have a twin in ASCII; a word that is wholly of another alphabet is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

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

# What a character means for its word, in place of the character; ASCII stands for itself.
_NEUTRAL = "."
_TWIN = "\x01"  # a letter of another alphabet, drawn as one of ASCII
_LATIN_TWIN = "\x02"  # the same, of the Latin alphabet
_OTHER = "\x03"  # a letter of another alphabet without a twin
_UNLIKE = "\x04"  # a letter that may stand beside ASCII: é, 日
_MARK = re.compile(r"<U\+[0-9A-F]{4,6}>|\\(?:x[0-9a-f]{2}|[nrt])")  # what stands for a character already
_SUSPECT = re.compile(  # the kinds of a word; quantifiers are possessive, so a word takes linear time
    r"[^a-zA-Z\x01-\x04]*+[\x01\x02][^a-zA-Z\x03\x04]*+"  # wholly of twins
    r"|[^a-zA-Z\x01\x03]*+(?:[a-zA-Z][^\x01\x03]*+[\x01\x03]|[\x01\x03][^a-zA-Z]*+[a-zA-Z]).*+"  # mixed with ASCII
)
MAX_KNOWN = 150_000
"""Characters that are remembered, per table: all letters of Unicode. More would let hostile text fill the memory."""


class _Kinds(dict[int, str]):
    """The kind of each code point, for `str.translate`; filled as characters are met."""

    def __missing__(self, number: int) -> str:
        if len(self) >= MAX_KNOWN:
            self.clear()
        kind = self[number] = _kind(chr(number))
        return kind


_KINDS = _Kinds()


def lookalikes(text: str, show: Callable[[str], str]) -> str:
    """The text with `show(character)` in place of each character that passes for another one in its word.

    Those that pass for another one in every word (`always_passes`) are left to the caller.
    """
    if text.isascii():
        return text
    kinds = text.translate(_KINDS)
    if not any(each in kinds for each in (_TWIN, _LATIN_TWIN, _OTHER)):
        return text
    if "<U+" in kinds or "\\" in kinds:
        kinds = _MARK.sub(lambda found: _NEUTRAL * len(found[0]), kinds)
    # Words of one blank each, so that three calls of `split` see the same words; blanks are in none of them.
    kinds_of_words = _one_blank(kinds).split(" ")
    suspect = {kinds for kinds in set(kinds_of_words) if _SUSPECT.fullmatch(kinds)}
    if not suspect:
        return text
    words = _one_blank(text)
    each_word = zip(kinds_of_words, words.split(" "), words.translate(_Shown(show)).split(" "), strict=True)
    shown = " ".join([shown if kinds in suspect else word for kinds, word, shown in each_word])
    return shown.replace(" \n ", "\n").replace(" \t ", "\t")


def always_passes(character: str) -> bool:
    """Whether it passes for an ASCII character in every word: a hyphen that is none, a fullwidth letter."""
    if character <= "\x7f" or _is_east_asian(character):
        return False
    return character in _ALWAYS or _is_variant(character)


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


def alike_sentences(names: Iterable[str], what: str) -> list[str]:
    """Says which names look alike, with the code points in which they differ. Case alone makes no difference here, as
    in host names. `what` they are, in the plural: "names of nodes"."""
    sentences = []
    for group in alike(names):
        distinct = tuple({name.casefold(): name for name in reversed(group)}.values())[::-1]
        if len(distinct) > 1:
            listed = ", ".join(_with_code_points(name, distinct) for name in distinct)
            sentences.append(f"{what} look alike and are not the same: {listed}.")
    return sentences


def _with_code_points(name: str, group: tuple[str, ...]) -> str:
    """`nodel (with U+006C)`: the characters that are not in all names of the group."""
    own = dict.fromkeys(each for each in name if any(each not in other for other in group))
    if not own:
        return name
    return f"{name} (with {' '.join(f'U+{ord(each):04X}' for each in own)})"


class _Shown(dict[int, str | int]):
    """`show` of letters that pass for others, and each other character as it is."""

    def __init__(self, show: Callable[[str], str]) -> None:
        super().__init__()
        self.show = show

    def __missing__(self, number: int) -> str | int:
        passes = _KINDS[number] in (_TWIN, _LATIN_TWIN, _OTHER)
        form = self[number] = self.show(chr(number)) if passes else number
        return form


def _one_blank(text: str) -> str:
    """The text with a blank on both sides of a newline and of a tab, which makes them words."""
    return text.replace("\n", " \n ").replace("\t", " \t ")


def _kind(character: str) -> str:
    if character <= "\x7f":
        return character if character.isprintable() or character in "\n\t" else _NEUTRAL
    if not character.isalpha() or character in BLANK_LETTERS:
        return _NEUTRAL
    if _is_east_asian(character):
        return _UNLIKE
    if always_passes(character):
        return _NEUTRAL
    if _is_other_script(character):
        return _TWIN if character in _TWINS else _OTHER
    return _LATIN_TWIN if character in _TWINS else _UNLIKE


def _is_east_asian(character: str) -> bool:
    """Whether it is an ideograph or a Hangul syllable: most letters of Unicode, none of which passes for another."""
    return (
        "\u3400" <= character <= "\u9fff"
        or "\uac00" <= character <= "\ud7a3"
        or "\U00020000" <= character < "\U000e0000"
    )


def _is_variant(character: str) -> bool:
    """Whether it is a compatibility form of one ASCII character: fullwidth, mathematical, superscript."""
    plain = unicodedata.normalize("NFKC", character)
    return len(plain) == 1 and "!" <= plain <= "~"


def _is_other_script(character: str) -> bool:
    return not unicodedata.name(character, "").startswith(("LATIN", *_UNRELATED))
