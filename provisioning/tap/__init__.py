"""`smilius tap`: record what goes between a driver and its device before a phantom, show it, and play it again."""
