"""Starting and ending well: background work, signals, a lost terminal, defects."""
