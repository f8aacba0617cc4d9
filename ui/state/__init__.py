"""The state of one visitor's session; no other code touches st.session_state and st.query_params."""
