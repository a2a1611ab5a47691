"""The console: Textual screens that show the state of the workflow and call it. They hold no logic of their own."""
