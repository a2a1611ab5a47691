"""The main screen: its layout, and what its keys do."""
