"""ONNX models: chains of fully connected layers are read, whichever program wrote them; all else is refused."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.onnx_file import export
from models.untrusted import onnx_graph
from models.weights import SavedNetwork, WeightsError, load
from nn.activations import ACTIVATIONS
from nn.network import Network

NETWORK = Network.initialize((784, 6, 6, 10), rng=np.random.default_rng(1))
NETWORK.vector[:] = np.random.default_rng(2).normal(size=NETWORK.vector.size)
WEIGHTS = {f"W{n}": W for n, W in enumerate(NETWORK.weights, start=1)}
BIASES = {f"b{n}": b for n, b in enumerate(NETWORK.biases, start=1)}


def model(nodes: list[Any], arrays: dict[str, Any], output: str = "out") -> bytes:
    graph = helper.make_graph(
        nodes,
        "theirs",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["m", 1, 28, 28])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["m", 10])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    data: bytes = helper.make_model(graph).SerializeToString()
    return data


def node(operator: str, inputs: str, output: str, **attributes: Any) -> Any:  # noqa: ANN401 - a message
    return helper.make_node(operator, inputs.split(), [output], **attributes)


def chain(*layers: str, first: str = "x") -> list[Any]:
    """`Gemm W1 b1`, `Relu`, …: each applied to the output of the one before."""
    nodes, given = [], first
    for number, layer in enumerate(layers):
        operator, *rest = layer.split()
        output = "out" if number == len(layers) - 1 else f"t{number}"
        nodes.append(node(operator, " ".join([given, *rest]), output))
        given = output
    return nodes


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("sizes", [(784, 10), (784, 6, 10), (784, 6, 6, 10)], ids=str)
def test_our_own_exports_are_read_back_to_the_bit(activation: str, sizes: tuple[int, ...]) -> None:
    network = Network.initialize(sizes, rng=np.random.default_rng(3), activation=activation)
    about = {"name": "Run 1", "classes": list("0123456789")}
    saved = load(export(SavedNetwork(network, about)))
    np.testing.assert_array_equal(saved.network.vector, network.vector)
    assert (saved.about, saved.unstated) == (about, ())
    assert saved.network.activations == network.activations


def test_each_layer_has_its_own_activation() -> None:
    saved = load(model(chain("Gemm W1 b1", "Relu", "Gemm W2 b2", "Tanh", "Gemm W3 b3"), WEIGHTS | BIASES))
    assert saved.network.activations == ("relu", "tanh")
    ours = Network(NETWORK.parameters, ("sigmoid", "relu"))
    assert load(export(SavedNetwork(ours, {}))).network.activations == ("sigmoid", "relu")


@pytest.mark.parametrize(
    ("operator", "attributes", "name"),
    [
        ("LeakyRelu", {}, "leaky_relu"),
        ("LeakyRelu", {"alpha": 0.01}, "leaky_relu"),
        ("Elu", {}, "elu"),
        ("Elu", {"alpha": 1.0}, "elu"),
        ("Gelu", {}, "gelu"),
        ("Gelu", {"approximate": "tanh"}, "gelu"),
    ],
)
def test_variants_of_relu_are_read_with_their_attributes(operator: str, attributes: dict[str, Any], name: str) -> None:
    nodes = chain("Gemm W1 b1", operator, "Gemm W2 b2", "Relu", "Gemm W3 b3")
    nodes[1] = helper.make_node(operator, nodes[1].input, nodes[1].output, **attributes)
    assert load(model(nodes, WEIGHTS | BIASES)).network.activations == (name, "relu")


def gelu_as_exported(form: str, prefix: str, given: str, output: str) -> list[Any]:
    """Return the operators that other programs write GELU with, up to operator set 19."""
    p, x = prefix, given
    if form == "PyTorch, erf":
        return [
            node("Div", f"{x} root_two", f"{p}0"),
            node("Erf", f"{p}0", f"{p}1"),
            node("Add", f"{p}1 one", f"{p}2"),
            node("Mul", f"{x} {p}2", f"{p}3"),
            node("Mul", f"{p}3 half", output),
        ]
    if form == "Keras, erf":
        return [
            node("Mul", f"half {x}", f"{p}0"),
            node("Mul", f"{x} inverse_root_two", f"{p}1"),
            node("Erf", f"{p}1", f"{p}2"),
            node("Add", f"one {p}2", f"{p}3"),
            node("Mul", f"{p}0 {p}3", output),
        ]
    cube = (
        [node("Pow", f"{x} three", f"{p}1")]
        if form == "Keras, tanh"
        else [node("Mul", f"{x} {x}", f"{p}0"), node("Mul", f"{p}0 {x}", f"{p}1")]
    )
    return [
        *cube,
        node("Mul", f"{p}1 coefficient", f"{p}2"),
        node("Add", f"{x} {p}2", f"{p}3"),
        node("Mul", f"{p}3 slope", f"{p}4"),
        node("Tanh", f"{p}4", f"{p}5"),
        node("Add", f"{p}5 one", f"{p}6"),
        node("Mul", f"{x} {p}6", f"{p}7"),
        node("Mul", f"{p}7 half", output),
    ]


NUMBERS = {
    "root_two": 2**0.5,
    "inverse_root_two": 0.5**0.5,
    "one": 1,
    "half": 0.5,
    "three": 3,
    "coefficient": 0.044715,
    "slope": (2 / np.pi) ** 0.5,
}


@pytest.mark.parametrize("form", ["PyTorch, erf", "Keras, erf", "PyTorch, tanh", "Keras, tanh"])
@pytest.mark.parametrize("biased", [True, False])
def test_gelu_composed_of_other_operators_is_read(form: str, *, biased: bool) -> None:
    """As exported for operator sets without Gelu; the activation is recognized by what it computes."""
    first, second = ("Gemm W1 b1", "Gemm W2 b2") if biased else ("MatMul W1", "MatMul W2")
    (operator, *rest), (operator_2, *rest_2) = first.split(), second.split()
    nodes = [
        node(operator, " ".join(["x", *rest]), "z1"),
        *gelu_as_exported(form, "one_", "z1", "a1"),
        node(operator_2, " ".join(["a1", *rest_2]), "z2"),
        *gelu_as_exported(form, "two_", "z2", "a2"),
        node("Gemm", "a2 W3 b3", "out"),
    ]
    numbers = {name: np.array(value, np.float32) for name, value in NUMBERS.items()}
    arrays = WEIGHTS | (BIASES if biased else {"b3": BIASES["b3"]}) | numbers
    network = load(model(nodes, arrays)).network
    assert network.activations == ("gelu", "gelu")
    for read, theirs in zip(network.weights, NETWORK.weights, strict=True):
        np.testing.assert_array_equal(read, theirs)


@pytest.mark.parametrize(
    "changed",
    [{"slope": np.float32(0.9)}, {"half": np.float32(0.55)}, {"one": BIASES["b1"]}, {"one": np.float32(np.nan)}],
)
def test_operators_that_come_to_no_activation_are_refused(changed: dict[str, Any]) -> None:
    """A GELU with another slope or factor, and one that adds a vector, or no number, where a number should be."""
    numbers = {name: np.array(value, np.float32) for name, value in (NUMBERS | changed).items()}
    nodes = [
        node("Gemm", "x W1 b1", "z1"),
        *gelu_as_exported("PyTorch, tanh", "one_", "z1", "a1"),
        node("Gemm", "a1 W3 b3", "out"),
    ]
    with pytest.raises(WeightsError, match="after its layer 1 form no activation"):
        load(model(nodes, WEIGHTS | BIASES | numbers))


@pytest.mark.parametrize(("operator", "alpha"), [("LeakyRelu", 0.2), ("Elu", 0.5)])
def test_another_slope_than_ours_is_refused(operator: str, alpha: float) -> None:
    nodes = chain("Gemm W1 b1", operator, "Gemm W3 b3")
    nodes[1].attribute.append(helper.make_attribute("alpha", alpha))
    with pytest.raises(WeightsError, match=f"its {operator} has the alpha {alpha}"):
        load(model(nodes, WEIGHTS | BIASES))


def test_matrix_products_and_sums_are_layers() -> None:
    """As exported from Keras and scikit-learn, with or without biases."""
    layers = ("Flatten", "MatMul W1", "Add b1", "Tanh", "MatMul W2", "Add b2", "Tanh", "MatMul W3", "Add b3", "Softmax")
    saved = load(model(chain(*layers), WEIGHTS | BIASES))
    np.testing.assert_array_equal(saved.network.vector, NETWORK.vector)
    assert (saved.network.activations, saved.unstated) == (("tanh", "tanh"), ("scale",))
    bare = load(model(chain("MatMul W1", "Relu", "MatMul W2", "Relu", "MatMul W3"), WEIGHTS)).network
    assert bare.activations == ("relu", "relu")
    assert not any(bias.any() for bias in bare.biases)


def test_transposed_weights_are_turned() -> None:
    """As exported from PyTorch: Gemm with transB, or a product with a transposed constant."""
    arrays = {name: np.ascontiguousarray(W.T) for name, W in WEIGHTS.items()} | BIASES
    nodes = chain("Flatten", "Gemm W1 b1", "Relu", "Gemm W2 b2", "Relu", "Gemm W3 b3")
    for gemm in nodes[1::2]:
        gemm.attribute.append(helper.make_attribute("transB", 1))
    np.testing.assert_array_equal(load(model(nodes, arrays)).network.vector, NETWORK.vector)
    turned = [node("Transpose", f"W{n}", f"T{n}", perm=[1, 0]) for n in (1, 2, 3)]
    products = chain("MatMul T1", "Add b1", "Relu", "MatMul T2", "Add b2", "Relu", "MatMul T3", "Add b3")
    np.testing.assert_array_equal(load(model(turned + products, arrays)).network.vector, NETWORK.vector)


def test_constants_in_nodes_and_in_lists_of_numbers_are_read() -> None:
    values = {
        name: helper.make_tensor(name, TensorProto.FLOAT, array.shape, array.ravel())
        for name, array in (WEIGHTS | BIASES).items()
    }
    constants = [helper.make_node("Constant", [], [name], value=value) for name, value in values.items()]
    nodes = chain("Gemm W1 b1", "Relu", "Gemm W2 b2", "Relu", "Gemm W3 b3")
    np.testing.assert_array_equal(load(model(constants + nodes, {})).network.vector, NETWORK.vector)


def test_the_preparation_of_the_inputs_becomes_part_of_the_first_layer() -> None:
    numbers = {"mean": np.float32(0.25), "deviation": np.array([0.5], np.float32)}
    nodes = chain("Sub mean", "Div deviation", "Flatten", "Gemm W1 b1", "Relu", "Gemm W2 b2", "Relu", "Gemm W3 b3")
    saved = load(model(nodes, WEIGHTS | BIASES | numbers))
    images = np.random.default_rng(4).random((5, 784), np.float32)
    expected = NETWORK.logits((images - 0.25) / 0.5)
    np.testing.assert_allclose(saved.network.logits(images), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (("Conv W1 b1", "Relu", "Gemm W3 b3"), "uses Conv in a way"),
        (("Gemm W1 b1", "Selu", "Gemm W3 b3"), "uses Selu in a way"),
        (("Gemm W1 b1", "Gemm W3 b3"), "its activation is identity"),
        (("Gemm W1 b1", "Relu", "Relu", "Gemm W3 b3"), "uses Relu in a way"),
        (("Gemm W1 b1", "Relu", "Gemm W2 b2"), r"more than 32|6 outputs|^"),
        (("Gemm W2 b2", "Relu", "Gemm W1 b1"), "do not chain: W1 is 6 × 6"),
        (("Relu", "Gemm W1 b1"), "uses Relu in a way"),
        (("Flatten",), "no fully connected layers"),
        (("Sub b1", "Gemm W1 b1"), "prepares each pixel"),
        (("Gemm W1 b1", "Add x"), "uses Add in a way"),
    ],
)
def test_other_models_are_refused_by_name(layers: tuple[str, ...], expected: str) -> None:
    data = model(chain(*layers), WEIGHTS | BIASES)
    if expected.endswith("^"):
        assert load(data).network.sizes == (784, 6, 6)
        return
    with pytest.raises(WeightsError, match=rf"^mine cannot be used: [^\n]*{expected}[^\n]*\.$"):
        load(data, "mine")


def test_weights_outside_the_file_are_refused() -> None:
    saved = onnx.load_from_string(model(chain("Gemm W1 b1"), WEIGHTS | BIASES))
    tensor = saved.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    with pytest.raises(WeightsError, match="in another file"):
        load(saved.SerializeToString())


def test_fields_are_counted_before_they_cost_memory() -> None:
    with pytest.raises(WeightsError, match="more than 20,000 fields"):
        load(b"\x08\x08" * (onnx_graph.MAX_FIELDS + 1))
    for data in (b"\x08", b"\x08\xff", b"\x08\x08\x3a\xff\xff\xff\xff\x0f", b"\x08\x08\x3f", b"\x08\x08\x38\x01"):
        with pytest.raises(WeightsError, match="damaged"):
            load(data)
