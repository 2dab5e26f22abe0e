"""The command ``explain-check``: measure how true the heatmaps are."""

import argparse
import json
from pathlib import Path

from pneumonia.cli import model_loading
from pneumonia.cli.outputs import check_output, write_file
from pneumonia.cli.text_output import UsageError, write_line
from pneumonia.evaluation.drawn_regions import find_masks, read_boxes
from pneumonia.model.weights import DEFAULT_WEIGHTS, load_card


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``explain-check`` to the command line."""
    parser = commands.add_parser(
        "explain-check",
        help="measure how true the heatmaps are and write it into the card",
    )
    parser.add_argument("--weights", default=DEFAULT_WEIGHTS, metavar="NAME|FILE.keras")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="radiographs"
    )
    parser.add_argument(
        "--boxes",
        type=Path,
        metavar="CSV",
        help="boxes that readers drew around opacities; paths from the CSV's folder",
    )
    parser.add_argument(
        "--masks",
        type=Path,
        metavar="DIR",
        help="masks of the lungs: PNG files named as the radiographs",
    )
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help="so many radiographs, drawn at random, those with boxes first",
    )
    parser.add_argument(
        "--without-rise",
        action="store_true",
        help="leave out RISE, which takes most of the time",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write the figures here, and leave the card as it is",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace an output that this program did not write",
    )
    parser.set_defaults(run=_explain_check)


def _explain_check(options: argparse.Namespace) -> None:
    card, path = load_card(options.weights)
    if options.json:
        read = [each for each in (options.boxes,) if each]
        check_output(options.json, read, force=options.force)
    elif "weights_file" in card:
        raise UsageError(
            "The figures are written into the card of weights. Received: "
            f"{options.weights}, the card of a site. Write them elsewhere with --json."
        )
    if not options.data.is_dir():
        raise UsageError(
            "Explanations are measured on a folder of radiographs. Received: "
            f"{options.data}, which is none."
        )
    boxes = read_boxes(options.boxes) if options.boxes else {}
    masks = find_masks(options.masks) if options.masks else {}
    classifier = model_loading.load_classifier(options.weights)
    # Keras takes seconds to import: only once the command line is sound.
    from pneumonia.card.explanation_tables import explanation_tables
    from pneumonia.card.markdown import write_documents
    from pneumonia.evaluation.changed_networks import explain_network
    from pneumonia.evaluation.explanation_check import check_explanations
    from pneumonia.model.publication import save_card
    from pneumonia.model.weights import load_weights, trained_cards

    model = load_weights(options.weights).model
    measured = check_explanations(
        classifier,
        explain_network(model, with_rise=not options.without_rise),
        options.data,
        boxes=boxes,
        masks=masks,
        limit=options.limit,
    )
    if options.json:
        report = {
            "weights": card["name"],
            "weights_sha256": card["sha256"],
            **measured,
        }
        write_file(options.json, [json.dumps(report, indent=2), "\n"])
    else:
        card["explanation"] = measured
        save_card(path, card)
        write_documents(trained_cards(path.parent), path.parent)
    write_line(explanation_tables(measured))
    write_line(f"Written to {options.json or path.with_suffix('.json')}.")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(
            f"A number of radiographs is a whole number above 0. Received: {text}."
        )
    return int(text)
