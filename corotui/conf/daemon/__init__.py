"""corosync itself, as far as it reads its file.

From lines to its map: grammar, load, typed, sections, cmap. From the map to what `corosync -t` refuses: logconfig,
totem1, totem2, totem3, validate3, timers, with keyread, nodelist, local and resolve. What only a start refuses: start.
"""
