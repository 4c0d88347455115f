"""Transfers between the arrays of a layer: a line is read, digested and written elsewhere."""
