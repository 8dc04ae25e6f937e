"""`make convert`: a .keras model -> fully int8 digits.tflite and its card digits.json, checked and gated.

python -m train.learning.convert                    the newest model in models/local/, else models/base.keras
python -m train.learning.convert --model x.keras    this one
python -m train.learning.convert --force            install it although a gate says that it is worse; the card tells
python -m train.learning.convert --ship             models/base.keras -> models/: what the repository ships
"""

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np

from edge.contract import GLYPH_GEOMETRY, LABELS
from edge.ending import run_command
from edge.errors import ModelError
from edge.reading.classifier import Network
from train.command import run_program
from train.digits.mnist import Mnist, load_mnist
from train.learning.company import fit_company
from train.learning.crops_samples import CropBatches, open_source
from train.learning.draft import MAX_BYTES, Draft
from train.learning.finder_samples import cut_window
from train.learning.gates import (
    PageCounts,
    check_digits,
    check_pages,
    count_misses,
    count_pages,
    find_in_place,
    open_in_place,
)
from train.learning.material import open_material
from train.learning.quantize import quantize
from train.learning.thresholds import (
    SeenPage,
    count_accepted,
    fit_min_confidence,
    fit_temperatures,
    fit_weights,
    judge_pages,
    meet_all,
    see_pages,
    with_temperatures,
)
from train.metrics import misses
from train.networks.classifier import keras_logits, load_model, scale_glyphs
from train.networks.crops import load_crops_reader
from train.networks.finder import load_finder, only_places
from train.pages.labels import build_page_glyphs
from train.pages.truth import build_truths
from train.pages.world import Part, open_world
from train.store import (
    LOCAL,
    SHIPPED,
    check_room,
    choose_keras,
    code_version,
    install_set,
    load_record,
    model_folder,
    sha256,
)

WINDOWS, CROPS = 150, 400
"""Of the pages below, for the activation ranges of the finder and of the reader of crops."""
CLEAR_PAGES = 60
VALIDATION_PAGES = 120
"""Twice: the thresholds are fitted on the first ones; the card's counts come from the others, which the set in place
reads, too."""
COMPANY_PAGES = 1500
SHEET_PAGES = 800
PLAIN_PAGES = 400
"""On which the network of the company is taught: of all kinds, score sheets, clear ones."""
REPRESENTATIVE_PAGES = 20
SEED = 7
FITTED, COUNTED, TAUGHT = SEED + 1, SEED + 2, SEED + 3
"""Seeds of the pages."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The float model that is converted."""

    path: Path
    why: str
    """Why this one, for the user."""


def choose_parent(model: Path | None, *, ship: bool, local: Path = LOCAL) -> Parent:
    """Which classifier's .keras file is converted: the named one, else the newest local one, else what is shipped.

    Raises:
        ModelError: there is none.
    """
    own = [path for name in ("base", "finetuned") if (path := local / f"{name}.keras").is_file()]
    if model is not None:
        chosen = Parent(model, "as MODEL= says")
    elif ship:
        chosen = Parent(SHIPPED / "base.keras", "the shipped one, as SHIP=1 says")
    elif own:
        chosen = Parent(max(own, key=lambda path: path.stat().st_mtime), f"the newest in {local}")
    else:
        chosen = Parent(SHIPPED / "base.keras", f"the shipped one, as {local} holds none")
    if not chosen.path.is_file():
        raise ModelError(f"no model at {chosen.path}. Run `make train`, or name one: `make convert MODEL=x.keras`.")
    return chosen


def find_stale(finder: Path, crops: Path) -> str | None:
    """What is to be said where the reader of crops learned from another finder's faults than this one's."""
    learned = load_record(crops.with_suffix(".training.json"), sha256(crops)).get("finder_sha256")
    if learned in (None, sha256(finder)):
        return None
    return f"{crops} was trained through another finder than {finder}: it reads worse. `make train ONLY=crops`"


def choose_crops(parent: Path, *, ship: bool, local: Path = LOCAL) -> Path:
    """The .keras file of the reader of crops: the one that learned the hand with this classifier, else as above.

    A base that was trained since is newer, and knows nothing of the hand.
    """
    base = choose_keras("crops", ship=ship, local=local)
    tuned = parent.with_name("finetuned.crops.keras")
    record = load_record(parent.with_suffix(".training.json"), sha256(parent))
    if ship or not tuned.is_file() or record.get("crops_sha256") != sha256(tuned):
        return base
    is_newer = base.parent == local and base.stat().st_mtime > tuned.stat().st_mtime
    return base if is_newer else tuned


