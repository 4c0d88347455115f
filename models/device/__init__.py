"""Device physics: how one crosspoint answers one coincidence.

Every family here has a step that is linear in the weight,

    up:    w + (step_up   - slope_up   w)(1 + sigma xi)
    down:  w - (step_down + slope_down w)(1 + sigma xi)

clipped to the device's own bounds. `array` holds one number of each kind a device, drawn from keys;
`constant_step` and `soft_bounds` say what the slopes are.
"""
