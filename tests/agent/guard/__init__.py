"""The guard, its memory, its walk, and who stands where."""
