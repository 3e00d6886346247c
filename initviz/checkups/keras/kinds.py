"""The layers of Keras 3 by what they do, and what all parts of the adapter need to know of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

ops: Any = keras.ops  # whose tensors are those of the backend


def known(*names: str) -> tuple[type, ...]:
    """The layers of these names that this version of Keras has."""
    return tuple(getattr(kinds, name) for name in names if hasattr(kinds, name))


NORMS = known("BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization")
BENDS = {kinds.ReLU: "relu", kinds.LeakyReLU: "leaky_relu", kinds.ELU: "elu"}
STANDALONE = (kinds.Activation, *BENDS)
DEPTHWISE = known("DepthwiseConv1D", "DepthwiseConv2D")
TRANSPOSED = known("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")


def as_numpy(tensor) -> np.ndarray:
    """In single precision at least: half precision cannot tell many units apart."""
    if keras.backend.standardize_dtype(tensor.dtype) in ("float16", "bfloat16"):
        tensor = ops.cast(tensor, "float32")
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu()
    # Of ``keras.ops.convert_to_numpy``, NumPy warns with PyTorch and TensorFlow.
    return tensor.numpy() if hasattr(tensor, "numpy") else np.asarray(tensor)


def is_float(tensor) -> bool:
    return ops.is_tensor(tensor) and "float" in keras.backend.standardize_dtype(tensor.dtype)


def activation_of(layer: keras.Layer) -> Callable | None:
    """The layer's own, a function or a layer, unless it does nothing."""
    activation = getattr(layer, "activation", None)
    return activation if callable(activation) and name_of(activation) != "linear" else None


def name_of(activation: Callable) -> str:
    known = [name for kind, name in BENDS.items() if isinstance(activation, kind)]
    return (known or [getattr(activation, "__name__", type(activation).__name__.lower())])[0]


def all_layers(model: keras.Layer) -> list[keras.Layer]:
    """The model itself, and all that is inside of it. There is no public way to those in layers."""
    return list(dict.fromkeys(model._flatten_layers()))


def own_weights(layer: keras.Layer) -> list[keras.Variable]:
    """The variables that are the layer's and not of a layer inside of it; no statistics.

    What is public, such as ``layer.weights``, has those of the layers inside as well. What is
    frozen stays in this list.
    """
    return layer._trainable_variables
