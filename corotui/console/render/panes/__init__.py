"""The content of the panes: one module per step, and the doctor."""
