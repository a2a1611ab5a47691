"""The console's own widgets. They take lines and rows that are painted already."""
