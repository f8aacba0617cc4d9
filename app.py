"""The entry point of Digit Lab: `streamlit run app.py`."""

if __name__ == "__main__":  # the worker processes of a search import this file
    from ui.shell import main

    main()
