"""The one error that a user's input can raise."""


class DesignError(ValueError):
    """A description, file or request that cannot be served.

    Its text is one sentence that names the key or file.
    """
