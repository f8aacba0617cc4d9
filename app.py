"""The entry point of Digit Lab: `streamlit run app.py`."""

# Streamlit imports this file as `app` to start its server, and runs it as `__main__` for every visitor. The worker
# processes of a search import it under a third name and need neither.
if __name__ == "app":
    from functools import partial
    from importlib import import_module

    import streamlit as st

    from ui.serving.log_limit import limit_log
    from ui.serving.server import MIDDLEWARE, lifespan
    from ui.widgets.messages import unexpected

    limit_log()
    pages = partial(import_module, "ui.shell")
    app = st.App(__file__, lifespan=lifespan(pages), middleware=MIDDLEWARE, on_script_error=unexpected)
elif __name__ == "__main__":
    from ui.shell import main

    main()
