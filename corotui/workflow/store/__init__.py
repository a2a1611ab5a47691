"""What a workflow holds: its state, its connections, the operation under way, and what it saves for later."""
