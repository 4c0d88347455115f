"""Between the code port of a tile and the pins of a real array.

The code port of `rtl.tile` shows vectors of codes and whole pulse words, and takes codes. An array
has wires and comparators. `rtl.adapter.driver` gives each line a sign and one wire, bit after bit
of its code or for as many slots as its code counts; `rtl.adapter.serializer` gives it its pulse
word, slot after slot; `rtl.adapter.converter` finds the output codes by successive approximation,
several outputs to a converter. `rtl.adapter.step` counts the cycles of all of them.
`rtl.adapter.array` joins them behind one code port, with the pins that `rtl.adapter.pin` names.

The cycles are those of `models.timing`, and so is every rule of them; `rtl.adapter.check` refuses a
design whose cycles are too short. `docs/adapters.md` has the pins and their timing.
"""
