"""Raw rows as they are kept: confidential cells encrypted, everything else as it came."""

from orchestration.sources.kinds import TableKind
from orchestration.sources.mapping import Mapping
from workforce.contributors.confidential import decrypt, encrypt

MARK = "enc:"


class Sealer:
    """Encrypts each text once, for the raw row and for the object that it fills."""

    def __init__(self, kind: TableKind, mapping: Mapping):
        self._mapping = mapping
        self._confidential = {column.name for column in kind.columns if column.is_confidential}
        self._secret: dict[str, bool] = {}  # by the source's column name
        self._tokens: dict[str, str] = {}

    def seal_row(self, raw: dict) -> dict:
        """The row with its confidential cells encrypted, and those that would look so."""
        return {
            name: MARK + self.seal(text) if text and (self._is_secret(name) or text.startswith(MARK)) else text
            for name, text in raw.items()
        }

    def seal(self, text: str) -> str:
        token = self._tokens.get(text)
        if token is None:
            token = self._tokens[text] = encrypt(text)
        return token

    def forget(self) -> None:
        self._tokens.clear()

    def _is_secret(self, name: str) -> bool:
        found = self._secret.get(name)
        if found is None:
            found = self._secret[name] = self._mapping.columns.get(name, name) in self._confidential
        return found


def open_row(raw: dict) -> dict:
    """The row with its confidential cells in plain text."""
    return {
        name: decrypt(text[len(MARK) :]) if isinstance(text, str) and text.startswith(MARK) else text
        for name, text in raw.items()
    }
