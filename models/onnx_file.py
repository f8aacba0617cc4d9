"""Export a network to ONNX, for other frameworks, phones and browsers."""

import json
from typing import TYPE_CHECKING

from models.weights import SavedNetwork
from nn.activations import ACTIVATIONS

if TYPE_CHECKING:
    from onnx import ModelProto

OPSET = 17
"""The version of ONNX's operator set: old enough for every runtime in use. An activation may need a newer one."""


def export(saved: SavedNetwork) -> bytes:
    """Return a network as an ONNX model.

    Its input is `images` (m, 784), float32 in [0, 1], row by row from the top left, 1 for ink, preprocessed as for
    training. Its outputs are `logits` and `probabilities`, both (m, classes) float32. The model's metadata holds the
    classes as JSON, and the rest as `about`.
    """
    model: bytes = _model(saved).SerializeToString()
    return model


def _model(saved: SavedNetwork) -> "ModelProto":
    from onnx import TensorProto, checker, helper, numpy_helper

    network = saved.network
    weights, nodes, given, opset = [], [], "images", OPSET
    last = len(network.weights)
    for layer, (W, b) in enumerate(zip(network.weights, network.biases, strict=True), start=1):
        weights += [numpy_helper.from_array(W, f"W{layer}"), numpy_helper.from_array(b, f"b{layer}")]
        Z = "logits" if layer == last else f"Z{layer}"
        nodes.append(helper.make_node("Gemm", [given, f"W{layer}", f"b{layer}"], [Z]))
        if layer < last:
            f = ACTIVATIONS[network.activations[layer - 1]]
            opset = max(opset, f.onnx_since)
            nodes.append(helper.make_node(f.onnx, [Z], [given := f"A{layer}"], **f.onnx_attributes))
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
    operators = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=operators, producer_name="Digit Lab")
    model.ir_version = helper.find_min_ir_version_for(operators)  # older runtimes reject a newer one
    about = {"classes": json.dumps(saved.about.get("classes", [])), "about": json.dumps(saved.about)}
    helper.set_model_props(model, about)
    checker.check_model(model, full_check=True)
    return model
