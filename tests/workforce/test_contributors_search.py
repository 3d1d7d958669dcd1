"""Finding people by what one happens to know of them."""

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from orchestration.sources.models import Source, SourceRecord, SyncRun
from tests import cast
from workforce.contributors.models import Contributor
from workforce.contributors.search import in_order, search_contributors
from workforce.contributors.search_index import fold, lacks_trigrams, prepare_search

pytestmark = pytest.mark.django_db
NAMES = (
    "Jürgen Müller", "Jörg Mueller", "Juergen Mahler", "Łukasz Kowalski", "Zoë O'Brien", "Søren Ægidius", "Nguyễn Văn An",
    "María José García", "Wei Li", "Li Wei", "Anna Schmidt", "Anne Schmitt", "Johanna Schmid", "Rosenberg & Söhne",
    "Straßenbau Weiß", "Chloé D'Arcy-Jones", "İpek Yıldız", "Олена Шевченко",
)  # fmt: skip


@pytest.fixture
def people(db):
    return {name: cast.make_contributor("employee", name) for name in NAMES}


def names(user, words):
    canonical = Contributor.objects.visible_to(user).canonical()
    return [one.name for one in in_order(canonical, search_contributors(canonical, words, user=user))]


def record_of(source: str, key: str, contributor) -> None:
    system, _ = Source.objects.get_or_create(name=source)
    run = SyncRun.objects.create(source=system, kind="contributors", path="x.csv", started_at=timezone.now())
    SourceRecord.objects.create(
        source=system, kind="contributors", key=key, raw={}, raw_hash="", run=run, row=1, object_id=contributor.pk,
        first_seen_at=timezone.now(), last_seen_at=timezone.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Jurgen Muler", ["Jürgen Müller"]),
        ("müller jürgen", ["Jürgen Müller"]),
        ("MULLER", ["Jürgen Müller", "Jörg Mueller"]),
        ("Lukasz", ["Łukasz Kowalski"]),
        ("kowlaski", ["Łukasz Kowalski"]),
        ("obrien", ["Zoë O'Brien"]),
        ("o'brien zoe", ["Zoë O'Brien"]),
        ("soren", ["Søren Ægidius"]),
        ("nguyen an", ["Nguyễn Văn An"]),
        ("garcia maria", ["María José García"]),
        ("li", ["Li Wei"]),
        ("wei li", ["Wei Li", "Li Wei"]),
        ("an", ["Anna Schmidt", "Anne Schmitt", "Nguyễn Văn An"]),
        ("schmidt anna", ["Anna Schmidt", "Johanna Schmid", "Anne Schmitt"]),
        ("berg", ["Rosenberg & Söhne"]),
        ("strasse", ["Straßenbau Weiß"]),
        ("strasenbau", ["Straßenbau Weiß"]),
        ("weis", ["Straßenbau Weiß"]),
        ("yildiz", ["İpek Yıldız"]),
        ("шевченко", ["Олена Шевченко"]),
        ("nobody at all", []),
        ("%", []),
        ("", []),
        ('" OR *', []),
    ],
)
def test_a_name_is_found_whatever_the_order_accents_and_mistakes(people, hr, words, expected):
    assert names(hr, words)[: len(expected) or None] == expected


def is_mistyped(word: str, other: str) -> bool:
    """Counted letter by letter: one exchanged, too many, wrong or left out."""
    if abs(len(word) - len(other)) > 1:
        return False
    return OSA.distance(word, other) <= 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([word for name in NAMES for word in fold(name).split()]),
    st.integers(0, 20),
    st.sampled_from("abeix"),
    st.integers(0, 3),
)
def test_who_is_found_by_a_mistyped_word_agrees_with_comparing_every_name(people, hr, word, place, letter, mistake):
    place %= len(word)
    typed = (
        word[:place] + word[place + 1 :], word[:place] + letter + word[place:], word[:place] + letter + word[place + 1 :],
        word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
    )[mistake]  # fmt: skip
    if len(typed) < 4:
        return
    fits = {name for name in NAMES for one in fold(name).split() if typed in one or is_mistyped(typed, one)}
    assert set(names(hr, typed)) == fits


