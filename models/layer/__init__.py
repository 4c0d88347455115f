"""Layers: a crossbar and the digital unit around it. One kind a file; `linear` is the first."""
