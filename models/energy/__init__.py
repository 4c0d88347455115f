"""Joules and square metres: what a run's operations and a machine's parts cost.

`section` holds the tables `[energy]` and `[area]`: joules of elementary steps, square micrometres
of parts, each with a source where a preset gives it. `activity` counts the steps of a run,
`account` multiplies and adds, `area` does it for the parts; `converter` has closed forms of
converters.

A number that nobody gave is left out of the sum, and the account says what it does not hold. A
design without these tables has no such account.
"""
