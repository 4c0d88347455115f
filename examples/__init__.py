"""Designs to start from, and the studies of learning rules that are made with them."""
