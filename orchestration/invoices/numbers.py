"""How invoice numbers and line numbers are compared and ordered."""

import re


def normalise_number(number: str) -> str:
    """Upper case, letters and digits only, without leading zeros: what makes two numbers the same."""
    return "".join(c for c in number.upper() if c.isalnum()).lstrip("0")


def order_lines(lines: list[str]) -> list[int]:
    """The position (from 1) of each line id: numbers by value first, then texts; ties keep their order."""

    def rank(index: int):
        text = lines[index].strip()
        return (0, int(text), "") if re.fullmatch(r"\d{1,18}", text) else (1, 0, text)

    ranked = sorted(range(len(lines)), key=rank)
    positions = [0] * len(lines)
    for position, index in enumerate(ranked, start=1):
        positions[index] = position
    return positions
