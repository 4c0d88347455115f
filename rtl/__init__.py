"""The hardware account: what the tiles, stages and schedulers of a machine are built of.

`rtl.tile.TileController` is the digital side of one crossbar tile. A stream of ops with digital
vectors comes in, the analog port drives the array and samples its converters, a stream of results
goes out. The array itself is a port, not a module: in simulation a NumPy crossbar answers, on an
FPGA an emulator, on a chip the analog macro.

An op passes three places. `rtl.prepare` takes it while the op before runs: `rtl.dac` scales the
vectors to codes, `rtl.pulse` translates them into pulse words with the numbers of `rtl.lfsr`, one
slot a cycle as `rtl.slot` counts them. `rtl.port` drives it and keeps its cycles, with `rtl.phase`
for the sign phases of an update. `rtl.result` keeps the answers until they are taken. `rtl.layout`
has the shapes of all that passes between them. `rtl.verilog` writes a design's tiles as Verilog.
`rtl.adapter` stands between that port and the wires and comparators of a real array.

`rtl.pipeline.Pipeline` decides when which op starts: an `rtl.scheduler` for each stage, `rtl.gate`
for schedules with slots, and the ways of `rtl.token` between them.

`rtl.datapath.StageDatapath` is one linear stage around its tile: vectors that arrive are scaled
(`rtl.scale`) and wait in RAM (`rtl.stash`, `rtl.arrival`); `rtl.vector` stands between them, which
pass element after element, and the tile; `rtl.sum`, `rtl.bias` and `rtl.activation` make the
outputs, `rtl.loss` the first errors; `rtl.ending` sees an update end. `rtl.digital` has what these
are built for, of a design and a stage.

`rtl.emulator` stands for the array on an FPGA: an `rtl.lane` for each column, `rtl.digit` for
writing, `rtl.stored` for its memories, `rtl.noise` for what moves its steps, `rtl.deadline` for
when it holds the machine; `rtl.emulation` has what it is built for.
`rtl.emulated` is the whole machine with emulators at its ports.

No file here knows a width, a latency or a rounding of its own: numbers come from `models.number`,
`models.lfsr` and `models.pulse`, cycles from `models.timing`, and the tests compare the two, bit by
bit and cycle by cycle.
"""
