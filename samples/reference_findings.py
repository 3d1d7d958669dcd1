"""Which contributors break which policy, read one by one from the tables."""

from collections import defaultdict
from datetime import date, timedelta

from samples.reference import Books

GAP_DAYS = 90
TENURE_DAYS = 540


def find_breakers(tables: dict, twins: list, day: date) -> dict[str, set[str]]:
    """Contributors as `source:source_id` by policy, as of a day; `twins` are records of one person."""
    books = Books(tables)
    tests = {
        "agent-without-owner": lacks_owner, "contractor-tenure": stays_long, "expired-engagement-used": works_after_end,
        "order-missing": lacks_order, "rate-above-card": costs_more_than_card,
        "suspended-vendor-active-people": has_people_though_suspended, "missing-country": lacks_country,
    }  # fmt: skip
    books.cards = tables["rate_cards"]
    found = {
        name: {key for key, row in books.contributors.items() if test(row, books, day)} for name, test in tests.items()
    }
    return found | {"shared-bank-account": share_accounts(books, twins)}


def is_here(row: dict | None, day: date) -> bool:
    if row is None or row["status"] in ("left", "planned"):
        return False
    return (row["start_date"] or day) <= day <= (row.get("end_date") or day)


def running(row: dict, books: Books, day: date) -> list[dict]:
    return [e for e in books.of_contributor[row["key"]] if e["start_date"] <= day <= (e["end_date"] or date.max)]


def lacks_owner(row: dict, books: Books, day: date) -> bool:
    owner = books.contributors.get(row.get("owner") or "")
    is_person = owner is not None and owner["kind"] in ("employee", "contractor")
    return row["kind"] == "ai_agent" and is_here(row, day) and not (is_person and is_here(owner, day))


def stays_long(row: dict, books: Books, day: date) -> bool:
    if row["kind"] != "contractor" or not is_here(row, day):
        return False
    worked = set()
    for engagement in books.of_contributor[row["key"]]:
        last = min(engagement["end_date"] or day, day)
        worked |= {engagement["start_date"] + timedelta(n) for n in range((last - engagement["start_date"]).days + 1)}
    count, newest = 0, day
    for one in sorted(worked, reverse=True):
        if (newest - one).days > GAP_DAYS:
            break
        count, newest = count + 1, one
    return count > TENURE_DAYS


def works_after_end(row: dict, books: Books, day: date) -> bool:
    return any(
        engagement["end_date"] and entry["work_date"] > engagement["end_date"] and entry["hours"] > 0
        and entry["status"] in ("approved", "submitted") and entry["work_date"] <= day
        for engagement in books.of_contributor[row["key"]] for entry in books.time[engagement["key"]]
    )  # fmt: skip


def lacks_order(row: dict, books: Books, day: date) -> bool:
    if row["kind"] in ("employee", "ai_agent") or row["status"] == "left":
        return False
    return any(
        e["basis"] in ("hourly", "daily", "fixed") and (books.supplier_of(e), e["purchase_order"]) not in books.orders
        for e in running(row, books, day)
    )


def costs_more_than_card(row: dict, books: Books, day: date) -> bool:
    for engagement in running(row, books, day):
        for rate in books.rates[engagement["key"]]:
            if rate["category"] != "standard" or not rate["valid_from"] <= day <= (rate["valid_to"] or date.max):
                continue
            for card in books.cards:
                is_same = card["title"] == engagement["title"] and card["country"] in ("", row["country"])
                is_same = is_same and card["currency"] == rate["currency"] and card["per"] == rate["per"]
                is_valid = (card["valid_from"] or date.min) <= day <= (card["valid_to"] or date.max)
                if is_same and is_valid and rate["amount"] > card["max_amount"] and row["status"] != "left":
                    return True
    return False


def has_people_though_suspended(row: dict, books: Books, day: date) -> bool:
    if row["kind"] not in ("vendor", "partner") or row["status"] != "suspended":
        return False
    return any(
        e["start_date"] <= day <= (e["end_date"] or date.max) and books.supplier_of(e) == row["key"]
        and e["contributor"] != row["key"] and books.contributors[e["contributor"]]["status"] != "left"
        for e in books.engagements.values()
    )  # fmt: skip


def lacks_country(row: dict, books: Books, day: date) -> bool:
    return not row["country"] and row["status"] != "left"


def share_accounts(books: Books, twins: list) -> set[str]:
    """Those whose account somebody else has too; the two records of one person are not somebody else."""
    same = {one: other for pair in twins for one, other in (pair, pair[::-1])}
    holders = defaultdict(set)
    for key, row in books.contributors.items():
        account = "".join(c for c in row.get("bank_account") or "" if c.isalnum())
        if account:
            holders[account].add(min(key, same.get(key, key)))
    return {key for keys in holders.values() if len(keys) > 1 for key in keys}
