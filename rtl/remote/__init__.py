"""A host's side of the link to a board.

`wire` is what bytes pass over: a serial port, or whatever has its two methods. `client` sends the
requests of `models.link` until they are answered, each carried out once. `machine` speaks of
registers by their names, of weights, samples and predictions.
"""
