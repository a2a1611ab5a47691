"""The daemon's parser: from the lines of a file to its map of typed values (exec/coroparse.c)."""
