"""Pure painting: from the walk's picture and a width to lines. No widget, no terminal, no clock of its own."""
