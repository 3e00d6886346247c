"""The gradients of a Keras model, as each backend has them.

All give (the loss, those of all trained weights), of the model, X and a function of the output;
None where the loss does not depend on them.
"""

import keras  # pyright: ignore[reportMissingImports]


def _torch_gradients(model, X, function):
    import torch  # pyright: ignore[reportMissingImports]

    with torch.enable_grad():
        value = function(model(X, training=True))
        weights = [v.value for v in model.trainable_variables]
        return value.detach(), torch.autograd.grad(value, weights, allow_unused=True)


def _jax_gradients(model, X, function):
    import jax  # pyright: ignore[reportMissingImports]

    def value(weights):
        with keras.StatelessScope(zip(model.trainable_variables, weights, strict=True)):
            return function(model(X, training=True))

    weights = [v.value for v in model.trainable_variables]
    loss, gradients = jax.value_and_grad(value)(weights)
    if all(slope.any() for slope in gradients):
        return loss, gradients
    reached = _reached(jax.make_jaxpr(value)(weights).jaxpr)  # JAX has 0 where others have None
    return loss, [slope if leads else None for slope, leads in zip(gradients, reached, strict=True)]


def _reached(jaxpr) -> list[bool]:
    """Which of its inputs lead to an output of a JAX programme."""
    live = set(map(id, jaxpr.outvars))
    for step in reversed(jaxpr.eqns):
        if live & set(map(id, step.outvars)):
            live |= set(map(id, step.invars))
    return [id(variable) in live for variable in jaxpr.invars]


def _tensorflow_gradients(model, X, function):
    import tensorflow as tf  # pyright: ignore[reportMissingImports, reportMissingModuleSource]

    with tf.GradientTape() as tape:
        value = function(model(X, training=True))
    gradients = tape.gradient(value, [v.value for v in model.trainable_variables])
    # That of an embedding comes as the rows that were looked up.
    return value, [None if slope is None else tf.convert_to_tensor(slope) for slope in gradients]


GRADIENTS = {"torch": _torch_gradients, "jax": _jax_gradients, "tensorflow": _tensorflow_gradients}
