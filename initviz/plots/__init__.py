"""Pictures of a run. Each class draws one thing: made on axes, then ``update(run, epoch)``.

Imports words and what is below it, and matplotlib. Names are loaded when somebody asks for them;
``__init__.pyi`` says where each of them is.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
