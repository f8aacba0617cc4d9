"""The state of a visitor's session; no other code touches st.session_state or st.query_params."""
