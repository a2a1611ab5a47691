"""What makes a node a machine: its processes, network, mounts, and settings of the host kernel."""
