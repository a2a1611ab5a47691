"""Widgets that the screen, the panes and the dialogs are made of."""
