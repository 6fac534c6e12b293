"""`train`: make the network of sentences anew, after many of them have been changed."""

import argparse
import time
from pathlib import Path
from typing import Any

from core.speech.models import NETWORK, SPEECH_FOLDER
from core.speech.sentence_training import Size, drawn, train, vocabulary

_EPOCHS = 10
_SENTENCES = 90_000


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "train", help="make the network that knows how sentences go on, of those in data/speech; takes half an hour"
    )
    parser.add_argument("--epochs", type=int, default=_EPOCHS, metavar="N")
    parser.add_argument("--sentences", type=int, default=_SENTENCES, metavar="N", help="so many, others each time")
    parser.add_argument("--into", type=Path, default=NETWORK, metavar="FILE", help="default: where it is looked for")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    epochs = [drawn(SPEECH_FOLDER, arguments.sentences, seed) for seed in range(arguments.epochs)]
    words = vocabulary(epochs)
    print(f"{len(words):,} words; {len(epochs[0]):,} sentences at a time", flush=True)
    begun_s = time.monotonic()
    for epoch in train(epochs, words, Size()):
        epoch.network.save(arguments.into)
        took_s = time.monotonic() - begun_s
        print(f"{epoch.number + 1} of {len(epochs)}: perplexity {epoch.perplexity:.1f}, {took_s:.0f} s", flush=True)
