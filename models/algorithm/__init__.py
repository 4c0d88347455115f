"""Learning rules, one a file: what a sample's update does to the tiles, and at which rate."""
