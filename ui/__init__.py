"""The Streamlit app: pages, widgets and session state."""
