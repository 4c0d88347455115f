"""Measurements of this simulator beside an independent one, aihwkit, on one machine.

`physics` times both: python -m benchmarks.physics --peer /path/to/python, where the other
interpreter has torch and aihwkit; without it only our side runs. `peer` is the script that the
other interpreter runs, `channel` talks to it, `ours` does the same work here, `case` says what is
measured, `report` prints and draws it.

`peer_statistics` is run by the other interpreter too and records what its devices do under exact
numbers of pulses, for tests/models/peer.

`fmax` is about the hardware: how fast the controller of a tile is on an FPGA.

Nothing here is shipped; nothing here is imported by the packages that are.
"""
