"""Find the best h × λ: train every pair, compare the pairs on dev, and test the winner once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from language.numbers import general
from language.translation import _, ngettext
from training.percentages import accuracy
from training.search.search_run import SearchSnapshot, SearchState
from training.search.trial import EPOCHS, HIDDEN_SIZES, L2S, grid, repeated, sample
from training.search.workers import cores
from training.settings import SETTINGS, Settings
from training.side_by_side import MOST_SEEDS
from ui import routes
from ui.compare.change_one_setting import others_from_train
from ui.compare.heat_map import heat_map
from ui.serving.budgets import SEARCH_SECONDS
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.workarounds.click_once import once

TEMPLATES = Templates("compare/hyperparameter_search.html.j2")

REDRAW_SECONDS = 1.0
"""Seconds between redraws of an active search."""

MOST_VALUES = 10
"""Maximum number of hidden sizes, and of λs, in one search: at most a hundred pairs."""


@dataclass
class SearchPanelState:
    """The last settings rejected for a search."""

    refused: RefusedSettings | None = None


def hyperparameter_search(session: Session) -> None:
    """Show the search and its results."""
    with st.container(key="best_pair"):
        st.html(TEMPLATES.heading())
        with st.container(key="search_desk"):
            with st.container(key="search_choice"):
                _setup(session)
            with st.container(key="search_found"):
                _results(session)


def _setup(session: Session) -> None:
    """Choose the pairs, and start or cancel the search."""
    hidden_sizes = _values("hidden_size", _("Hidden sizes"), HIDDEN_SIZES)
    l2s = _values("l2", _("λs"), L2S)
    with st.container(horizontal=True, gap="small"):
        epochs = st.number_input(
            _("Epochs of each"),
            min_value=SETTINGS["epochs"].minimum,
            max_value=SETTINGS["epochs"].maximum,
            value=EPOCHS,
            step=1,
            key="search_epochs",
            persist_state="session",
            help=_("How often each pair's network sees every training example."),
        )
        count = st.number_input(
            _("Random sample"),
            min_value=1,
            value=None,
            step=1,
            placeholder=_("All pairs"),
            key="search_sample",
            persist_state="session",
            help=_("Try only some of the pairs. In a large grid, a sample usually has one nearly as good as the best."),
        )
        seeds = st.number_input(
            _("Seeds"),
            min_value=1,
            max_value=MOST_SEEDS,
            value=1,
            step=1,
            key="search_seeds",
            persist_state="session",
            help=_("Train each pair with as many seeds, on the same split, and compare the means."),
        )
    base = replace(session.settings, epochs=int(epochs))
    trials = grid(base, list(map(int, hidden_sizes)), l2s)
    if count:
        trials = sample(trials, int(count), base.seed)
    pair_count = len(trials)
    trials = repeated(trials, int(seeds))
    run = session.search.run
    search = None if run is None else run.snapshot()
    problem = _problem(base, trials)
    st.html(Markup("<p class='note' id='search_note'>{}</p>").format(problem or _plan(trials, pair_count, search)))
    if run is not None and search is not None and search.active:
        st.button(_("Cancel"), key="cancel_search", on_click=once(run.cancel), help=_("Keeps the results so far."))
    else:
        is_done = search is not None and list(search.trials) == trials and not search.remaining
        st.button(
            _("Search"),
            key="search",
            type="primary",
            disabled=bool(problem) or is_done,
            on_click=once(_start),
            args=(session, trials),
        )
    refused = page_state(SearchPanelState).refused
    if refused is not None and refused.settings == base:
        messages.problem(refused.reason)
    others = others_from_train(base, "hidden_size", "l2")
    st.html(Markup("<p class='note' id='search_base'>{}</p>").format(others))


def _values(name: str, label: str, default: Sequence[float]) -> list[float]:
    """Return the suggested and typed values of a setting, ascending; say which typed values are invalid."""
    setting = SETTINGS[name]
    chosen = st.multiselect(
        label,
        list(setting.suggestions),
        default=list(default),
        format_func=setting.format,
        accept_new_options=True,
        key=f"search_{name}",
        max_selections=MOST_VALUES,
        placeholder=_("Choose some"),
        persist_state="session",
        help=setting.description + " " + _("Up to {count}; any other value can be typed.", count=MOST_VALUES),
    )
    values: set[float] = set()
    for each in chosen:
        try:
            value = type(setting.suggestions[0])(each.replace(",", ".") if isinstance(each, str) else each)
            setting.check(name, value)
        except ValueError:
            messages.problem(
                _(
                    "{setting} can't be “{value}”. Choose from {minimum} to {maximum}.",
                    setting=_(setting.label),
                    value=each,
                    minimum=general(setting.minimum or 0),
                    maximum=general(setting.maximum or 0),
                )
            )
        else:
            values.add(value)
    return sorted(values)


def _problem(base: Settings, trials: Sequence[Settings]) -> str:
    """Return why no search can start; empty when one can."""
    if not trials:
        return _("Choose at least one hidden size and one λ.")
    if not base.hidden_layers:
        return _("The network on the Train page has no hidden layer: choose 1 or more there.")
    return ""


def _plan(trials: list[Settings], pairs: int, search: SearchSnapshot | None) -> str:
    """Describe what clicking Search would do."""
    if search is not None and list(search.trials) == trials and not search.active:
        if not search.remaining:
            return _("All of these are done.")
        if len(search.remaining) < len(trials):
            return _("{remaining} of {total} left.", remaining=len(search.remaining), total=len(trials))
    elif search is not None and list(search.trials) != trials and search.active:
        return _("Another search is running. Cancel it to search these instead.")
    processes = min(cores(), len(trials))
    seeds = len(trials) // max(pairs, 1)
    what = ngettext("{count} pair", "{count} pairs", pairs, count=pairs)
    if seeds > 1:
        what = ngettext(
            "{count} pair with {seeds} seeds each",
            "{count} pairs with {seeds} seeds each",
            pairs,
            count=pairs,
            seeds=seeds,
        )
    return ngettext(
        "{pairs} on {count} process of this machine.",
        "{pairs} on {count} processes of this machine.",
        processes,
        pairs=what,
        count=processes,
    )


def _start(session: Session, trials: Sequence[Settings]) -> None:
    state = page_state(SearchPanelState)
    state.refused = None
    try:
        session.search.start(trials)
    except DataError as error:
        state.refused = RefusedSettings(replace(session.settings, epochs=trials[0].epochs), str(error))


def _results(session: Session) -> None:
    """Show the search, or a placeholder before the first."""
    if session.search.run is None:
        st.html(TEMPLATES.no_search())
        return
    search = session.search.run.snapshot()
    live_fragment(_progress, REDRAW_SECONDS if search.active else None)(search.state)
    if not search.active and search.best is not None:
        _conclusion(session, search, search.best.settings)


def _progress(drawn_state: SearchState) -> None:
    """Show the progress and the heat map, redrawn every second while the search is active."""
    run = Session.current().search.run
    if run is None:
        return
    search = run.snapshot()
    st.html(_status(search) + heat_map(search) + _best(search))
    if search.state is not drawn_state:
        st.rerun(scope="app")


def _status(search: SearchSnapshot) -> Markup:
    ahead = search.searches_ahead
    details = {
        SearchState.WAITING: ngettext("{count} other search first", "{count} other searches first", ahead, count=ahead)
        if ahead
        else "",
        SearchState.SEARCHING: "" if search.seconds_left is None else _time_left(search.seconds_left),
        SearchState.TESTING: _("training the best on train and dev, then testing it"),
        SearchState.CANCELLED: _("Search continues with the rest"),
        SearchState.STOPPED: str(SEARCH_SECONDS),
        SearchState.FAILED: _("something went wrong: press Search to continue with the rest"),
    }
    total = len(search.trials)
    return TEMPLATES.status(
        state=_(search.state.value),
        done=total - len(search.remaining),
        total=total,
        detail=details.get(search.state, ""),
    )


def _time_left(seconds: float) -> str:
    if seconds < 90:
        return _("about {count} s left", count=max(round(seconds), 1))
    return _("about {count} min left", count=round(seconds / 60))


def _best(search: SearchSnapshot) -> Markup:
    if search.best is None:
        message = "" if search.remaining else _("Every pair failed: choose a smaller α on the Train page.")
        return Markup("<p id='best'>{}</p>").format(message)
    best = search.best.settings
    return TEMPLATES.best(
        pair=ngettext(
            "{count} unit with λ {l2}",
            "{count} units with λ {l2}",
            best.hidden_size,
            count=best.hidden_size,
            l2=SETTINGS["l2"].format(best.l2),
        ),
        accuracy=accuracy(search.best.dev.accuracy, search.dev_examples),
        spread=search.best.spread,
        seeds=search.seeds,
        near=_near(*search.within_chance),
        is_final=not search.remaining,
    )


def _near(near: int, others: int) -> str | None:
    """Say how many of the other pairs are within chance of the best; None if there are no others."""
    if not others:
        return None
    if others == 1:
        return _("The other is within chance of it.") if near else _("The other is not within chance of it.")
    if not near:
        return _("None of the {others} others is within chance of it.", others=others)
    if near == others:
        return _("All {others} others are within chance of it.", others=others)
    return ngettext(
        "{count} of the {others} others is within chance of it.",
        "{count} of the {others} others are within chance of it.",
        near,
        count=near,
        others=others,
    )


def _conclusion(session: Session, search: SearchSnapshot, best: Settings) -> None:
    """Offer to test the best pair once, and to use it on the Train page."""
    tested = search.tested.get(best)
    if tested is not None:
        st.html(TEMPLATES.tested(accuracy=accuracy(tested, search.test_examples)))
    elif not search.remaining:
        st.html(TEMPLATES.untested())
    with st.container(key="best_drive", horizontal=True, gap="small", vertical_alignment="center"):
        if tested is None and not search.remaining:
            st.button(_("Look at test once"), key="test_best", type="primary", on_click=once(session.search.test_best))
        is_used = session.settings == best
        st.button(
            _("Use in Train"),
            key="take_best",
            on_click=once(session.replace_settings),
            args=(best,),
            disabled=is_used,
            help=_("Sets the Train page to the best pair. It does not start a run."),
        )
        if is_used:
            st.page_link(routes.page(routes.TRAIN), label=_("Open Train"), icon=":material/arrow_forward:")
