"""Device physics: how one crosspoint answers one coincidence.

A mean step f(w) follows from a number q that is linear in the weight,

    up:    q = offset_up   - rate_up w       w + f(q)
    down:  q = offset_down + rate_down w     w - f(q)

with noise from pulse to pulse and clipped to the device's own bounds. Each response family is a
file of its own with its formula and keys; `family` lists them, `response` is what they give, `draw`
makes the devices of a tile from keys, `array` holds them and moves weights, `symmetry` says where
up and down are equal.

`measurement` puts drawn devices on a bench: `train` pulses them up and down, `spread` single steps,
`pair` one up and one down.
"""
