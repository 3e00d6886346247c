"""Keras' applications at their own start, for images of 32 to 96 pixels."""

import keras
import numpy as np
from clinic.cases import IMAGENET, Batch, Healthy

NAMES = {  # with the smallest image that each takes, or a small one
    **dict.fromkeys(("MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large"), 64),
    **dict.fromkeys(("EfficientNetB0", "EfficientNetV2B0", "DenseNet121", "ResNet50"), 64),
    **dict.fromkeys(("ResNet50V2", "VGG16", "ConvNeXtTiny"), 64),
    **dict.fromkeys(("InceptionV3", "InceptionResNetV2", "Xception"), 96),
    **dict.fromkeys(("EfficientNetB1", "EfficientNetV2B1", "DenseNet169"), 64),
}


def application(name: str, size: int) -> Batch:
    """With the pixels that each of them wants: those that rescale by themselves get 0 to 255."""
    make = getattr(keras.applications, name)
    model = make(weights=None, input_shape=(size, size, 3), classes=IMAGENET)
    X = np.random.default_rng(0).normal(size=(8, size, size, 3)).astype("float32")
    scales_inside = ("EfficientNet", "MobileNetV3", "ConvNeXt")
    X = (127 + 60 * X).clip(0, 255) if name.startswith(scales_inside) else X
    return Batch(model, X, np.arange(8) % IMAGENET, "sparse_categorical_crossentropy")


CASES = [
    Healthy(name, "Keras applications", lambda name=name, size=size: application(name, size))
    for name, size in NAMES.items()
]
