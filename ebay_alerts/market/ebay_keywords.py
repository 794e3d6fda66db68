"""What is typed into eBay's own search box, in our keyword language; pure.

Sources: eBay's help on advanced search (quotation marks, minus, words in parentheses), and the
Finding API's guide on keywords. There `a,b` without a space is the phrase "a b", a * is ignored.
"""

import re

_ALL_WORDS, _ANY_WORD, _EXACT_ORDER = "1", "2", "3"
_PART = re.compile(r'-?"[^"]*"|-?\([^()]*\)|[^\s"()]+|["()]')
# Any N of the words that follow.
_SOME_OF = re.compile(r"@[0-9]+")
_WORDS_WITH_COMMAS = re.compile(r"(-?)([^,]+(?:,[^,]+)+),?")

# A sign that is left out, and why.
LeftOut = tuple[str, str]


def our_keywords(typed: str, way: str = "") -> tuple[str, list[LeftOut]]:
    """The same in our language, as far as it has words for it, and what is left out.

    `way` is eBay's `_in_kw`: 2 is any of the words, 3 their exact order; otherwise all of them.
    """
    left_out: list[LeftOut] = []
    if "*" in typed:
        typed = typed.replace("*", "")
        left_out.append(("*", "It stands for nothing on eBay: whole words are found."))
    if way == _EXACT_ORDER and '"' not in typed:
        return f'"{" ".join(typed.split())}"', left_out
    parts = [_part(part) for part in _PART.findall(typed) if not _SOME_OF.fullmatch(part)]
    left_out += [
        (part, "All words are wanted; write (a, b) for one of two.")
        for part in typed.split()
        if _SOME_OF.fullmatch(part)
    ]
    kept = [part for part in parts if part.strip("-+,")]
    if way == _ANY_WORD and len(kept) > 1 and all(_is_word(part) for part in kept):
        return f"({', '.join(kept)})", left_out
    return " ".join(kept), left_out


def _is_word(part: str) -> bool:
    return part[0] not in '-("'


def _part(part: str) -> str:
    if part.lstrip("-")[:1] in ('"', "("):
        return part
    part = part.removeprefix("+")
    if found := _WORDS_WITH_COMMAS.fullmatch(part):
        return f'{found[1]}"{found[2].replace(",", " ")}"'
    return part.replace(",", " ").strip()
