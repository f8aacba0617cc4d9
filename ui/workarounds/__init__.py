"""Workarounds for single behaviours of Streamlit and of its components; each file says when it can be deleted."""
