"""Sidetone's engine: audio in, events out. Importable from a notebook; never imports streamlit."""
