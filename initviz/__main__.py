"""``python -m initviz``: see ``checkups.command``."""

from .checkups.command import main

raise SystemExit(main())
