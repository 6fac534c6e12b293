"""The commands of `python -m core`, one file each: `add` declares it, `run` carries it out."""
