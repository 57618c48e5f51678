"""One file a process: the only places that construct and join. Everyone else receives what they work with."""
