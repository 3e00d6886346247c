"""initviz: why does a neural network start from random weights, and how large should they be?

Names are loaded when somebody asks for them; ``__init__.pyi`` says where each of them is.
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
