"""The front door of Digit Lab: `streamlit run app.py`."""

if __name__ == "__main__":  # not so in the processes of a search, which run this file again without its page
    from ui.shell import main

    main()
