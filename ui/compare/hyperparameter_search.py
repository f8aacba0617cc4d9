"""Find the best h × λ: every pair of some hidden sizes and λs trained, judged on dev, and the best tested once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from training.search.candidates import EPOCHS, HIDDEN_SIZES, L2S, grid, sample
from training.search.search_run import SearchSnapshot, SearchState
from training.search.workers import cores
from training.settings import SETTINGS, Settings
from ui import routes
from ui.compare.change_one_setting import in_few_words
from ui.compare.heat_map import heat_map
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.number_format import percent
from ui.workarounds.click_once import once

TEMPLATES = Templates("compare/hyperparameter_search.html.j2")

LOOK_SECONDS = 1.0
"""Between two looks at a search under way."""

MOST_VALUES = 10
"""Hidden sizes, and λs, that one search may have: a hundred pairs."""


@dataclass
class SearchPanelState:
    """The settings last refused for a search."""

    refused: RefusedSettings | None = None


def best_pair(session: Session) -> None:
    """Offer a search, and show what it has found."""
    with st.container(key="best_pair"):
        st.html(
            "<h2 class='section' id='best_h_l2'>Find the best h × λ</h2>"
            "<p class='lead'>Train every pair of a hidden size and a λ, and let dev say which is best.</p>"
        )
        with st.container(key="search_desk"):
            with st.container(key="search_choice"):
                _choice(session)
            with st.container(key="search_found"):
                _found(session)


def _choice(session: Session) -> None:
    """Choose what is tried, and begin."""
    hidden_sizes = _values("hidden_size", "Hidden sizes", HIDDEN_SIZES)
    l2s = _values("l2", "λs", L2S)
    with st.container(horizontal=True, gap="small"):
        epochs = st.number_input(
            "Epochs of each",
            min_value=SETTINGS["epochs"].minimum,
            max_value=SETTINGS["epochs"].maximum,
            value=EPOCHS,
            step=1,
            key="search_epochs",
            persist_state="session",
            help="Passes over all training digits before a pair is judged.",
        )
        count = st.number_input(
            "Random sample",
            min_value=1,
            value=None,
            step=1,
            placeholder="All pairs",
            key="search_sample",
            persist_state="session",
            help="Try only so many of the pairs, drawn by the seed: a part of a large grid holds nearly the best.",
        )
    base = replace(session.settings, epochs=int(epochs))
    trials = grid(base, sorted(map(int, hidden_sizes)), sorted(l2s))
    if count:
        trials = sample(trials, int(count), np.random.default_rng((base.seed, 3)))
    told = None if session.search.run is None else session.search.run.snapshot()
    nothing = _why_not(base, trials)
    same = told is not None and list(told.trials) == trials
    st.html(Markup("<p class='note' id='search_note'>{}</p>").format(nothing or _what(trials, told)))
    if told is not None and told.going and session.search.run is not None:
        st.button("Cancel", key="cancel_search", on_click=once(session.search.run.cancel), help="What is done is kept.")
    else:
        st.button(
            "Search",
            key="search",
            type="primary",
            disabled=bool(nothing) or (same and told is not None and not told.left),
            on_click=once(_search),
            args=(session, trials),
        )
    refused = page_state(SearchPanelState).refused
    if refused is not None and refused.settings == base:
        messages.problem(refused.reason)
    other_settings = in_few_words(base, "hidden_size", "l2")
    st.html(Markup("<p class='note' id='search_base'>Other settings from Train: {}.</p>").format(other_settings))


def _values(name: str, label: str, first: Sequence[float]) -> Sequence[float]:
    setting = SETTINGS[name]
    return st.multiselect(
        label,
        list(setting.options),
        default=list(first),
        format_func=setting.format,
        key=f"search_{name}",
        max_selections=MOST_VALUES,
        placeholder="Choose some",
        persist_state="session",
        help=f"{setting.help} Up to {MOST_VALUES}.",
    )


def _why_not(base: Settings, trials: Sequence[Settings]) -> str:
    """Why there is nothing to search; empty when there is."""
    if not trials:
        return "Choose at least one hidden size and one λ."
    if not base.hidden_layers:
        return "The Train page is set to 0 hidden layers, which have no size: choose 1 or more there."
    return ""


def _what(trials: list[Settings], told: SearchSnapshot | None) -> str:
    """What Search does, and on how many processes; or that there is nothing left to do."""
    if told is not None and list(told.trials) != trials:
        if told.going:
            return "Another search is under way: cancel it to search among these."
        told = None
    if told is None or told.going or len(told.left) == len(trials):
        processes = min(cores(), len(trials))
        return (
            f"{len(trials)} pair{'' if len(trials) == 1 else 's'},"
            f" on {processes} process{'' if processes == 1 else 'es'} of this machine."
        )
    return f"{len(told.left)} of {len(trials)} are left." if told.left else "All of these are tried."


def _search(session: Session, trials: Sequence[Settings]) -> None:
    state = page_state(SearchPanelState)
    state.refused = None
    try:
        session.search.start(trials)
    except DataError as error:
        state.refused = RefusedSettings(replace(session.settings, epochs=trials[0].epochs), str(error))


def _found(session: Session) -> None:
    """Show the search there is, or what will stand here."""
    if session.search.run is None:
        st.html(
            "<div class='to_come' id='no_search'><p>A map of accuracy on dev will stand here, with a row for each"
            " hidden size and a column for each λ. It fills in as pairs are done.</p></div>"
        )
        return
    told = session.search.run.snapshot()
    live_fragment(_live, LOOK_SECONDS if told.going else None)(told.state)
    if not told.going and told.best is not None:
        _conclude(session, told, told.best.settings)


def _live(state: SearchState) -> None:
    """Show how far the search is; while it goes on this part runs again each second.

    Args:
        state: Where it stood when the page was drawn.
    """
    search = Session.current().search.run
    if search is None:
        return
    told = search.snapshot()
    st.html(_status(told) + heat_map(told) + _best(told))
    if told.state is not state:
        st.rerun(scope="app")


def _status(told: SearchSnapshot) -> Markup:
    done, count = len(told.trials) - len(told.left), len(told.trials)
    words = {
        SearchState.WAITING: "the processes of this machine are busy with another search; yours is next"
        if told.ahead == 1
        else f"{told.ahead} other searches come first"
        if told.ahead
        else "",
        SearchState.TESTING: "the best is trained on train and dev, then reads test",
        SearchState.CANCELLED: "what is done is kept, Search goes on with the rest",
        SearchState.FAILED: "something went wrong: press Search to go on with the rest",
    }.get(told.state, "")
    left = "" if told.seconds_left is None or told.state is not SearchState.SEARCHING else _time(told.seconds_left)
    return TEMPLATES.status(state=told.state.value, done=done, total=count, details=(words, left))


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s left"
    return f"about {round(seconds / 60)} min left"


def _best(told: SearchSnapshot) -> Markup:
    if told.best is None:
        none = "" if told.left else "No pair came to a good end: choose a smaller α on the Train page."
        return Markup("<p id='best'>{}</p>").format(none)
    return TEMPLATES.best(pair=_pair(told.best.settings), accuracy=told.best.dev.accuracy, is_final=not told.left)


def _pair(settings: Settings) -> str:
    return f"{settings.hidden_size} units with λ {SETTINGS['l2'].format(settings.l2)}"


def _conclude(session: Session, told: SearchSnapshot, best: Settings) -> None:
    """Look at test once, and take the best to the Train page."""
    tested = told.tested.get(best)
    if tested is not None:
        st.html(
            Markup(
                "<p id='tested'>Retrained on train and dev together, it scores <strong>{}</strong> on test. Test has"
                " been used once, and is not used again for this search.</p>"
            ).format(percent(tested, 2))
        )
    elif not told.left:
        st.html(
            "<p class='note' id='untested'>Dev chose it, so dev flatters it. Test has not been seen: the best is"
            " trained anew on train and dev together, and test is looked at once.</p>"
        )
    with st.container(key="best_drive", horizontal=True, gap="small", vertical_alignment="center"):
        if tested is None and not told.left:
            st.button("Look at test once", key="test_best", type="primary", on_click=once(session.search.test_best))
        st.button(
            "Take to Train",
            key="take_best",
            on_click=once(session.replace_settings),
            args=(best,),
            disabled=session.settings == best,
            help="Sets the Train page to the best pair. No run begins by that.",
        )
        if session.settings == best:
            st.page_link(
                routes.page(routes.TRAIN), label="The Train page is set to it", icon=":material/arrow_forward:"
            )
