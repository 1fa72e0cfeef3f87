"""What the user can do something about, as exceptions."""


class InspectorError(Exception):
    """What the user can do something about: one line that says what is wrong and what to do."""


class UnreadableError(InspectorError):
    """The input is missing, empty, of no known format, or of a later version."""


class UnwritableError(InspectorError):
    """The output cannot be written."""
