"""What the machine is: numbers, clock cycles, order of work, device physics, learning rules.

`design` is the one description, made of the tables in `section` and checked by `check`. `timing` is
the only place that knows a latency, `schedule` the only place that knows an order. Everything
digital is integer: `number` rounds, `lfsr` and `pulse` turn codes into pulse words. Everything
analog lies on a grid: `device` draws the crosspoints, `crossbar` reads and pulses them, `kernel`
does the same compiled. `key` gives every random number its owner.

A network is `layer`s around crossbars (`network`), packed flat (`memory`) and driven by a list of
ops: compiled in `executor` and `burst`, plainly in `replay`. Both give the same bits.
"""
