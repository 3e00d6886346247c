# What this room offers, and where it is. `__init__.py` reads this list, and so do editors.

from .blocks import explore_blocks as explore_blocks
from .chapter import Chapter as Chapter
from .check import check as check
from .checkup import explore_checkup as explore_checkup
from .clinic import explore_clinic as explore_clinic
from .compare import compare as compare
from .depth import explore_depth as explore_depth
from .explorer import Explorer as Explorer
from .jacobian import explore_jacobian as explore_jacobian
from .main import explore as explore
from .movement import explore_movement as explore_movement
from .phase import explore_phase as explore_phase
from .predict import predict as predict
from .race import explore_race as explore_race
from .reflect import reflect as reflect
from .restarts import explore_restarts as explore_restarts
from .saturation import explore_saturation as explore_saturation
from .schemes import explore_schemes as explore_schemes
from .still import show as show
from .survey import survey as survey
from .sweep import explore_sweep as explore_sweep
from .symmetry import explore_symmetry as explore_symmetry
from .top import back_to_top as back_to_top
from .trainability import explore_trainability as explore_trainability
from .width import explore_width as explore_width

CHAPTERS: list[str]
