"""Compare: overlaid runs and their differences, a one-setting experiment, and a hyperparameter search."""

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from language.numbers import fixed
from language.translation import N_, _
from training.run_record import Record, names
from training.run_snapshot import State
from ui import routes
from ui.compare.change_one_setting import change_one_setting
from ui.compare.hyperparameter_search import hyperparameter_search
from ui.compare.overlaid_curves import XAxis, change_marks, loss_limit, run_curves
from ui.compare.run_choice import MOST_RUNS, choose_runs
from ui.compare.runs_table import runs_table
from ui.compare.same_digits import digits_misread_by_all, paired_sentence
from ui.state.session import Session
from ui.widgets import curves
from ui.widgets.curves import Plot
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.next_step import next_step

TEMPLATES = Templates("compare/page.html.j2")

REDRAW_SECONDS = 0.24
"""Seconds between redraws of the curves."""

X_AXES: Mapping[str, XAxis] = {N_("Steps"): "step", N_("Epochs"): "epoch"}
"""The units of the x axis by name; the first is the default."""

HEIGHTS = {"loss": 190, "accuracy": 210}
"""The heights of the plots, from top to bottom, in pixels."""


def page() -> None:
    """Show the page."""
    session = Session.attach()
    lead = _("See what one setting changes, or overlay this session's runs.")
    st.html(Markup("<h1>{}</h1><p class='lead'>{}</p>").format(_("Compare runs"), lead))
    with st.container(key="compare_desk"):
        with st.container(key="change"):
            change_one_setting(session)
        with st.container(key="compared_runs"):
            records = session.runs.all_records()
            if records:
                _overlaid_runs(session, records)
            else:
                _no_run_yet()
    digits_misread_by_all(session, records)
    hyperparameter_search(session)
    next_step(routes.COMPARE)


def _no_run_yet() -> None:
    with st.container(key="nothing_yet", gap="small"):
        st.html(TEMPLATES.no_run_yet())
        st.page_link(routes.page(routes.TRAIN), label=_("Go to Train"), icon=":material/arrow_forward:")


def _overlaid_runs(session: Session, records: Sequence[Record]) -> None:
    """Show the choice of runs, the options of the curves, and the curves."""
    run_names = names(records)
    chosen = choose_runs(run_names)
    with st.container(key="curve_controls", horizontal=True, gap="medium", vertical_alignment="bottom"):
        smoothing = st.slider(
            _("Smoothing"),
            0.0,
            0.99,
            0.0,
            0.01,
            key="smoothing",
            persist_state="session",
            width=200,
            help=_(
                "An exponential moving average: each earlier value weighs this many times as much as the one after it."
                " 0 shows the curves as measured. The measured dev curve stays visible, faintly; the pointer shows"
                " measured values."
            ),
        )
        x_axis: XAxis = "step"
        if len({each.values("batch_size") for each in records if each.number in chosen}) > 1:
            along = st.segmented_control(
                # Translators: a choice between steps and epochs, which are then along the horizontal axis.
                _("Along"),
                list(X_AXES),
                default=next(iter(X_AXES)),
                format_func=_,
                required=True,
                key="along",
                persist_state="session",
                help=_("With different batch sizes, a step of one run sees more digits than a step of another."),
            )
            x_axis = X_AXES[along or next(iter(X_AXES))]
    training = _what_trains(session)
    live_fragment(_curves_and_table, REDRAW_SECONDS if any(training) else None)(
        tuple(chosen), smoothing, x_axis, training
    )


def _what_trains(session: Session) -> tuple[bool, bool]:
    """Return whether the Train page's run is training, and whether its repeats or the pair of runs are training."""
    return (
        session.runs.current is not None and session.runs.current.state is State.RUNNING,
        session.runs.is_repeating or (session.runs.pair is not None and session.runs.pair.training),
    )


def _curves_and_table(
    chosen: Sequence[int],
    smoothing: float,
    x_axis: XAxis,
    training: tuple[bool, bool],
) -> None:
    """Show the runs with these numbers; while one is training, this fragment reruns four times a second."""
    session = Session.current()
    if training != _what_trains(session):
        st.rerun(scope="app")
    records = session.runs.all_records()
    run_names = names(records)
    runs = _by_colour([each for each in records if each.number in chosen])
    if not runs:
        st.html(Markup("<p id='none_chosen'>{}</p>").format(_("Choose runs above to see their curves.")))
        return
    st.html(_legend(runs, run_names))
    limit = loss_limit(list(runs.values()))
    note = _("solid: dev, dashed: train")
    if any(run.seeds > 1 for run in runs.values()):
        note = _("solid: dev, dashed: train, band: range over seeds")
    if limit:
        note = _("{legend}; cut off above {limit}", legend=note, limit=fixed(limit, 1))
    drawn = curves.packed(
        [
            Plot("loss", _("Loss"), HEIGHTS["loss"], note, limit=limit),
            Plot("accuracy", _("Accuracy"), HEIGHTS["accuracy"]),
        ],
        run_curves(runs, run_names, x_axis, smoothing),
        marks=change_marks(runs, x_axis),
        unit=_("Step") if x_axis == "step" else _("Epoch"),
        is_whole=x_axis == "step",
    )
    curves.curves("overlay", drawn)
    st.html(runs_table(runs, run_names, paired_sentence(list(runs.values()))))


def _by_colour(records: Sequence[Record]) -> dict[int, Record]:
    """Return runs by the index of their colour. If possible, a run keeps its colour whichever others are chosen."""
    runs: dict[int, Record] = {}
    for record in records[:MOST_RUNS]:
        colour = (record.number - 1) % MOST_RUNS
        while colour in runs:
            colour = (colour + 1) % MOST_RUNS
        runs[colour] = record
    return runs


def _legend(runs: Mapping[int, Record], run_names: Mapping[int, str]) -> Markup:
    """Return each run with its colour, state and step."""
    return TEMPLATES.legend(
        runs=[
            (colour, run_names[run.number], _(run.state.value), run.position.step, run.seeds)
            for colour, run in runs.items()
        ]
    )
