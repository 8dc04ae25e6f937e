"""How each kind of paper may look, and who sees which look: half is trained on, a quarter chooses, a quarter is sealed.

Every kind has variants in every part, so pages of each part hold every kind, drawn in ways that the others never saw.
"""

import numpy as np

from train.pages.world import Part

VARIANTS: dict[str, dict[Part, tuple[str, ...]]] = {
    "lines": {
        Part.KNOWN: ("thin", "thick", "grey", "dashed"),
        Part.STRANGERS: ("worn", "double"),
        Part.SEALED: ("dash-dotted", "by hand"),
    },
    "table": {
        Part.KNOWN: ("full", "header", "row heads", "wide"),
        Part.STRANGERS: ("open sides", "shaded rows"),
        Part.SEALED: ("rows only", "heavy frame"),
    },
    "ruling": {
        Part.KNOWN: ("ruled", "squared", "dotted lines"),
        Part.STRANGERS: ("wide squares", "ruled with margin"),
        Part.SEALED: ("millimetres", "dot grid"),
    },
    "boxes": {
        Part.KNOWN: ("joined", "apart", "dotted", "open corners"),
        Part.STRANGERS: ("rounded", "dashed"),
        Part.SEALED: ("corner marks", "shaded"),
    },
    "comb": {
        Part.KNOWN: ("teeth", "high teeth"),
        Part.STRANGERS: ("dotted teeth",),
        Part.SEALED: ("hanging teeth",),
    },
    "bubbles": {
        Part.KNOWN: ("round digits", "round letters"),
        Part.STRANGERS: ("oval digits",),
        Part.SEALED: ("brackets",),
    },
    "circle": {
        Part.KNOWN: ("closed", "open", "overshooting", "oval"),
        Part.STRANGERS: ("twice round", "flattened"),
        Part.SEALED: ("spiral", "cornered"),
    },
    "underline": {
        Part.KNOWN: ("single", "dotted", "crossed"),
        Part.STRANGERS: ("double",),
        Part.SEALED: ("wavy",),
    },
    "crossing-out": {
        Part.KNOWN: ("stroke", "double stroke", "scribble"),
        Part.STRANGERS: ("cross", "hatching"),
        Part.SEALED: ("zigzag",),
    },
    "mark": {
        Part.KNOWN: ("brace", "arrow", "tick", "frame"),
        Part.STRANGERS: ("bracket", "cloud"),
        Part.SEALED: ("round bracket", "star"),
    },
    "algebra": {
        Part.KNOWN: ("linear", "system", "sum", "powers", "fractions", "mixed numbers"),
        Part.STRANGERS: ("indices", "long addition"),
        Part.SEALED: ("roots", "functions"),
    },
    "zeros": {
        Part.KNOWN: ("chained", "overlapping"),
        Part.STRANGERS: ("open",),
        Part.SEALED: ("linked on top",),
    },
    "crowd": {
        Part.KNOWN: ("rows touch", "digits touch", "piled up"),
        Part.STRANGERS: ("digits overlap",),
        Part.SEALED: ("rows overlap",),
    },
    "print": {
        Part.KNOWN: ("label", "list", "sentence", "units"),
        Part.STRANGERS: ("capitals", "letters of a list"),
        Part.SEALED: ("form number", "two columns"),
    },
    "notes": {
        Part.KNOWN: ("name and score", "date", "decimal", "mixed tokens", "amount"),
        Part.STRANGERS: ("time", "name and row"),
        Part.SEALED: ("telephone", "address"),
    },
    "wear": {
        Part.KNOWN: ("fold", "stain", "note", "holes"),
        Part.STRANGERS: ("two folds", "torn", "staple"),
        Part.SEALED: ("crumpled", "spiral binding", "tape"),
    },
    "view": {
        Part.KNOWN: ("near", "whole sheet", "steep", "corner"),
        Part.STRANGERS: ("curved", "turned sheet"),
        Part.SEALED: ("open book", "stack"),
    },
    "single": {
        Part.KNOWN: ("close-up", "without margin", "marker", "on lines"),
        Part.STRANGERS: ("hair-thin", "on a card"),
        Part.SEALED: ("coarse", "off centre"),
    },
    "board": {
        Part.KNOWN: ("chalk", "screen"),
        Part.STRANGERS: ("wiped",),
        Part.SEALED: ("glowing",),
    },
    "nothing": {
        Part.KNOWN: ("picture", "paper", "words", "empty form"),
        Part.STRANGERS: ("print", "scribbles"),
        Part.SEALED: ("staves", "drawing"),
    },
}
"""Kind -> part -> variants."""


def choose_variant(rng: np.random.Generator, kind: str, part: Part) -> str:
    """One of a kind's variants that belong to this part."""
    return str(rng.choice(list(VARIANTS[kind][part])))
