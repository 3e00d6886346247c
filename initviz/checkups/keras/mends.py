"""The lines of code that mend a Keras model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import keras  # pyright: ignore[reportMissingImports]
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ...measure.examination import SCHEMES, Layer
from .kinds import activation_of, all_layers, name_of, own_weights
from .layers import addresses, keras_fans

ZEROS = ".assign(keras.ops.zeros(model.weights[n].shape))"


class KerasMends:
    """The lines of code that mend a model called ``model``, with ``keras`` imported.

    Weights go by their number in ``model.weights``: their names need not be unique.
    """

    def __init__(self, model: keras.Layer, output_bender: keras.Layer | None) -> None:
        numbers = {id(v): n for n, v in enumerate(model.weights)}
        parameters, layers = addresses(model), all_layers(model)
        self._numbers = {parameters[key]: n for key, n in numbers.items()}
        self._biases = {
            parameters[id(v)]: numbers[id(bias)]
            for layer in layers
            for v in own_weights(layer)
            for bias in own_weights(layer)
            if bias.name == "bias"
        }
        self._sigmoids = [
            n
            for n, layer in enumerate(layers)
            if layer is not output_bender
            and not isinstance(layer, kinds.RNN)  # whose cell has it
            and (bend := activation_of(layer))
            and name_of(bend) == "sigmoid"
        ]

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        stds = {}
        for layer in layers:  # what is no matrix has no fans: 0.02 is what transformers take
            is_matrix = layer.role == "matrix"
            std = SCHEMES[scheme](layer.fan_in, layer.fan_out) if is_matrix else 0.02
            stds[self._numbers[layer.parameter]] = float(f"{std:.3g}")
        return _for_all(stds, f".assign({_draw(layers, scheme, stds)}(model.weights[n].shape))")

    def unbias(self, layers: Sequence[Layer]) -> str:
        biases = [self._biases[layer.parameter] for layer in layers]
        return _for_all(biases, ZEROS)

    def shrink(self, layer: Layer) -> str:
        return _for_all([self._numbers[layer.parameter]], ".assign(0.1 * model.weights[n])")

    def bend(self, layers: Sequence[Layer]) -> str:
        """Those inside of layers too, for which Keras has no public way; not the output's."""
        if not self._sigmoids:
            return ""
        return (
            f"for n in {self._sigmoids}: "
            "list(model._flatten_layers())[n].activation = keras.activations.tanh"
        )

    def freeze(self, layers: Sequence[Layer]) -> str:
        return _for_all([self._numbers[layer.parameter] for layer in layers], ".trainable = False")

    def enlist(self, names: Sequence[str]) -> str:
        raise NotImplementedError("Keras tracks what is in lists")

    def silence(self, layers: Sequence[Layer]) -> str:
        numbers = [self._numbers[layer.parameter] for layer in layers]
        return _for_all(numbers, ZEROS)


def _draw(layers: Sequence[Layer], scheme: str, stds: dict[int, float]) -> str:
    """The initializer; with a std of our own where Keras' would not count the fans right."""
    if all(layer.role == "norm" for layer in layers):
        return "keras.initializers.Ones()"
    if all(layer.role == "embedding" for layer in layers):
        return "keras.initializers.RandomUniform()"
    if all(
        layer.role == "matrix" and keras_fans(layer.shape) == (layer.fan_in, layer.fan_out)
        for layer in layers
    ):
        name = {"Glorot": "GlorotNormal", "He": "HeNormal", "LeCun": "LecunNormal"}[scheme]
        return f"keras.initializers.{name}()"
    return f"keras.initializers.RandomNormal(stddev={stds}[n])"


def _for_all(numbers: Iterable[int], line: str) -> str:
    return f"for n in {list(dict.fromkeys(numbers))}: model.weights[n]{line}"
