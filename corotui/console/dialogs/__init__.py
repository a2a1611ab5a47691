"""Dialogs: sheets at the lower end of the screen, with the focus on the harmless answer."""
