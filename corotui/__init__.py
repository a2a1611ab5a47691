"""corotui: from bare machines to a healthy Corosync ring, in a terminal."""

__version__ = "0.1.0"
