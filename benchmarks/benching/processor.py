"""How long processors have worked for a process, exact to the microsecond where /proc counts in hundredths.

https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html: a process's clock is numbered by its id.
"""

import time

_WORK = 2
"""Of the kernel's clocks for a process, the one that its scheduler keeps."""


def processor_seconds(pid: int) -> float:
    """Of all its threads, so far."""
    return time.clock_gettime((~pid << 3) | _WORK)
