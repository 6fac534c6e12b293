"""A call is an append-only log of events; everything shown is a fold of that log."""
