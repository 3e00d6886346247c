"""Controls → ``Experiment`` → ``Run`` → pictures, words. Imports plots and what is below it.

An explorer, and the pictures that it alone needs, are loaded when somebody opens it;
``__init__.pyi`` says where each of them is.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# The names of all rows of the table of chapters; a sweep's explorer trains nothing, and is none.
CHAPTERS = [name for name in __all__ if name.startswith("explore") and name != "explore_sweep"]
