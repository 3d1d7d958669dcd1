"""The one refusal of a file that cannot be taken at all."""

MAX_COLUMNS = 512

Wrong = tuple[str, str] | None  # code and words, when the row as such cannot be taken


class UnreadableTable(Exception):
    """The file cannot be taken at all; the message names it, says why and how to mend it."""
