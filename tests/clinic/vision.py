"""torchvision, and those that import it: they are to be imported from here."""

import os

import torch

os.environ.setdefault("HF_HUB_OFFLINE", "1")

# PyPI's wheel registers operators of its own, which not every build of PyTorch knows. No model here
# needs them.
_register = torch.library.register_fake
torch.library.register_fake = lambda *_, **__: lambda function: function
try:
    import timm
    import torchvision
    import transformers
finally:
    torch.library.register_fake = _register

transformers.logging.set_verbosity_error()

__all__ = ["timm", "torchvision", "transformers"]
