"""The version of PulseTrain, once."""

__version__ = "0.1.0"
