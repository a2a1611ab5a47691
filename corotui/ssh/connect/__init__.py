"""Opens ssh connections: targets, host keys, keys and passwords, jump hosts."""
