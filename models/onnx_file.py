"""A network as ONNX, the form in which other frameworks, phones and browsers run it."""

import json
from typing import TYPE_CHECKING

from models.weights import SavedNetwork
from nn.activations import ACTIVATIONS

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 17
"""The version of ONNX's operators: old enough for all that is in use."""


def export(saved: SavedNetwork) -> bytes:
    """Return a network as an ONNX model.

    It takes `images` (m, 784), float32 in [0, 1], row by row from the top left, ink 1, prepared as the network learned
    them; it gives `logits` and `probabilities`, both (m, classes) float32. What is known about the network stands in
    the model's metadata: its classes as JSON, and the rest as `about`.
    """
    model: bytes = _model(saved).SerializeToString()
    return model


def _model(saved: SavedNetwork) -> "ModelProto":
    from onnx import TensorProto, checker, helper, numpy_helper

    network = saved.network
    weights, nodes, given = [], [], "images"
    last = len(network.weights)
    for layer, (W, b) in enumerate(zip(network.weights, network.biases, strict=True), start=1):
        weights += [numpy_helper.from_array(W, f"W{layer}"), numpy_helper.from_array(b, f"b{layer}")]
        Z = "logits" if layer == last else f"Z{layer}"
        nodes.append(helper.make_node("Gemm", [given, f"W{layer}", f"b{layer}"], [Z]))
        if layer < last:
            nodes.append(helper.make_node(ACTIVATIONS[network.activation].onnx, [Z], [given := f"A{layer}"]))
    nodes.append(helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1))

    inputs, classes = network.sizes[0], network.sizes[-1]
    graph = helper.make_graph(
        nodes,
        "digit_lab",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["m", inputs])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["m", classes])
            for name in ("logits", "probabilities")
        ],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="Digit Lab")
    model.ir_version = 8  # the one that came with the operators; a newer one is refused by runtimes of that time
    about = {"classes": json.dumps(saved.about.get("classes", [])), "about": json.dumps(saved.about)}
    helper.set_model_props(model, about)
    checker.check_model(model, full_check=True)
    return model
