"""Write a trained network as the files that the library loads: the encoder as ONNX, the heads as arrays.

The encoder's matrices are kept as 8-bit whole numbers with a scale for each column (for each row of the word
vectors). ONNX Runtime turns them into 32-bit numbers when it loads them: nothing is rounded on the way.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from scripts.network.net import HEADS, LAYERS, SIZE

Array = NDArray[np.float32]
OPSET = 17


class Graph:
    """Builds an ONNX graph: each call adds a node and returns the name of what it yields."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, value: NDArray[np.generic]) -> str:
        """Add a fixed array."""
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def __call__(self, operator: str, *inputs: str, domain: str = "", **attributes: object) -> str:
        """Add a node."""
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [name], domain=domain, **attributes))
        return name

    def floats(self, name: str) -> str:
        """Turn whole numbers into floats."""
        return self("Cast", name, to=TensorProto.FLOAT)

    def linear(self, x: str, weight: Array, bias: Array) -> str:
        """Multiply by a matrix kept as whole numbers, and add the bias."""
        whole, scale = rounded(weight.T, axis=0)
        matrix = self("Mul", self.floats(self.constant(whole)), self.constant(scale))
        return self("Add", self("MatMul", x, matrix), self.constant(bias))

    def norm(self, x: str, weight: Array, bias: Array) -> str:
        """Normalise each row."""
        return self(
            "LayerNormalization", x, self.constant(weight), self.constant(bias), axis=-1, epsilon=1e-12
        )


def rounded(values: Array, axis: int) -> tuple[NDArray[np.int8], Array]:
    """Return values as whole numbers up to 127 and the scales that give them back."""
    scale = (np.abs(values).max(axis, keepdims=True) / 127).astype(np.float32)
    return np.round(values / scale).astype(np.int8), scale


def encoder(state: dict[str, Array]) -> onnx.ModelProto:
    """Build the encoder for one text: pieces and case in, a vector for each piece out."""
    g = Graph()
    whole, scale = rounded(state["word.weight"], axis=1)
    word = g(
        "Mul", g.floats(g("Gather", g.constant(whole), "pieces")), g("Gather", g.constant(scale), "pieces")
    )
    place = g(
        "Slice",
        g.constant(state["pos.weight"]),
        g.constant(np.array([0])),
        g("Shape", "pieces"),
        g.constant(np.array([0])),
    )
    case = g("Gather", g.constant(state["case.weight"] + state["kind"]), "case")
    x = g.norm(g("Add", g("Add", word, place), case), state["norm.weight"], state["norm.bias"])
    for i in range(LAYERS):
        x = _layer(
            g,
            x,
            {k.removeprefix(f"layers.{i}."): v for k, v in state.items() if k.startswith(f"layers.{i}.")},
        )
    g.nodes.append(helper.make_node("Identity", [x], ["hidden"]))
    inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["length"]) for n in ("pieces", "case")]
    output = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["length", SIZE])
    graph = helper.make_graph(g.nodes, "encoder", inputs, [output], g.weights)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def _layer(g: Graph, x: str, w: dict[str, Array]) -> str:
    split, joined = g.constant(np.array([0, HEADS, SIZE // HEADS])), g.constant(np.array([0, SIZE]))
    q, k, v = (g("Reshape", g.linear(x, w[f"{n}.weight"], w[f"{n}.bias"]), split) for n in "qkv")
    q = g("Mul", g("Transpose", q, perm=[1, 0, 2]), g.constant(np.float32((SIZE // HEADS) ** -0.5)))
    look = g("Softmax", g("MatMul", q, g("Transpose", k, perm=[1, 2, 0])), axis=-1)
    mixed = g("Transpose", g("MatMul", look, g("Transpose", v, perm=[1, 0, 2])), perm=[1, 0, 2])
    mixed = g.linear(g("Reshape", mixed, joined), w["o.weight"], w["o.bias"])
    x = g.norm(g("Add", x, mixed), w["n1.weight"], w["n1.bias"])
    inner = g("Gelu", g.linear(x, w["up.weight"], w["up.bias"]), domain="com.microsoft")
    return g.norm(
        g("Add", x, g.linear(inner, w["down.weight"], w["down.bias"])), w["n2.weight"], w["n2.bias"]
    )


def write(state: dict[str, Tensor], folder: Path) -> None:
    """Write `encoder.onnx` and `heads.npz`."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {k: v.float().numpy() for k, v in state.items()}
    inner = {k.removeprefix("encoder."): v for k, v in arrays.items() if k.startswith("encoder.")}
    (folder / "encoder.onnx").write_bytes(encoder(inner).SerializeToString(deterministic=True))
    heads = {k: v.astype(np.float16) for k, v in sorted(arrays.items()) if not k.startswith("encoder.")}
    np.savez(folder / "heads.npz", **heads)  # type: ignore[arg-type]  # its keywords are arrays
