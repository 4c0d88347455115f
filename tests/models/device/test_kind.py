"""Every kind of draw has a number of its own: equal ones would draw the same words."""

from models import periphery, pulse
from models.device import kind
from models.schedule import Op

#: The read's kinds stand each for a row of 16, one an op.
WIDE = (periphery.INPUT_NOISE, periphery.DAC_ROUNDING, periphery.ADC_ROUNDING)


def test_no_two_kinds_of_draws_share_a_number():
    own = [value for name, value in vars(kind).items() if name.isupper()]
    wide = [first + place for first in WIDE for place in range(16)]
    taken = [*map(int, Op), *own, *pulse.RANDOM, pulse.DRAWN, *wide]
    assert len(own) >= 17
    assert len(set(taken)) == len(taken)
