"""The lines of code that mend a Keras model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import keras  # pyright: ignore[reportMissingImports]
from keras import layers as kinds  # pyright: ignore[reportMissingImports]

from ...measure.examination import SCHEMES, Layer
from .kinds import activation_of, all_layers, name_of, own_weights
from .layers import addresses, keras_fans

ZEROS = "w.assign(keras.ops.zeros(w.shape))"


class KerasMends:
    """The lines of code that mend a model called ``model``, with ``keras`` imported.

    Weights go by their layer and attribute where the model has them so, else by their number in
    ``model.weights``: their names need not be unique.
    """

    def __init__(self, model: keras.Layer, output_bender: keras.Layer | None) -> None:
        numbers = {id(v): n for n, v in enumerate(model.weights)}
        parameters, layers = addresses(model), all_layers(model)
        self._numbers = {parameters[key]: n for key, n in numbers.items()}
        self._biases = {
            parameters[id(v)]: parameters[id(bias)]
            for layer in layers
            for v in own_weights(layer)
            for bias in own_weights(layer)
            if bias.name == "bias"
        }
        outer = getattr(model, "layers", [])  # only models have get_layer
        last = output_bender or (outer[-1] if outer else None)
        self._last: str = getattr(last, "name", "") if hasattr(last, "activation") else ""
        self._outer = {layer.name for layer in outer}
        self._places = {
            parameters[id(v)]: (layer.name, path)
            for layer in outer
            for path, v in _attributes(layer)
            if id(v) in parameters
        }
        bent = [layer for layer in layers if _is_sigmoid(layer) and layer is not output_bender]
        self._sigmoids = [layer.name for layer in bent if layer in outer]
        self._deep = (
            [layers.index(layer) for layer in bent] if len(bent) > len(self._sigmoids) else []
        )

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        stds = {}
        for layer in layers:  # what is no matrix has no fans: 0.02 is what transformers take
            is_matrix = layer.role == "matrix"
            std = SCHEMES[scheme](layer.fan_in, layer.fan_out) if is_matrix else 0.02
            stds[layer.parameter] = float(f"{std:.3g}")
        return self._for_all(stds, f"w.assign({_draw(layers, scheme)}(w.shape))", stds)

    def unbias(self, layers: Sequence[Layer]) -> str:
        return self._for_all([self._biases[layer.parameter] for layer in layers], ZEROS)

    def shrink(self, layer: Layer) -> str:
        return self._for_all([layer.parameter], "w.assign(0.1 * w)")

    def bend(self, layers: Sequence[Layer]) -> str:
        """Those inside of layers too, for which Keras has no public way; not the output's."""
        tanh = "activation = keras.activations.tanh"
        if self._deep:
            return f"for n in {self._deep}: list(model._flatten_layers())[n].{tanh}"
        if not self._sigmoids:
            return ""
        return f"for name in {self._sigmoids}: model.get_layer(name).{tanh}"

    def freeze(self, layers: Sequence[Layer]) -> str:
        return self._for_all([layer.parameter for layer in layers], "w.trainable = False")

    def enlist(self, names: Sequence[str]) -> str:
        raise NotImplementedError("Keras tracks what is in lists")

    def silence(self, layers: Sequence[Layer]) -> str:
        return self._for_all([layer.parameter for layer in layers], ZEROS)

    def end_in(self, activation: str) -> str:
        """Where the activation is a public attribute of one of the model's own layers."""
        if not self._last or self._last not in self._outer:
            return ""
        return f"model.get_layer({self._last!r}).activation = keras.activations.{activation}"

    def compare(self, bent: str, several: bool, shares: bool) -> str:
        of_several = "CategoricalCrossentropy" if shares else "SparseCategoricalCrossentropy"
        name = of_several if several else "BinaryCrossentropy"
        return f"loss = keras.losses.{name}({'' if bent else 'from_logits=True'})"

    def begin_at(self, layer: Layer, biases: Sequence[float]) -> str:
        bias = self._biases.get(layer.parameter)
        told = [float(f"{each:.3g}") for each in biases]
        return self._for_all([bias], f"w.assign({told})") if bias else ""

    def _for_all(self, parameters: Iterable[str], line: str, stds: Mapping | None = None) -> str:
        """The line with each of the weights as ``w``, and with ``std`` where it needs one."""
        them = list(dict.fromkeys(parameters))
        places = [self._places.get(each) for each in them]
        attributes = {place and place[1] for place in places}
        if None not in places and len(attributes) == 1:
            (attribute,) = attributes
            names, keys = "name", [place[0] for place in places if place]
            w = f"model.get_layer({{}}).{attribute}"
        else:
            names, keys, w = "n", [self._numbers[each] for each in them], "model.weights[{}]"
        if stds:
            told = {key: stds[each] for key, each in zip(keys, them, strict=True)}
            std = f"{told}[{names}]" if len(keys) > 1 else str(told[keys[0]])
            line = line.replace("{std}", std)
        if len(keys) == 1:
            return f"w = {w.format(repr(keys[0]))}; {line}"
        return f"for {names} in {keys}: w = {w.format(names)}; {line}"


def _is_sigmoid(layer: keras.Layer) -> bool:
    bend = None if isinstance(layer, kinds.RNN) else activation_of(layer)  # whose cell has it
    return bend is not None and name_of(bend) == "sigmoid"


def _attributes(layer: keras.Layer) -> Iterator[tuple[str, keras.Variable]]:
    """The variables that are a layer's public attributes, or those of its cell."""
    for path, holder in (("", layer), ("cell.", getattr(layer, "cell", None))):
        for name in ("kernel", "bias", "recurrent_kernel", "embeddings", "gamma", "beta"):
            v = getattr(holder, name, None)
            if isinstance(v, keras.Variable):
                yield path + name, v


def _draw(layers: Sequence[Layer], scheme: str) -> str:
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
    return "keras.initializers.RandomNormal(stddev={std})"
