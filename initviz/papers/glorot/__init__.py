"""Glorot & Bengio 2010: what goes wrong in deep networks under the start of the time."""

from . import figures_2_3, figures_6_8, table_1

RESULTS = (*figures_2_3.RESULTS, *figures_6_8.RESULTS, *table_1.RESULTS)
