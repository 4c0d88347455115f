"""The machine on its clock: when every op starts and ends, and where the cycles went.

This is the account of time. It executes the rule of order that `models.schedule` describes as data,
with the op lengths of `models.timing`, on SimPy, and never computes a weight.

`sim.stage` holds the counters of one stage and says what each of its ops waits for. `sim.tile` puts
a stage on the clock, `sim.machine` joins tiles by delay lines of `sim.clock`. A cycle has two
phases: first all its ends, tokens, returned slots and arrivals, then one decision for every free
tile that has seen any. No decision is taken inside the first phase, so the order of events within a
cycle cannot matter. Time is whole clock cycles.

`sim.log` is the list of started ops, handed out in chunks; `sim.ledger` counts each cycle of each
stage once, as busy, as stalled for one cause or as idle, and refuses to close if any is missing.
`sim.analytic` has the closed forms that the account must meet; `sim.trace` writes a log for
Perfetto. `sim.period` finds the period of a machine with constant op lengths and lays out a long
run from one repetition, op for op what the events would have given.

Where the lengths of updates depend on the data, numerics run coupled: the machine shows each op as
it starts, and asks for an update's length after that.
"""
