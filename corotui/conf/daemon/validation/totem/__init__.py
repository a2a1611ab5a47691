"""The totem section and the nodelist of a file: what each series of corosync refuses (exec/totemconfig.c)."""
