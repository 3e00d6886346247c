"""The gradients of a Keras model, and the way of its weights, as each backend has them.

All take the model, X, a function of the output, and the output of the pass that was watched. They
give the loss, the gradients of all trained weights (None where the loss does not depend on them),
and of these the ways, by their numbers; no ways where the backend tells none.
"""

import keras  # pyright: ignore[reportMissingImports]

from ..graph import Graph


def _torch_gradients(model, X, function, output):
    import torch  # pyright: ignore[reportMissingImports]

    from ..torch.graph import nodes

    weights = [v.value for v in model.trainable_variables]
    value = function(output)
    if not value.requires_grad:
        return value, [None] * len(weights), {}
    numbers = {W: n for n, W in enumerate(weights)}
    ways = Graph(nodes(value, numbers.get)).ways()
    return value.detach(), torch.autograd.grad(value, weights, allow_unused=True), ways


def _jax_gradients(model, X, function, output):
    import jax  # pyright: ignore[reportMissingImports]

    from .jaxpr import nodes

    def value(weights):
        with keras.StatelessScope(zip(model.trainable_variables, weights, strict=True)):
            return function(model(X, training=True))

    weights = [v.value for v in model.trainable_variables]
    loss, gradients = jax.value_and_grad(value)(weights)
    ways = Graph(nodes(jax.make_jaxpr(value)(weights))).ways()  # of those that lead to the loss
    return loss, [slope if n in ways else None for n, slope in enumerate(gradients)], ways


def _tensorflow_gradients(model, X, function, output):
    import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

    with tf.GradientTape() as tape:
        value = function(model(X, training=True))
    gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
    # That of an embedding comes as the rows that were looked up.
    gradients = [None if slope is None else tf.convert_to_tensor(slope) for slope in gradients]
    return value, gradients, {}


GRADIENTS = {"torch": _torch_gradients, "jax": _jax_gradients, "tensorflow": _tensorflow_gradients}
