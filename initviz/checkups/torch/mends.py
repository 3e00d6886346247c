"""The lines of code that mend a PyTorch module."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn  # pyright: ignore[reportMissingImports]

from ...measure.examination import Layer

BENDS = (nn.Softmax, nn.LogSoftmax, nn.Sigmoid, nn.ReLU, nn.Tanh, nn.Softplus)
MANY = 4  # layers, beyond which a line that names them all is too long
PLAIN = {"Linear", "Conv1d", "Conv2d", "Conv3d"}


class TorchMends:
    """The lines of code that mend a module called ``model``, with ``torch`` imported."""

    def __init__(self, model: nn.Module, layers: Sequence[Layer]) -> None:
        self._model = model
        self._kinds: dict[str, str] = {}
        modules = dict(model.named_modules())
        for name, module in modules.items():
            for kind in PLAIN:
                if isinstance(module, getattr(nn, kind)):
                    self._kinds[f"{name}.weight".removeprefix(".")] = kind
        drawn = {layer.parameter for layer in layers if layer.trainable and not layer.zero}
        self._kept = self._kinds.keys() - drawn  # or made of others
        self._biases = {name for name, _ in model.named_parameters()}
        *_, (name, last) = modules.items()
        self._last = name if isinstance(last, BENDS) else ""
        self._sigmoids = any(isinstance(each, nn.Sigmoid) for each in [*modules.values()][:-1])
        self._but_the_last = "[:-1]" if isinstance(last, nn.Sigmoid) else ""

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        draw = _draw(layers, scheme)
        kinds = sorted({layer.kind for layer in layers})
        alike = {path for path, kind in self._kinds.items() if kind in kinds}
        others = alike - {layer.parameter for layer in layers}
        if len(layers) > MANY and len(others) <= 1 and not others & self._kept:
            them = " | ".join(f"torch.nn.{kind}" for kind in kinds)
            loop = "for m in model.modules(): isinstance(m, {}) and {}"
            return loop.format(them, draw.format("m.weight"))
        return _for_all(draw, [layer.parameter for layer in layers])

    def unbias(self, layers: Sequence[Layer]) -> str:
        biases = [layer.parameter.removesuffix("weight") + "bias" for layer in layers]
        return _for_all("torch.nn.init.zeros_({})", biases)

    def shrink(self, layer: Layer) -> str:
        return _for_all("{}.data *= 0.1", [layer.parameter])

    def bend(self, layers: Sequence[Layer]) -> str:
        if not self._sigmoids:  # but functions, which only larger weights can make up for
            weights = [layer.parameter for layer in layers if layer.role == "matrix"]
            return _for_all("torch.nn.init.xavier_normal_({}, gain=4)", weights) if weights else ""
        return (
            f"for name, m in list(model.named_modules()){self._but_the_last}: "
            "isinstance(m, torch.nn.Sigmoid) and model.set_submodule(name, torch.nn.Tanh())"
        )

    def freeze(self, layers: Sequence[Layer]) -> str:
        """Their biases too."""
        weights = [layer.parameter for layer in layers]
        biases = [name.removesuffix("weight") + "bias" for name in weights if "weight" in name]
        names = [*weights, *(name for name in biases if name in self._biases)]
        return _for_all("{}.requires_grad_(False)", names)

    def enlist(self, names: Sequence[str]) -> str:
        """Only of lists: a dict may have keys that a ModuleDict cannot."""
        places = dict.fromkeys(name.partition("[")[0] for name in names if "[" in name)
        lists = [f"model.{place}" for place in places if self._is_list(place)]
        return "; ".join(f"{place} = torch.nn.ModuleList({place})" for place in lists)

    def _is_list(self, place: str) -> bool:
        """Where Python can say it: an attribute may have any name, and a mend is carried out."""
        held: object = self._model
        for name in place.split("."):
            held = getattr(held, name, None) if name.isidentifier() else None
        return isinstance(held, list) and all(isinstance(each, nn.Module) for each in held)

    def silence(self, layers: Sequence[Layer]) -> str:
        return _for_all("torch.nn.init.zeros_({})", [layer.parameter for layer in layers])

    def end_in(self, activation: str) -> str:
        """Where the model ends in a module that bends, or is a chain to which one can be added."""
        kind = {"linear": "Identity", "softmax": "Softmax", "sigmoid": "Sigmoid"}[activation]
        made = f"torch.nn.{kind}({'1' if kind == 'Softmax' else ''})"
        if self._last:
            return f"model.set_submodule({self._last!r}, {made})"
        return f"model.append({made})" if isinstance(self._model, nn.Sequential) else ""

    def compare(self, bent: str, several: bool, shares: bool) -> str:
        functional = "torch.nn.functional"
        if several and bent == "softmax":
            log_of = (
                "-(y * p.log()).sum(1).mean()" if shares else f"{functional}.nll_loss(p.log(), y)"
            )
            return f"loss = lambda p, y: {log_of}"
        if several:
            return f"loss = {functional}.{'nll_loss' if bent else 'cross_entropy'}"
        return f"loss = {functional}.binary_cross_entropy{'' if bent else '_with_logits'}"

    def begin_at(self, layer: Layer, biases: Sequence[float]) -> str:
        bias = layer.parameter.removesuffix("weight") + "bias"
        told = [float(f"{each:.3g}") for each in biases]
        if bias not in self._biases:
            return ""
        return f"model.get_parameter({bias!r}).data.copy_(torch.tensor({told}))"


def _draw(layers: Sequence[Layer], scheme: str) -> str:
    """The function that draws. Arrays of one axis have no fans; transposed ones swap them."""
    if all(layer.role == "norm" for layer in layers):
        return "torch.nn.init.ones_({})"
    if all(layer.role == "embedding" for layer in layers):
        return "torch.nn.init.normal_({})"
    if any(len(layer.shape) < 2 for layer in layers):
        return "torch.nn.init.normal_({}, std=0.02)"
    fan = ", mode='fan_out'" if all("Transpose" in layer.kind for layer in layers) else ""
    return {
        "Glorot": "torch.nn.init.xavier_normal_({})",
        "He": f"torch.nn.init.kaiming_normal_({{}}{fan}, nonlinearity='relu')",
        "LeCun": f"torch.nn.init.kaiming_normal_({{}}{fan}, nonlinearity='linear')",
    }[scheme]


def _for_all(line: str, parameters: Sequence[str]) -> str:
    names = list(dict.fromkeys(parameters))  # what is tied once
    if len(names) == 1:
        return line.format(f"model.get_parameter({names[0]!r})")
    return f"for name in {names}: {line.format('model.get_parameter(name)')}"
