"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A time limit on each example would measure how busy the machine is.
settings.register_profile("corotui", deadline=None)
settings.load_profile("corotui")
