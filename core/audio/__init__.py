"""Sound on its way in: chunks, resampling, levels, endpointing, files."""
