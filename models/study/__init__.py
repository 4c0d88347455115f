"""Studies of one layer by itself: a learning rule driven by vectors of the user's own."""