def measure(network: Network, model: keras.Model, mnist: Mnist) -> dict[str, dict[str, float | int]]:
    """Top-1 of float and int8 on MNIST's validation slice and test set: n, misses, percent."""
    metrics = {}
    for name, digits in (("validation", mnist.validation), ("test", mnist.test)):
        for kind, logits in (("float", keras_logits(model, digits.glyphs)), ("int8", network.logits(digits.glyphs))):
            missed = misses(logits, digits.labels)
            percent = round(100 - 100 * missed / len(digits), 2)
            metrics[f"mnist_{name}_{kind}"] = {"n": len(digits), "misses": missed, "percent": percent}
    return metrics


def see_strangers(model: Path, mnist: Mnist, seed: int, purpose: str) -> list[SeenPage]:
    """What a set makes of pages for thresholds and counts; which pages follows from the seed alone."""
    return [
        page
        for part, pages, kind in ((Part.STRANGERS, VALIDATION_PAGES, "strangers'"), (None, CLEAR_PAGES, "clear"))
        for page in see_pages(
            model,
            mnist.validation,
            part=part,
            pages=pages,
            seed=seed,
            workers=os.cpu_count() or 1,
            title=f"{kind} pages {purpose}",
        )
    ]


def fit_card(draft: Draft, mnist: Mnist) -> tuple[dict[str, Any], PageCounts]:
    """Temperatures, weights, min_confidence, and what they accept on other pages, as the card has them and the gate.

    Strangers decide: the pages are of fonts, forms and papers that nothing was trained on. Clear pages count, too: what
    stands alone on plain paper must be read as well as the classifier alone reads it. Known pages teach the company.
    """
    digits, workers = mnist.validation, os.cpu_count() or 1
    with draft.on_disk() as model:
        fitted = see_strangers(model, mnist, FITTED, "to fit on")
        counted = see_strangers(model, mnist, COUNTED, "to count on")
    alone = Network(draft.digits, model).logits(digits.glyphs)
    temperature, crops_temperature = fit_temperatures(fitted, alone, digits.labels)
    fitted, counted = (with_temperatures(pages, temperature, crops_temperature) for pages in (fitted, counted))
    weights = fit_weights(fitted)
    taught = []
    with draft.on_disk() as model:
        for part, pages, sheets in (
            (Part.KNOWN, COMPANY_PAGES, False),
            (Part.KNOWN, SHEET_PAGES, True),
            (None, PLAIN_PAGES, False),
        ):
            seen = see_pages(
                model,
                digits,
                part=part,
                pages=pages,
                seed=TAUGHT,
                workers=workers,
                sheets=sheets,
                title="score sheets to teach by" if sheets else "pages to teach by",
            )
            taught += meet_all(with_temperatures(seen, temperature, crops_temperature), weights)
    weights = replace(weights, company=fit_company(taught, seed=SEED))
    min_confidence = fit_min_confidence(*judge_pages(fitted, weights))
    judged = judge_pages(counted, weights)
    card = {
        "temperature": temperature,
        "min_confidence": min_confidence,
        "second_look": draft.second_look(crops_temperature, weights),
        "rendered_pages": count_accepted(*judged, min_confidence=min_confidence, pages=len(counted)),
    }
    return card, count_pages(counted, weights, min_confidence)


def compare_pages(draft: Draft, own: PageCounts, in_place: Path, mnist: Mnist) -> tuple[list[str], dict[str, Any]]:
    """What speaks against a draft on the pages that were counted, and the comparison for the card.

    Both are empty where there is nothing to compare: nothing in place that reads, or the same networks.
    """
    former = open_in_place(in_place)
    if former is None or former.networks == draft:
        return [], {}
    with former.networks.on_disk() as model:
        seen = see_strangers(model, mnist, COUNTED, "by the set in place")
    seen = with_temperatures(seen, former.card.temperature, former.look.crops_temperature)
    theirs = count_pages(seen, former.look.weights, former.card.min_confidence)
    print(f"{own.written:,} digits on {own.pages} rendered pages: {own.describe()}")
    print(f"the same pages by the set in place: {theirs.describe()}", flush=True)
    compared = {"with": former.card.sha256, "own": asdict(own), "in_place": asdict(theirs)}
    return check_pages(own, theirs), compared