def test_any_id_leads_to_the_contributor(people, hr, operations):
    ada = cast.make_contributor(
        "employee", "Ada Stern", email="ada@harbour.example", phone="+49 (30) 123-45 67", national_id="DE85 0402X"
    )
    record_of("hris", "E-0007", ada)
    record_of("vms", "E-0007", people["Wei Li"])
    for words in (
        str(ada.pk),
        "hris:E-0007",
        "ada@harbour.example",
        "ADA@Harbour.Example",
        "030 1234567",
        "+49301234567",
    ):
        assert names(hr, words) == ["Ada Stern"], words
    assert names(hr, "E-0007") == ["Ada Stern", "Wei Li"]
    assert names(hr, "de850402x") == ["Ada Stern"]
    assert names(operations, "de850402x") == []
    assert names(hr, "0402X") == []  # never by a part


def test_the_name_and_ids_of_a_merged_record_lead_to_the_one_it_became(people, hr):
    twin = cast.make_contributor("contractor", "Gwendolyn Pryce", merged_into=people["Wei Li"])
    record_of("vms", "C-9", twin)
    for words in ("pryce", "gwendolin", "vms:C-9", str(twin.pk)):
        assert names(hr, words) == ["Wei Li"], words


def test_the_best_come_first(people, hr):
    for name in (
        "Lia Marlow",
        "Marlo Weber",
        "Marlow",
        "Petra Marlow-Huber",
        "Tomarlow AG",
        "Marlon Brook",
        "Marlowe Ltd",
    ):
        cast.make_contributor("vendor", name)
    assert names(hr, "marlow") == [
        "Marlow", "Marlowe Ltd", "Lia Marlow", "Petra Marlow-Huber", "Tomarlow AG", "Marlo Weber", "Marlon Brook",
    ]  # fmt: skip


def test_nobody_is_found_beyond_one_s_units(organisation, outsider, hr):
    assert names(hr, "ada stern") == ["Ada Stern"]
    assert (
        names(outsider, "ada stern")
        == names(outsider, str(organisation.employee.pk))
        == names(outsider, "DE850402X")
        == []
    )


def test_what_bulk_sql_writes_is_found_at_once(people, hr):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contributors_contributor SET name = %s WHERE id = %s", ["Quentin Archer", people["Wei Li"].pk]
        )
    assert names(hr, "archer") == names(hr, "arhcer") == ["Quentin Archer"]
    assert "Wei Li" not in names(hr, "wei li")
    Contributor.objects.bulk_create([Contributor(kind="employee", name="Philippa Drummond")])
    assert names(hr, "drumond") == ["Philippa Drummond"]


def test_what_the_search_lacks_is_made_again_by_the_next_migrate(people, hr):
    lost = "TRIGGER contributors_words_in" if connection.vendor == "sqlite" else "INDEX contributor_words"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {lost}")
    cast.make_contributor("employee", "Philippa Drummond")
    connection.check_constraints()  # PostgreSQL makes no index while checks of a table are put off
    prepare_search()
    assert names(hr, "drumond") == ["Philippa Drummond"]
    assert names(hr, "muler") == ["Jürgen Müller"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL has trigrams to miss")
def test_without_trigrams_mistyped_names_are_found_all_the_same(people, hr):
    assert not lacks_trigrams(connection)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX contributors_vocabulary_trigram")
    assert lacks_trigrams(connection)
    assert names(hr, "kowlaski") == ["Łukasz Kowalski"]


@pytest.mark.parametrize(
    "words",
    [
        "\x00",
        "'",
        "\\",
        "%_",
        "a" * 5000,
        "ﷺ" * 200,
        "(((",
        "NOT a",
        "name:x",
        "\ud800",
        "💥",
        "* * *",
        "a & b | !c",
        "-1",
        "9" * 40,
    ],
)
def test_hostile_words_find_nobody_and_break_nothing(people, hr, words):
    cast.make_contributor("employee", "ﷺ㍿" * 100)
    assert "Wei Li" not in names(hr, words)
