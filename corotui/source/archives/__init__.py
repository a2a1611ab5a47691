"""Release archives: downloads on this machine or on the build node, and the check of what is in them."""
