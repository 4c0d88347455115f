"""Events on integer cycles: an alarm that can be armed again, and a delay line made of them."""

from collections import deque
from collections.abc import Callable

from simpy import Environment, Event
from simpy.events import NORMAL, EventPriority

#: Phase (b) of a cycle begins here: every decision has a priority of at least this number.
DECISION = 2


class Alarm(Event):
    """An event that may be armed again once it has fired.

    Parameters
    ----------
    env
        The SimPy environment; its time is a whole number of clock cycles.
    action
        Called with the alarm when it fires.
    """

    def __init__(self, env: Environment, action: Callable[[Event], None]) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        self._actions = [action]

    def arm(self, delay: int, priority: EventPriority = NORMAL) -> None:
        """Fire `delay` cycles from now; an armed alarm must fire before it is armed again."""
        self.callbacks = self._actions
        self.env.schedule(self, priority, delay)


class Line:
    """A delay line: tokens arrive in order, any number in flight.

    Parameters
    ----------
    env
        The SimPy environment.
    delay
        Cycles from a token's leave to `arrive`.
    interval
        Fewest cycles between two leaves: a token sent too early waits at the door.
    arrive
        Called once for each token, in phase (a) of its cycle.
    """

    def __init__(
        self, env: Environment, delay: int, interval: int, arrive: Callable[[], None]
    ) -> None:
        self.env = env
        self.delay, self.interval = delay, interval
        self.arrive = arrive
        #: First cycle in which the next token may leave.
        self.open = 0
        self.due: deque[int] = deque()
        self._free: list[Alarm] = []

    def send(self) -> None:
        """Put one token on the line."""
        now = int(self.env.now)
        leave = max(now, self.open)
        self.open = leave + self.interval
        arrival = leave + self.delay
        if arrival == now:
            self.arrive()
            return
        alarm = self._free.pop() if self._free else Alarm(self.env, self._land)
        self.due.append(arrival)
        alarm.arm(arrival - now)

    def _land(self, event: Event) -> None:
        assert isinstance(event, Alarm)
        self.due.popleft()
        self._free.append(event)
        self.arrive()

    def state(self, now: int) -> tuple[int, ...]:
        """Return what its future depends on, relative to cycle `now`."""
        return max(0, self.open - now), *(due - now for due in self.due)
