"""Workarounds for specific behaviours of Streamlit and its components; each file says when it can be deleted."""
