"""How much memory there is, and the answer to who asks for more."""

import os
from contextlib import suppress
from math import inf
from pathlib import Path

from ..errors import bad

NO_QUESTION = 2**28  # bytes, below which nobody asks the system how many are free


def check_room(argument: str, value: object, needed: float, remedy: str) -> None:
    """ValueError where ``needed`` bytes are more than are free."""
    if needed > NO_QUESTION and needed > (free := free_bytes()):
        raise too_large(argument, value, needed, free, remedy)


def too_large(argument: str, value: object, needed: float, free: float, remedy: str) -> ValueError:
    """``restarts=1000000000: this takes 1.3 TB of memory, and 8 GB are free; 90 would fit``."""
    takes = f"this takes {_in_words(needed)} of memory, and {_in_words(free)} are free"
    return bad(argument, value, f"{takes}; {remedy}")


def free_bytes() -> float:
    """What this process may still take, as far as the system says; else infinity."""
    limits = [inf]
    with suppress(OSError, ValueError, AttributeError):  # no such system call on Windows
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, IndexError):  # files of Linux
        memory = Path("/proc/meminfo").read_text().partition("MemAvailable:")[2]
        limits.append(int(memory.split()[0]) * 1024)
    with suppress(OSError, ValueError):  # of a container; "max" where it sets no limit
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    with suppress(ImportError, AttributeError, OSError, ValueError):  # empty in JupyterLite
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limits.append(max(0, limit - pages * resource.getpagesize()))
    return min(limits)


def _in_words(size: float) -> str:
    size = float(min(size, 10**300))  # of which there are so many bytes is an int of any length
    for unit in ("MB", "GB", "TB", "PB"):
        size /= 1000 if unit != "MB" else 10**6
        if size < 1000:
            break
    return f"{size:.3g} {unit}"
