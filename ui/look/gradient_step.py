"""A complete training step with actual numbers: its equations and every matrix in them."""

import streamlit as st
from markupsafe import Markup

from language.numbers import general
from language.translation import _, ngettext
from models.reader import Reader
from models.weights import SavedNetwork
from nn.network import Network
from nn.walkthrough import Step, one_step
from training.settings import SETTINGS
from ui.look import matrix_cards
from ui.look.equations import equations, highlights, markdown
from ui.look.glossary import explained, meaning
from ui.look.gradient_check import gradient_check
from ui.look.link_choices import Between, Choice, choose, choose_class
from ui.look.starting_point import follow_choices
from ui.look.step_player import stages, step_player
from ui.look.tour import tour_stop
from ui.look.traced_digit import TracedDigit
from ui.widgets.answer import article
from ui.widgets.html_templates import Templates
from ui.widgets.network_picture import Training, network_picture
from ui.widgets.number_format import count, distinguishable, distinguishable_probabilities
from ui.widgets.number_slider import number_slider

TEMPLATES = Templates("look/gradient_step.html.j2", explained=explained)

CONTROL = "step"
"""The control of a task to which all choices here belong."""

ALPHA_KEY, L2_KEY = "step_alpha", "step_l2"

SMALL_STEP = 0.01
"""The initial α. The gradient of one example is longer than the mean over a batch: with 0.1, the step overshoots."""


@st.fragment
def gradient_step(digit: TracedDigit) -> None:
    """Show one step on the digit, animated and in numbers, and check its gradients.

    Changing α or λ reruns only this fragment.
    """
    tour_stop("step")
    with st.container(key="step_stages"):
        played = st.container(key="played_step")
        st.html(TEMPLATES.heading(is_of_digits=digit.is_of_digits))
        label, alpha, l2 = _choose(digit)
        step = one_step(digit.reader.network, digit.image, label, alpha=alpha, l2=l2, examples=digit.examples)
        with played:
            step_player(stages(step, digit.outputs))
            _picture(step, digit)
        st.html(_outcome(step, digit))
        _equations_and_matrices(step, digit)
    st.html(f"<style>{highlights(step)}</style>")
    gradient_check(digit, step)
    follow_choices()


def _picture(step: Step, digit: TracedDigit) -> None:
    """Show the network, before the step and after it."""
    network = digit.reader.network
    parameters = [array.astype(network.dtype) for layer in step.after for array in (layer.W.T, layer.b[:, 0])]
    after = Network(parameters, network.activations)
    reader = Reader(SavedNetwork(after, digit.reader.about))
    reading = digit.specimen.source.read(reader)
    network_picture(
        digit.reader,
        digit.reading,
        input_name=digit.specimen.origin,
        training=Training(0, before=after, label=step.label, after=(reader, reading)),
    )


def _equations_and_matrices(step: Step, digit: TracedDigit) -> None:
    with st.container(key="step_desk"):
        with st.container(key="equations", gap="small"):
            for title, group in equations(step).items():
                st.html(Markup("<h3>{}</h3>").format(_(title)))
                st.markdown("\n\n".join(map(markdown, group)))
        with st.container(key="matrices"):
            st.html(matrix_cards.board(step, digit.outputs))


def _choose(digit: TracedDigit) -> tuple[int, float, float]:
    """Choose the true label, α and λ."""
    m = digit.examples
    if digit.is_of_digits:
        examples = ngettext("m = {count} training digit.", "m = {count} training digits.", m, count=count(m))
    else:
        examples = ngettext("m = {count} training image.", "m = {count} training images.", m, count=count(m))
    with st.container(key="step_choice", horizontal=True, gap="medium"):
        label = choose_class(
            "label",
            _("True label"),
            f"true_label_{digit.specimen.origin}_{digit.target_output}_{len(digit.outputs)}",
            digit.outputs,
            digit.target_output,
            CONTROL,
            width=130,
            help=_("What the network should learn to call this. For a drawing, only you know."),
        )
        alpha = _choose_number("step_alpha", "learning_rate", ALPHA_KEY, SMALL_STEP, meaning("alpha"))
        l2 = _choose_number("step_l2", "l2", L2_KEY, 0.0, f"{meaning('lambda')} {examples}")
    return label, alpha, l2


def _choose_number(parameter: str, name: str, key: str, default: float, tooltip: str) -> float:
    """Choose a number that is a setting of a run elsewhere."""
    setting = SETTINGS[name]
    assert setting.minimum is not None
    assert setting.maximum is not None
    return choose(
        Choice(
            parameter,
            _(setting.label),
            key,
            default,
            Between(setting.minimum, setting.maximum),
            written="{:g}".format,
            shown=general,
        ),
        CONTROL,
        lambda: number_slider(setting, key, default=default, help=tooltip, width=250),
    )


def _outcome(step: Step, digit: TracedDigit) -> Markup:
    """Return the loss and the label's probability before and after the step."""
    before, after = (float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after))
    rule = digit.reader.decision_rule
    return TEMPLATES.outcome(
        name=article(digit.outputs[step.label]),
        losses=distinguishable(step.loss.total, step.loss_after.total),
        probabilities=distinguishable_probabilities(before, after),
        outputs=len(digit.outputs),
        differs_from_reading=rule.temperature != 1 or rule.reject_index is not None,
    )
