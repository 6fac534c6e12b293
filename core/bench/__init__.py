"""The design's budgets, measured on the real components: one file per measurement."""
