"""Identity: what is merged, what is never merged, and that a person's decision survives every run."""

from datetime import date

import pytest

from orchestration.sources.firms import plain_words
from orchestration.sources.identity import resolve_identities, unmerge
from orchestration.sources.models import Match, Merge
from workforce.contributors.confidential import key_hash
from workforce.contributors.models import Contributor
from workforce.ledger.models import Event

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 1)


def person(given, family, *, kind="employee", national="", tax="", **facts):
    return Contributor.objects.create(
        kind=kind, name=f"{given} {family}", given_name=given, family_name=family, national_id=national,
        national_id_hash=key_hash(national), tax_id=tax, tax_id_hash=key_hash(tax), **facts,
    )  # fmt: skip


def groups():
    found = {}
    for c in Contributor.objects.order_by("id"):
        found.setdefault(c.merged_into_id or c.pk, []).append(c.name)
    return [names for names in found.values() if len(names) > 1]


def test_the_strong_rules_merge_into_the_earliest_record():
    person("Ada", "Berg", national="N 1")
    person("A.", "Berg-Chen", national="n-1", kind="contractor")
    person("Bo", "Müller", birth_date=BORN)
    person("MULLER", "Bo", birth_date=BORN, kind="contractor")
    person("Cy", "Diaz", email="cy@example.org")
    person("Cyrus", "Diaz", email="CY@example.org")
    person("Tank", "GmbH", kind="vendor", tax="DE 1")
    person("Tank", "Group", kind="partner", tax="DE1")
    result = resolve_identities()
    assert groups() == [
        ["Ada Berg", "A. Berg-Chen"], ["Bo Müller", "MULLER Bo"], ["Cy Diaz", "Cyrus Diaz"], ["Tank GmbH", "Tank Group"],
    ]  # fmt: skip
    assert (result.records, result.contributors, result.merged) == (8, 4, 4)
    assert Event.objects.filter(action="contributor.merged").count() == 4


def test_near_twins_are_never_merged():
    person("Jan", "Beck", birth_date=BORN, email="beck@example.org", street="Weg 1", postcode="1")
    person("Jan", "Beck", birth_date=date(2001, 5, 1), email="beck@example.org", street="Weg 1", postcode="1")
    person("Eva", "Roth", birth_date=BORN, national="N1")
    person("Eva", "Roth", birth_date=BORN, national="N2")
    person("Sam", "Hill", national="N9")
    person("Sam", "Hill", kind="vendor", national="N9")
    person("Reader", "One", kind="ai_agent", email="a@example.org")
    person("Reader", "One", kind="ai_agent", email="a@example.org")
    person("One", "Name", email="office@example.org")
    person("Other", "Person", email="office@example.org")
    assert resolve_identities().merged == 0
    assert groups() == []


def test_a_parted_pair_is_not_merged_through_a_third():
    person("Jan", "Beck", birth_date=BORN, email="beck@example.org")
    person("Jan", "Beck", email="beck@example.org")
    person("Jan", "Beck", birth_date=date(2001, 5, 1), email="beck@example.org")
    assert resolve_identities().merged == 1
    assert [len(names) for names in groups()] == [2]


def test_again_changes_nothing_and_a_dry_run_keeps_nothing():
    person("Ada", "Berg", national="N1")
    person("Ada", "Berg", national="N1")
    tried = resolve_identities(dry_run=True)
    assert (tried.merged, tried.contributors, Merge.objects.count()) == (1, 1, 0)
    assert resolve_identities().merged == 1
    again = resolve_identities()
    assert (again.merged, again.contributors, Merge.objects.count()) == (0, 1, 1)


def test_merged_records_always_point_to_a_root_and_unmerge_gives_them_back():
    first = person("Ada", "Berg", email="ada@example.org")
    second = person("Ada", "Roth", national="N1", birth_date=BORN)
    third = person("A", "Roth", national="N1")
    resolve_identities()
    third.refresh_from_db()
    assert third.merged_into == second
    Contributor.objects.filter(pk=first.pk).update(national_id_hash=key_hash("N1"))
    resolve_identities()
    assert set(Contributor.objects.exclude(merged_into=None).values_list("merged_into", flat=True)) == {first.pk}
    unmerge(Merge.objects.get(merged=second, undone_at=None))
    second.refresh_from_db()
    third.refresh_from_db()
    assert (second.merged_into, third.merged_into) == (None, second)
    assert resolve_identities().merged == 0


def test_alike_without_a_birth_date_is_for_a_person_to_look_at():
    person("Ada", "Berg", phone="+49 30 123456")
    person("Berg", "Ada", phone="004930123456", birth_date=BORN)
    result = resolve_identities()
    assert (result.merged, result.to_review) == (0, 1)
    words = [words for words, _ in Match.objects.get().reasons]
    assert words[:2] == ["same phone", "given and family name are swapped"]
    assert words[-1] == "for a person to decide: neither birth date, id nor e-mail speaks for it"


@pytest.mark.parametrize(("a", "b"), [("Müller, Jürgen", "jurgen muller"), ("Weiß", "WEISS"), ("O'Neil", "o neil")])
def test_names_are_compared_without_case_accents_and_order(a, b):
    assert plain_words(a) == plain_words(b)


def test_what_agrees_in_many_ways_is_merged_unless_it_contradicts_itself():
    home = {"street": "Weg 1", "postcode": "10115", "city": "Berlin"}
    person("Katharina", "Schneider", birth_date=BORN, **home)
    person("Katarina", "Schneidre", birth_date=BORN, **home)
    person("Lena", "Vogt", birth_date=BORN, national="N1", **home)
    person("Lena", "Vogt", birth_date=date(1981, 5, 1), national="N1", **home)  # one digit is off, all else agrees
    person("Mia", "Vogt", birth_date=BORN, **home)  # may be a twin
    person("Paul", "Kern", birth_date=BORN, national="N2", **home)
    person("Paul", "Kern", birth_date=date(1974, 11, 30), national="N2", **home)
    resolve_identities()
    assert groups() == [["Katharina Schneider", "Katarina Schneidre"], ["Lena Vogt", "Lena Vogt"]]
    assert {(m.first.name, m.second.name): m.reasons[-1][0] for m in Match.objects.all()} == {
        ("Lena Vogt", "Mia Vogt"): "for a person to decide: the given names differ: they may be relatives",
        ("Paul Kern", "Paul Kern"): "for a person to decide: the birth dates differ",
    }
