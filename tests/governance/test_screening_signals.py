"""What identities share, and what changed just then; held equal to a plain comparison of every two."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.screening.models import ScreeningHit, Signal
from governance.screening.screen import screen, screen_touched
from governance.screening.signals import ORGANISATION_SIZED, POINTS, find_shared, find_signals
from tests import cast
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event
from workforce.ledger.record import build_event

pytestmark = pytest.mark.django_db
TODAY = date(2026, 10, 5)


def found(signal: str) -> dict[str, list[str]]:
    names = dict(Contributor.objects.values_list("pk", "name"))
    return {
        names[reason.contributor]: [names[pk] for pk in reason.others]
        for reason in find_signals(today=TODAY)
        if reason.signal == signal
    }


def change_account(who: Contributor, day: date, before: str = "••••1234") -> None:
    event = build_event(action="contributor.updated", subject=who, before={"bank_account": before},
                        after={"bank_account": "••••9999"})  # fmt: skip
    event.at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    event.save()


def test_a_shared_account_names_both_whatever_their_kind():
    cast.make_contributor("employee", "Ada", bank_account="DE89 3704 0044 0532 0130 00")
    cast.make_contributor("ai_agent", "Bot", bank_account="de89370400440532013000")
    cast.make_contributor("vendor", "Other", bank_account="DE02120300000000202051")
    assert found(Signal.SHARED_BANK_ACCOUNT) == {"Ada": ["Bot"], "Bot": ["Ada"]}


def test_a_phone_is_the_same_line_with_and_without_its_country_code():
    for name, phone in (("Ada", "+49 (170) 123-4567"), ("Bob", "0170/1234567"), ("Cyd", "12"), ("Dan", "12")):
        cast.make_contributor("contractor", name, phone=phone)
    cast.make_contributor("contractor", "Eva", phone="+1 212 555 0108")
    cast.make_contributor("contractor", "Flo", phone="+1 512 555 0108")
    cast.make_contributor("contractor", "Gil", phone="212-555-0108", country="US")
    assert found(Signal.SHARED_PHONE) == {"Ada": ["Bob"], "Bob": ["Ada"], "Eva": ["Gil"], "Gil": ["Eva"]}


def test_a_supplier_shares_with_its_own_people_and_a_switchboard_is_nobody_s():
    vendor = cast.make_contributor("vendor", "Tide", phone="030 1234567", bank_account="DE02120300000000202051")
    cast.make_contributor("contractor", "Cyd", supplier=vendor, phone="030 1234567", bank_account=vendor.bank_account)
    assert found(Signal.SHARED_PHONE) == found(Signal.SHARED_BANK_ACCOUNT) == {}
    for number in range(ORGANISATION_SIZED):
        cast.make_contributor("employee", f"E{number}", phone="030 1234567")
    assert found(Signal.SHARED_PHONE) == {}


def test_merged_records_are_one_identity():
    ada = cast.make_contributor("employee", "Ada", national_id="X1")
    twin = cast.make_contributor("contractor", "Ada again", national_id="X-1")
    assert found(Signal.SHARED_NATIONAL_ID) == {"Ada": ["Ada again"], "Ada again": ["Ada"]}
    Contributor.objects.filter(pk=twin.pk).update(merged_into=ada)
    assert found(Signal.SHARED_NATIONAL_ID) == {}


def test_throw_away_mail_and_foreign_accounts_are_noted():
    cast.make_contributor("contractor", "Ada", email="ada@MAILINATOR.com")
    cast.make_contributor("contractor", "Bob", email="bob@tide.example", bank_account="FR1420041010050500013M02606")
    assert found(Signal.DISPOSABLE_EMAIL) == {"Ada": []}
    assert found(Signal.BANK_COUNTRY) == {"Bob": []}


def test_an_account_changed_close_to_the_start_weighs_more_than_one_changed_lately():
    start = TODAY - timedelta(days=100)
    near = cast.make_contributor("contractor", "Near", start_date=start)
    lately = cast.make_contributor("contractor", "Lately", start_date=start)
    first = cast.make_contributor("contractor", "First", start_date=start)
    change_account(near, start - timedelta(days=10))
    change_account(lately, TODAY - timedelta(days=3))
    change_account(first, start, before="")  # the first account of anyone comes before the start
    change_account(near, start + timedelta(days=40))  # neither near nor lately
    assert found(Signal.BANK_CHANGED_NEAR_START) == {"Near": []}
    assert found(Signal.PAYEE_CHANGED) == {"Lately": []}
    assert POINTS[Signal.BANK_CHANGED_NEAR_START] > POINTS[Signal.PAYEE_CHANGED]


PEOPLE = st.lists(
    st.fixed_dictionaries({
        "email": st.sampled_from(["", "a@x.example", "A@X.example ", "b@x.example"]),
        "phone": st.sampled_from(["", "0170 1234567", "+49 (0)170 1234567", "0049 170/1234567", "+1 212 555 0108",
                                  "+1 512 555 0108", "77"]),
        "bank_account": st.sampled_from(["", "DE89370400440532013000", "DE02120300000000202051"]),
        "supplier": st.sampled_from([None, 0]),
        "merged": st.sampled_from([None, None, 0, 1]),
    }),
    min_size=2, max_size=8,
)  # fmt: skip


def make_people(rows) -> list[Contributor]:
    Contributor.objects.filter(merged_into__isnull=False).delete()
    Contributor.objects.all().delete()
    made = []
    for number, row in enumerate(rows):
        values = {key: row[key] for key in ("email", "phone", "bank_account")}
        if row["supplier"] is not None and number > 0:
            values["supplier"] = made[0]
        if row["merged"] is not None and row["merged"] < number and made[row["merged"]].merged_into is None:
            values["merged_into"] = made[row["merged"]]
        made.append(cast.make_contributor("contractor", f"P{number}", **values))
    return made


def line_of(phone: str) -> str:
    """As the reference library for telephone numbers reads it."""
    if len(phone) < 7:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(phone, "DE"), phonenumbers.PhoneNumberFormat.E164)


def compare_every_two(people, value_of) -> set[tuple[int, int]]:
    root = {one.pk: one.merged_into_id or one.pk for one in people}
    supplies = {(root[one.pk], root[one.supplier_id]) for one in people if one.supplier_id}
    pairs = set()
    for one, other in combinations(people, 2):
        a, b = root[one.pk], root[other.pk]
        if value_of(one) and value_of(one) == value_of(other) and a != b and not {(a, b), (b, a)} & supplies:
            pairs |= {(a, b), (b, a)}
    return pairs


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=PEOPLE)
def test_sets_find_what_comparing_every_two_finds(rows):
    people = make_people(rows)
    for signal, value_of in (
        (Signal.SHARED_EMAIL, lambda one: one.email.strip().lower()),
        (Signal.SHARED_PHONE, lambda one: line_of(one.phone)),
        (Signal.SHARED_BANK_ACCOUNT, lambda one: one.bank_account),
    ):
        by_sets = {(reason.contributor, other) for reason in find_shared(signal) for other in reason.others}
        assert by_sets == compare_every_two(people, value_of), signal


def open_hits() -> set[tuple]:
    hits = ScreeningHit.objects.open()
    return {(h.contributor_id, h.signal, h.key, h.points, tuple(h.others), h.ground) for h in hits}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=PEOPLE, changes=st.lists(st.tuples(st.integers(0, 7), PEOPLE.map(lambda rows: rows[0])), max_size=4))
def test_screening_what_changed_gives_the_same_hits_as_screening_everyone(rows, changes):
    people = make_people(rows)
    screen(today=TODAY)
    for place, row in changes:
        one = people[place % len(people)]
        one.email, one.phone = row["email"], row["phone"]
        one.save()
        screen_touched({one.pk}, today=TODAY)
    step_by_step = open_hits()
    screen(today=TODAY)
    assert step_by_step == open_hits()


def test_the_command_s_object_is_as_promised(capsys):
    cast.make_contributor("employee", "Ada", bank_account="DE89370400440532013000")
    cast.make_contributor("contractor", "Bob", bank_account="DE89370400440532013000")
    result = screen(today=TODAY)
    assert set(result) == {"screened", "hits", "by_signal", "seconds"}
    assert (result["screened"], result["hits"], result["by_signal"]["shared_bank_account"]) == (2, 2, 2)
    assert set(result["by_signal"]) == set(Signal.values)
    assert Event.objects.filter(action="hit.opened").count() == 2
