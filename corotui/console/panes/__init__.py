"""One pane for each step of the walk, the doctor beside them, and the screen that holds them."""
