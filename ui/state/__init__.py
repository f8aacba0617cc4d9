"""What one visitor has: the only code that touches st.session_state and st.query_params."""
