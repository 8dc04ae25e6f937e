"""What people write beside digits: invented words, signs of calculation, and which of them are a digit to the eye."""

import numpy as np

from edge.contract import NOT_A_DIGIT

LOOKS = {
    **{str(digit): digit for digit in range(10)},
    **dict.fromkeys("lI|/\\ı", 1),  # noqa: RUF001 - the real signs
    **dict.fromkeys("OoΟο°", 0),  # noqa: RUF001 - Greek ones too
    **dict.fromkeys("Ss", 5),
    **dict.fromkeys("Zz", 2),
    "b": 6,
    **dict.fromkeys("gq", 9),
    "B": 8,
}
"""Which digit a sign is to the eye; a letter among them is in doubt: only its neighbours tell a 0 from an O."""
RUNNING_LOOKS = {
    **{str(digit): digit for digit in range(10)},
    **dict.fromkeys("OoΟο°", 0),  # noqa: RUF001 - Greek ones too
    **dict.fromkeys("gq", 9),
    "z": 3,
}
"""The same in a running hand, where an l has a loop, an S a flourish and a z a tail."""
LATIN = "abcdefghijklmnopqrstuvwxyz"
CAPITALS = LATIN.upper()
MATHS = "αβγδεηθλμνπρστφχψωΓΔΘΛΞΠΣΦΨΩ"
"""Greek letters that stand alone, without those that look like a digit."""
GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
HAN = "的是不我有大在人了中到国和地上下来个时分秒年月日天水火木金土山石田力心手目元号第名姓班学生数"
BENGALI = "অআইঈউঊঋএঐওঔকখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহড়ঢ়য়"
"""Letters that stand alone; a vowel sign needs one before it."""
SIGNS = "+-=×÷*#%&@?!<>~^.,:;'\"()[]{}|/\\√∞€$°"  # noqa: RUF001 - the real signs
OPERATORS = "+-=×÷xyzw/:.,()→<>"  # noqa: RUF001 - the real signs
"""Between the numbers of a calculation."""

_VOWELS = "aeiou"
_CONSONANTS = "bcdfghjklmnprstvwz"


def look_of(sign: str, *, running: bool = False) -> int:
    """The class_id of what a sign looks like, apart or in a running hand."""
    return (RUNNING_LOOKS if running else LOOKS).get(sign, NOT_A_DIGIT)


WORD = 3
"""Letters that make a word; shorter ones leave a lookalike in doubt ..."""
BESIDE = 2
"""... as do words in which no clear letter stands so near to it."""


def looks_of(text: str, *, running: bool = False) -> list[tuple[int, bool]]:
    """The class_id of each sign of a text, and whether it is in doubt.

    A lookalike with clear letters beside it in one word is a letter: an O in `Zoran`. Alone, or in `SO`, it is both.
    """
    looks = [look_of(sign, running=running) for sign in text]
    clear = [sign.isalpha() and look == NOT_A_DIGIT for sign, look in zip(text, looks, strict=True)]
    judged = []
    for place, (sign, look) in enumerate(zip(text, looks, strict=True)):
        start, end = _word_around(text, place)
        beside = clear[max(start, place - BESIDE) : min(end, place + BESIDE + 1)]
        if sign.isalpha() and end - start >= WORD and any(beside):
            judged.append((NOT_A_DIGIT, False))
        else:
            judged.append((look, look != NOT_A_DIGIT and not sign.isdigit()))
    return judged


def _word_around(text: str, place: int) -> tuple[int, int]:
    """Where the run of letters around a place starts and ends."""
    start = end = place
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return start, end


def invent_text(rng: np.random.Generator) -> str:
    """A word as no language has it: syllables, letters at random, Greek, or signs."""
    kind = rng.choice(["word", "letters", "greek", "signs", "mixed"], p=[0.5, 0.2, 0.1, 0.1, 0.1])
    if kind == "word":
        return invent_word(rng)
    alphabet = {"letters": LATIN + CAPITALS, "greek": MATHS, "signs": SIGNS}.get(kind, LATIN + CAPITALS + SIGNS)
    return "".join(rng.choice(list(alphabet), int(rng.integers(1, 7))))


def invent_word(rng: np.random.Generator) -> str:
    """Two to five syllables, lower case, with a capital, or in capitals."""
    syllables = (
        str(rng.choice(list(_CONSONANTS)))
        + str(rng.choice(list(_VOWELS)))
        + str(rng.choice(["", "", "", "n", "r", "s", "l", "t"]))
        for _ in range(int(rng.integers(1, 5)))
    )
    word = "".join(syllables)
    return str(rng.choice([word, word.capitalize(), word.upper()], p=[0.5, 0.3, 0.2]))


def invent_name(rng: np.random.Generator) -> str:
    """What stands beside a score: a name, at times two, or an initial."""
    first = invent_word(rng).capitalize()
    kind = rng.random()
    if kind < 0.25:
        return f"{first} {invent_word(rng).capitalize()}"
    return f"{rng.choice(list(CAPITALS))!s}. {first}" if kind < 0.35 else first


def invent_script(rng: np.random.Generator) -> str:
    """A word in another script: Greek, Cyrillic, Chinese or Bengali."""
    return spell(rng, str(rng.choice([GREEK, CYRILLIC, HAN, BENGALI])))


def spell(rng: np.random.Generator, alphabet: str) -> str:
    """A word of these letters, at times with a capital where they have any; Chinese ones are shorter."""
    length = int(rng.integers(1, 5)) if alphabet == HAN else int(rng.integers(2, 10))
    word = "".join(rng.choice(list(alphabet), length))
    return word.capitalize() if rng.random() < 0.3 else word
