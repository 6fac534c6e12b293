"""The command line: `python -m core …`."""

import argparse
import logging
import os
import sys

from core.cli import bench, call, learn, recordings, report, seed, serve, simulate, train, transcribe
from core.errors import SidetoneError


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status: 0, 1 for an error said in one line, 2 for a wrong call, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Sidetone: real-time help for call agents.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (serve, call, transcribe, seed, learn, train, simulate, report, recordings, bench):
        command.add(commands)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        chosen.run(chosen)
    except SidetoneError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`); Python would complain once more while it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
