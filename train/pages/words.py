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
GREEK = "αβγδεηθλμνπρστφχψωΓΔΘΛΞΠΣΦΨΩ"
SIGNS = "+-=×÷*#%&@?!<>~^.,:;'\"()[]{}|/\\√∞€$°"  # noqa: RUF001 - the real signs
OPERATORS = "+-=×÷xyzw/:.,()→<>"  # noqa: RUF001 - the real signs
"""Between the numbers of a calculation."""

_VOWELS = "aeiou"
_CONSONANTS = "bcdfghjklmnprstvwz"


def look_of(sign: str, *, running: bool = False) -> int:
    """The class_id of what a sign looks like, apart or in a running hand."""
    return (RUNNING_LOOKS if running else LOOKS).get(sign, NOT_A_DIGIT)


def invent_text(rng: np.random.Generator) -> str:
    """A word as no language has it: syllables, letters at random, Greek, or signs."""
    kind = rng.choice(["word", "letters", "greek", "signs", "mixed"], p=[0.5, 0.2, 0.1, 0.1, 0.1])
    if kind == "word":
        return invent_word(rng)
    alphabet = {"letters": LATIN + CAPITALS, "greek": GREEK, "signs": SIGNS}.get(kind, LATIN + CAPITALS + SIGNS)
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
