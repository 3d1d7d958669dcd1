"""Identifiers that are well formed and clearly fictional: accounts of banks that do not exist, ids never issued."""

import unicodedata
from datetime import date
from random import Random

from samples.words import COUNTRIES


def build_iban(country: str, bban: str) -> str:
    """The IBAN of a BBAN with its mod-97 check digits."""
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def build_account(country: str, serial: int, rng: Random) -> str:
    """An account at a bank that does not exist; for the US routing and account number, for it has no IBAN."""
    if country == "DE":
        return build_iban("DE", f"9900{rng.randrange(1, 40):04d}{serial:010d}")
    if country == "FR":
        bank, branch, account = 99001, rng.randrange(1, 400), serial
        key = 97 - (89 * bank + 15 * branch + 3 * account) % 97
        return build_iban("FR", f"{bank:05d}{branch:05d}{account:011d}{key:02d}")
    if country == "GB":
        return build_iban("GB", f"{rng.choice(['FICT', 'MOCK', 'FABL'])}99{rng.randrange(0, 9999):04d}{serial:08d}")
    return f"ACH 99{rng.randrange(0, 9_999_999):07d} {serial:010d}"


def build_national_id(country: str, serial: int, birth_date: date) -> str:
    """Shaped like the country's own, from ranges that are not issued."""
    if country == "DE":
        return f"00 {serial // 1_000_000:03d} {serial // 1000 % 1000:03d} {serial % 1000:03d}"
    if country == "FR":
        number = int(f"9{birth_date:%y%m}99{serial % 1_000_000:06d}")
        return f"{number}{97 - number % 97:02d}"
    if country == "GB":
        return f"QQ{serial % 1_000_000:06d}{'ABCD'[serial // 1_000_000 % 4]}"
    return f"9{serial // 1_000_000 % 100:02d}-{serial // 10_000 % 100:02d}-{serial % 10_000:04d}"


def build_tax_id(country: str, serial: int) -> str:
    """A VAT id (an EIN in the US) with a fictional number."""
    return {
        "DE": f"DE99{serial:07d}",
        "FR": f"FR99{serial:09d}",
        "GB": f"GB99{serial:07d}",
        "US": f"99-{serial:07d}",
    }[country]


def build_phone(country: str, prefix: str, serial: int) -> str:
    """A number in the ranges kept for fiction where the country has some."""
    width = {"DE": 5, "FR": 4, "GB": 3, "US": 2}[country]
    return f"{prefix}{serial % 10**width:0{width}d}"


def to_ascii(text: str) -> str:
    """Letters without their marks, as mail addresses have them."""
    for old, new in (("ß", "ss"), ("ø", "o"), ("ł", "l"), ("ı", "i"), ("Ł", "L")):
        text = text.replace(old, new)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if ord(c) < 128)


def build_address(country: str, rng: Random) -> dict:
    """Street, city, region, postcode and a location of the company in the country."""
    city, region, postcode, prefix = rng.choice(COUNTRIES[country][4])
    number, street = rng.randrange(1, 180), rng.choice(COUNTRIES[country][5])
    line = f"{street} {number}" if country == "DE" else f"{number} {street}"
    return {"street": line, "city": city, "region": region, "postcode": postcode, "location": city, "prefix": prefix}
