"""Each works around one behaviour of Streamlit, its server or its front end."""
