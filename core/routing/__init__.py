"""Who waits, whose desk rings, and by which rules."""
