"""The kernel of a run: an ordinary ipykernel that never outlives the process which started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this process with its parent; ipykernel's own poller does it elsewhere, a second later."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = os.environ.get("JPY_PARENT_PID")
    if parent and os.getppid() != int(parent):
        os._exit(1)  # it was gone before we asked


if __name__ == "__main__":
    die_with_parent()
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
