"""Write a trained network as the files that the library loads: the encoder as ONNX, the heads as arrays.

The encoder's matrices are kept as 8-bit whole numbers with a scale for each column (for each row of the word
vectors), and are multiplied as such: each row that meets one is rounded to whole numbers first, by a scale of
its own, so that no text and no word depends on another's size (W8A8, as in Dettmers et al. 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from kg.extract.onnx_session import PROBE
from scripts.network.net import HEADS, LAYERS, SIZE

Array = NDArray[np.float32]
OPSET = 18
_MICROSOFT = "com.microsoft"
_LAST = np.array([-1])
_LEAST = np.float32(1e-9)
_GELU_FLOOR = -0.17
"""Gelu is never less."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The names of rows of whole numbers and of their scales; `zero` is the number that stands for 0."""

    whole: str
    scale: str
    zero: int


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

    def whole_rows(self, x: str) -> Rows:
        """Round each row to whole numbers around 128, its largest value 127 away from it."""
        return self._rows(x, self("Abs", x), 127, 128)

    def whole_rows_above(self, x: str, floor: float) -> Rows:
        """Round each row to whole numbers from 0, which is the least that x can be, to 255."""
        raised = self("Add", x, self.constant(np.float32(-floor)))
        return self._rows(raised, raised, 255, 0)

    def _rows(self, x: str, size: str, steps: int, zero: int) -> Rows:
        largest = self(
            "Max", self("ReduceMax", size, self.constant(_LAST), keepdims=0), self.constant(_LEAST)
        )
        scale = self("Mul", largest, self.constant(np.float32(1 / steps)))
        zeros = self("Expand", self.constant(np.uint8(zero)), self("Shape", scale))
        whole = self("QuantizeLinear", x, scale, zeros, axis=0)
        return Rows(whole, self("Unsqueeze", scale, self.constant(_LAST)), zero)

    def linear(self, rows: Rows, weight: Array, bias: Array) -> str:
        """Multiply by a matrix kept as whole numbers, and add the bias."""
        whole, scale = rounded(weight.T, axis=0)
        product = self(
            "MatMulIntegerToFloat",
            *(rows.whole, self.constant(whole)),
            *(self.constant(np.float32(1)), self.constant(scale[0])),
            *(self.constant(np.uint8(rows.zero)), self.constant(np.int8(0))),
            domain=_MICROSOFT,
        )
        return self("Add", self("Mul", product, rows.scale), self.constant(bias))

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
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_MICROSOFT, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def _layer(g: Graph, x: str, w: dict[str, Array]) -> str:
    split, joined = g.constant(np.array([0, HEADS, SIZE // HEADS])), g.constant(np.array([0, SIZE]))
    rows = g.whole_rows(x)
    q, k, v = (g("Reshape", g.linear(rows, w[f"{n}.weight"], w[f"{n}.bias"]), split) for n in "qkv")
    q = g("Mul", g("Transpose", q, perm=[1, 0, 2]), g.constant(np.float32((SIZE // HEADS) ** -0.5)))
    look = g("Softmax", g("MatMul", q, g("Transpose", k, perm=[1, 2, 0])), axis=-1)
    mixed = g("Transpose", g("MatMul", look, g("Transpose", v, perm=[1, 0, 2])), perm=[1, 0, 2])
    mixed = g.linear(g.whole_rows(g("Reshape", mixed, joined)), w["o.weight"], w["o.bias"])
    x = g.norm(g("Add", x, mixed), w["n1.weight"], w["n1.bias"])
    inner = g("Gelu", g.linear(g.whole_rows(x), w["up.weight"], w["up.bias"]), domain=_MICROSOFT)
    # What is multiplied is raised by the floor; the bias takes it off again.
    whole, scale = rounded(w["down.weight"].T, axis=0)
    raised = (w["down.bias"] + _GELU_FLOOR * scale[0] * whole.sum(0)).astype(np.float32)
    down = g.linear(g.whole_rows_above(inner, _GELU_FLOOR), w["down.weight"], raised)
    return g.norm(g("Add", x, down), w["n2.weight"], w["n2.bias"])


def probe() -> onnx.ModelProto:
    """Build a product of whole numbers as large as can be, by which a processor shows how it adds."""
    g = Graph()
    sums = g("MatMulInteger", "rows", g.constant(np.full((64, 16), 127, np.int8)))
    inputs = [helper.make_tensor_value_info("rows", TensorProto.UINT8, ["n", 64])]
    output = helper.make_tensor_value_info(sums, TensorProto.INT32, ["n", 16])
    graph = helper.make_graph(g.nodes, "probe", inputs, [output], g.weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)


def write(state: dict[str, Tensor], folder: Path) -> None:
    """Write `encoder.onnx`, `probe.onnx` and `heads.npz`."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {k: v.float().numpy() for k, v in state.items()}
    inner = {k.removeprefix("encoder."): v for k, v in arrays.items() if k.startswith("encoder.")}
    (folder / "encoder.onnx").write_bytes(encoder(inner).SerializeToString(deterministic=True))
    (folder / PROBE.name).write_bytes(probe().SerializeToString(deterministic=True))
    heads = {k: v.astype(np.float16) for k, v in sorted(arrays.items()) if not k.startswith("encoder.")}
    np.savez(folder / "heads.npz", **heads)  # type: ignore[arg-type]  # its keywords are arrays
