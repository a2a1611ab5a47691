"""The console: Textual screens that paint the walk's picture and call the walk. They hold no logic of their own."""