def build_card(parent: Path, content: bytes) -> dict[str, Any]:
    """What the card says about where a model comes from."""
    record = load_record(parent.with_suffix(".training.json"), sha256(parent))
    return {
        "labels": list(LABELS),
        "glyph_geometry": GLYPH_GEOMETRY,
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "keras": parent.name,
        "keras_sha256": sha256(parent),
        "keras_parent_sha256": record.get("parent_sha256"),
        "trained_on": record.get("trained_on"),
        "seed": record.get("seed"),
        "code_version": code_version(),
        "converted": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def quantize_set(model: keras.Model, finder: Path, crops: Path, mnist: Mnist) -> Draft:
    """All three networks as int8; their activation ranges come from pages that were trained on."""
    workers, rng = os.cpu_count() or 1, np.random.default_rng(SEED)
    on_pages = build_page_glyphs(
        mnist.train, open_world(Part.KNOWN), pages=REPRESENTATIVE_PAGES, seed=SEED, workers=workers
    )
    glyphs = np.concatenate([mnist.train.glyphs[:400], on_pages.glyphs[:400]])
    pages = build_truths(mnist.train, part=Part.KNOWN, pages=REPRESENTATIVE_PAGES, seed=SEED, workers=workers)
    windows = [cut_window(rng, pages[int(rng.integers(len(pages)))])[0] for _ in range(WINDOWS)]
    views, _ = CropBatches([open_source(page) for page in pages], batch=CROPS, batches=1, seed=SEED)[0]
    return Draft(
        quantize(model, scale_glyphs(glyphs), max_bytes=MAX_BYTES["digits"]),
        quantize(
            only_places(load_finder(finder)), [one[..., np.newaxis] for one in windows], max_bytes=MAX_BYTES["finder"]
        ),
        quantize(load_crops_reader(crops), views, max_bytes=MAX_BYTES["crops"]),
    )


def run(options: argparse.Namespace) -> int:
    """Convert, fit, measure, gate, save."""
    for place in (model_folder(ship=options.ship), Path(tempfile.gettempdir())):  # the converter works in the latter
        check_room(place)
    chosen = choose_parent(options.model, ship=options.ship)
    parent = chosen.path
    print(f"converting {parent}: {chosen.why}", flush=True)
    mnist = load_mnist()
    open_material(fetch=True, whole=options.ship)  # the thresholds follow from what the pages are made of
    model = load_model(parent)
    finder, crops = choose_keras("finder", ship=options.ship), choose_crops(parent, ship=options.ship)
    print(f"with {finder} and {crops}", flush=True)
    if stale := find_stale(finder, crops):
        print(stale, flush=True)
    draft = quantize_set(model, finder, crops, mnist)

    folder, in_place = model_folder(ship=options.ship), find_in_place(ship=options.ship)
    target = folder / "digits.tflite"
    print(f"it is compared with the set that is in use: {in_place}", flush=True)
    metrics = measure(Network(draft.digits, target), model, mnist)
    own, float_misses = (int(metrics[f"mnist_validation_{kind}"]["misses"]) for kind in ("int8", "float"))
    against = check_digits(own, float_misses, count_misses(in_place, mnist.validation))
    if against and not options.force:
        return refuse(against)
    fitted, counts = fit_card(draft, mnist)
    against_on_pages, compared = compare_pages(draft, counts, in_place, mnist)
    against += against_on_pages
    if against and not options.force:
        return refuse(against)
    card = build_card(parent, draft.digits) | fitted
    card |= {"metrics": metrics, "compared": compared, "forced": against}
    install_set(folder, draft.contents, card)
    for name, row in metrics.items():
        print(f"{name:24s} {row['percent']:.2f} % ({row['misses']} misses of {row['n']})")
    print(
        f"temperature {card['temperature']}, min_confidence {card['min_confidence']}; "
        f"{target}: {len(draft.digits)} bytes"
    )
    seen = card["rendered_pages"]
    print(
        f"{seen['pages']} rendered pages: {seen['recall_percent']:.2f} % of {seen['digits']} digits read, "
        f"{seen['misread']} misread, {seen['false_accepts']} of {seen['others']} others taken for digits "
        f"({seen['false_accept_percent_at_99_recall']:.1f} % where 99 % of the digits are accepted)"
    )
    if not options.ship:
        print("The reader here uses it from now on. Next: make evaluate, or make deploy PI=user@host")
    return 0


def refuse(against: Sequence[str]) -> int:
    """Say why nothing is installed, and how to do it all the same."""
    print(f"convert: not installed: {'; '.join(against)}. `make convert FORCE=1` does it anyway.", file=sys.stderr)
    return 1


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0; 1 where nothing was installed, with a line that says why."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="the .keras file to convert")
    parser.add_argument("--force", action="store_true", help="install it whatever the gates say")
    parser.add_argument("--ship", action="store_true", help="convert models/base.keras into models/")
    options = parser.parse_args(arguments)
    if options.ship and options.model:
        parser.error("--ship converts models/base.keras: leave --model (MODEL=) out")
    return run_program("convert", lambda: run(options), stopped="stopped; the model in place is as it was.")


if __name__ == "__main__":
    run_command(main)
