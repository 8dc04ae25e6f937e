"""The words of the report that nobody outside of this field knows, each with a line of explanation."""

from edge.contract import NO_DIGIT
from train.metrics import BINS

WORDS = {
    "accepted, rejected": "Accepted: the reader shows the digit. Rejected: it is too unsure, and shows ? instead.",
    "base": "The model as it was before it learned your digits.",
    "calibration digits": "Pictures of your own digits with what they are, in calibration_digits/.",
    "calibration error": (
        "How far confidence is from the truth. Of digits that are read with 90 % confidence, 90 % should be right. The "
        f"digits are put into {BINS} bins of equal width by confidence; in each bin it is the gap between mean "
        "confidence and the share that is right; the mean of these gaps is weighted by the digits in the bin. Digits "
        "in which nothing was found do not count."
    ),
    "confidence": "How sure the model says it is of the digit that it reads, 0 to 100 %.",
    "confusion matrix": "Counts which digits were taken for which: rows are what they are, columns what was read.",
    "cross-validated": (
        "Measured fairly: the pictures are split, and each one is read by a model that learned from the others only, "
        "never from this one. So it tells how new digits of the same hand will be read."
    ),
    "epoch": "One pass over all training pictures.",
    "finetuned": "The model after it has learned your digits (make finetune).",
    "float": "With numbers of full precision, as a model is trained.",
    "int8": "The model as it runs on the Pi: its numbers are rounded to whole ones of 8 bits, small and fast.",
    "interval, 95 %": (
        "Few pictures leave much to chance. With other pictures of the same kind the figure would lie between these "
        "two numbers in 95 of 100 cases; where two intervals overlap widely, the difference may be chance."
    ),
    "loss": "What training makes as small as it can: how far the model's answers are from the right ones.",
    "min_confidence": "Below this confidence a digit is rejected.",
    "misses": "Digits that are read as another digit, and those in which nothing is found.",
    "MNIST": "70,000 digits of many Americans' hands, by which such models are compared; 10,000 are for testing.",
    "model": "What reads a digit: a small neural network with what it has learned.",
    "other": f"Pictures that show {NO_DIGIT}: letters, ticks, scribbles. All of them should be rejected.",
    "pages": "Pages of paper that this program renders with known digits on them, under a simulated camera.",
    "precision": "Of what was read as this digit, the share that is one.",
    "recall": "Of these digits, the share that was read as such.",
    "sha256": "A fingerprint of a file: two with the same one are the same.",
    "temperature": "A number by which the model's confidence is corrected, so that its calibration error is small.",
    "top-1 accuracy": "The share of digits for which the model's first choice is right, shown or rejected.",
    "validation": "Pictures that are not learned, only looked at while training goes on.",
}
