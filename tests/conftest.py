"""What holds for every test: none depends on how fast the machine is, or how busy."""

import os
import signal
import sys

from hypothesis import HealthCheck, settings

# Hundreds of tests start a program of ours, which would be compiled again each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A shell's background job ignores Ctrl-C, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Both measure time, and so the machine: an example may take as long as it takes, and so may making one.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = ["tests.streams"]
