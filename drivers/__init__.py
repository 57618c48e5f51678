"""Floor 0: touches metal. Frames go up, nothing else does."""
