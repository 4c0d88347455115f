"""The one error that a user's input can raise."""


class DesignError(ValueError):
    """A description, file or request that cannot be served.

    Its text is one sentence that names the key or file.
    """


class DivergedError(DesignError):
    """A training whose loss is no number any more; `accuracy` is the network's as it is then."""

    def __init__(self, text: str, accuracy: float) -> None:
        super().__init__(text)
        self.accuracy = accuracy
