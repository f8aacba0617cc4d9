"""The front door of Digit Lab: `streamlit run app.py`."""

from ui.front import main

main()
