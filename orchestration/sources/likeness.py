"""What speaks for and against two records being one person, level by level.

Each comparison has levels in words; a level weighs log2(m / u) bits: how much more often it is seen between two records
of one contributor (m) than between two of different ones (u). The values below are where training starts, and what
stands where the data say too little. The SQL sees text without case, accents, blanks and punctuation.
"""

from dataclasses import dataclass

SWAPPED = "(given_l = family_r AND family_l = given_r AND given_l <> given_r)"
MISSING = "{0}_l IS NULL OR {0}_r IS NULL"
# The lengths come first: they are cheap, and settle most pairs.
SLIP = (
    "(abs(len({0}_l) - len({0}_r)) <= 2 AND least(len({0}_l), len({0}_r)) > 2 AND damerau_levenshtein({0}_l, {0}_r) "
    "<= CASE WHEN least(len({0}_l), len({0}_r)) < 6 THEN 1 ELSE 2 END)"
)
ALIKE = "jaro_winkler_similarity({0}_l, {0}_r) >= {1}"
BEGINS = "starts_with({0}_l, {0}_r) OR starts_with({0}_r, {0}_l)"
EQUAL = "{0}_l = {0}_r"


@dataclass(frozen=True)
class Level:
    """One outcome of a comparison; `m` and `u` are probabilities among the same and among different contributors."""

    words: str
    sql: str
    m: float
    u: float
    counts_terms: bool = False  # a common value says less


@dataclass(frozen=True)
class Comparison:
    name: str
    missing: str
    levels: tuple[Level, ...]


def _compare(name: str, *levels: Level, missing: str = "") -> Comparison:
    return Comparison(name, missing or MISSING.format(name), levels)


COMPARISONS = (
    _compare(
        "given",
        Level("given and family name are swapped", SWAPPED, 0.02, 0.00001),
        Level("same given name", EQUAL.format("given"), 0.80, 0.008, counts_terms=True),
        Level("given name off by a slip", SLIP.format("given"), 0.08, 0.006),
        Level("given names are alike", f"{ALIKE.format('given', 0.85)} OR {BEGINS.format('given')}", 0.06, 0.012),
        Level("given name differs", "ELSE", 0.04, 0.974),
    ),
    _compare(
        "family",
        Level("same family name", EQUAL.format("family"), 0.84, 0.003, counts_terms=True),
        Level("family name off by a slip", SLIP.format("family"), 0.09, 0.003),
        Level("family names are alike", f"{ALIKE.format('family', 0.85)} OR {BEGINS.format('family')}", 0.03, 0.008),
        Level("family name differs", "ELSE", 0.04, 0.986),
        missing=f"family_l IS NULL OR family_r IS NULL OR {SWAPPED}",
    ),
    _compare(
        "born",
        Level("same birth date", EQUAL.format("born"), 0.94, 0.0001, counts_terms=True),
        Level(
            "birth date off by a slip, or day and month swapped",
            "damerau_levenshtein(born_l, born_r) <= 1 OR (left(born_l, 4) = left(born_r, 4) "
            "AND right(born_l, 2) = substr(born_r, 5, 2) AND right(born_r, 2) = substr(born_l, 5, 2))",
            0.035, 0.002,
        ),
        Level("birth date off by two slips", "damerau_levenshtein(born_l, born_r) <= 2", 0.01, 0.02),
        Level("birth date differs", "ELSE", 0.005, 0.978),
    ),
    _compare(
        "national",
        Level("same national id", EQUAL.format("national"), 0.95, 0.000001),
        Level("national id off by a slip", "list_has_any(national_slips_l, national_slips_r)", 0.03, 0.0001),
        Level("national id differs", "ELSE", 0.02, 0.9999),
    ),
    _compare(
        "tax",
        Level("same tax id", EQUAL.format("tax"), 0.95, 0.00001),
        Level("tax id differs", "ELSE", 0.05, 0.99999),
    ),
    _compare(
        "email",
        Level("same e-mail", EQUAL.format("email"), 0.55, 0.00001, counts_terms=True),
        Level("e-mail has the same name before the @", "mailbox_l = mailbox_r", 0.10, 0.00005),
        Level("e-mail off by a slip", f"{ALIKE.format('email', 0.93)} OR damerau_levenshtein(mailbox_l, mailbox_r) <= 2", 0.10, 0.0005),
        Level("e-mail differs", "ELSE", 0.25, 0.99944),
    ),
    _compare(
        "phone",
        Level("same phone", EQUAL.format("phone"), 0.60, 0.00002, counts_terms=True),
        Level("same phone but for the prefix", "ends_with(phone_l, phone_r) OR ends_with(phone_r, phone_l)", 0.05, 0.00002),
        Level("phone off by a slip", "abs(len(phone_l) - len(phone_r)) <= 1 AND damerau_levenshtein(phone_l, phone_r) <= 1", 0.05, 0.0001),
        Level("phone differs", "ELSE", 0.30, 0.99986),
    ),
    _compare(
        "street",
        Level("same street", EQUAL.format("street"), 0.70, 0.001, counts_terms=True),
        Level("street off by a slip", f"{SLIP.format('street')} OR {ALIKE.format('street', 0.92)}", 0.12, 0.001),
        Level("street differs", "ELSE", 0.18, 0.998),
    ),
    _compare(
        "postcode",
        Level("same postcode", EQUAL.format("postcode"), 0.78, 0.002, counts_terms=True),
        Level("postcode off by a slip", "damerau_levenshtein(postcode_l, postcode_r) <= 1 AND len(postcode_l) > 3", 0.07, 0.01),
        Level("postcode differs", "ELSE", 0.15, 0.988),
    ),
    _compare(
        "city",
        Level("same city", EQUAL.format("city"), 0.78, 0.02, counts_terms=True),
        Level("city off by a slip", f"{SLIP.format('city')} OR {ALIKE.format('city', 0.92)}", 0.07, 0.005),
        Level("city differs", "ELSE", 0.15, 0.975),
    ),
    _compare(
        "region",
        Level("same region", EQUAL.format("region"), 0.90, 0.2),
        Level("region differs", "ELSE", 0.10, 0.8),
        missing="region_l IS NULL OR region_r IS NULL OR postcode_l = postcode_r",
    ),
    _compare(
        "title",
        Level("same title", EQUAL.format("title"), 0.40, 0.02, counts_terms=True),
        Level("title differs", "ELSE", 0.60, 0.98),
    ),
)  # fmt: skip

PRIOR_WORDS = "before looking: few pairs of records are one"
KEYS = {  # what two records must share to be compared at all; a key shared by too many is let go
    "national": "national",
    "tax": "tax",
    "email": "email",
    "mailbox": "mailbox",
    "phone": "right(phone, 7)",
    "names": "least(given, family) || ' ' || greatest(given, family)",
    "born_given": "born || given[1]",
    "born_family": "born || family[1]",
    "postcode_given": "postcode || ' ' || given",
    "postcode_family": "postcode || ' ' || family",
    "city_given": "city || ' ' || given",
    "city_family": "city || ' ' || family",
    "street_postcode": "street || ' ' || postcode",
    "street_city": "street || ' ' || city",
    "street_year": "street || left(born, 4)",
    "family_day": "family || right(born, 4)",
    "given_day": "given || right(born, 4)",
    "family_year": "family || left(born, 4)",
    "sound": "left(family, 3) || given[1] || left(born, 4)",
}
LOOSE_KEYS = {name: name for name in ("born", "street", "postcode", "family", "given")}
TRAINING = (("born",), ("given", "family"), ("national",))  # EM sees pairs that share these, and learns the rest
