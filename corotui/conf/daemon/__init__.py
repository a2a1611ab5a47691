"""How corosync reads its file, per release, and what it refuses. Pure: a model of the daemon's own C code.

From lines to the map (`parser/`): `lines_v2` splits the lines of 1.4 and 2.x, `loader` walks through sections and
`section_buffers` keeps what is stored only at a closing brace; both write through `map_builder`. `value_types` says
which values are checked. `object_tree` is the tree that 1.4 keeps instead. `cmap` is the result.

From the map to what `corosync -t` refuses (`validation/`): `logging`, `authkey`, `timers`, with `nodelist`,
`local_node` and `resolver`. The totem section by release (`validation/totem/`): `v1`, `v2`, and `v3` with `v3_rules`;
they share `model`, `limits` and `duplicate_nodeids`. `startup` says what only a real start refuses.

`verdict` puts these together. `crashes` holds the exit codes and messages of crashes, `start_reasons` the sentences in
the log of a daemon that does not start or forms no ring.
"""
