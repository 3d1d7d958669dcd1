"""Names plain and with errors, in other scripts, swapped, joined and short of parts; birth dates and countries."""

import csv
import gzip
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.screening.likeness import name_likeness, word_likeness
from governance.screening.match import REVIEW_SCORE, Index, Listed, Subject
from governance.screening.names import tokens_of, weight
from governance.screening.reading.read import read_lists
from governance.screening.reading.text import read_country
from tests.shared import DATA, needs_data

LISTED = Listed(7, ("QUORVAN, Idris Belmar", "Abd al-Rahman Quorvan"), "person", ("1961-03-04",), ("LY",))
FIRM = Listed(8, ("MARLOW SHIPPING CO. LTD.",), "firm", (), ("GB",))
INDEX = Index([LISTED, FIRM])


def find(name: str, *, born=(), countries=(), is_person=True) -> dict[int, float]:
    subject = Subject(1, (name,), is_person, tuple(born), tuple(countries))
    return {found.entry: found.score for found in INDEX.find(subject, least=REVIEW_SCORE)}


@pytest.mark.parametrize(
    "name",
    ["Idris Belmar Quorvan", "QUORVAN Idris Belmar", "Quorvan, Idris", "Idriss Belmar Quorvan", "Idris Belmr Quorvan",
     "Idris B. Quorvan", "Dr. Idris Belmar Quorvan", "IdrisBelmar Quorvan", "Id ris Belmar Quorvan",
     "Idrís Bèlmar Quórvan", "Идрис Белмар Кворван", "Abdulrahman Quorvan", "Abdel Rahman al-Quorvan"],
)  # fmt: skip
def test_the_listed_person_is_found(name):
    assert 7 in find(name, born=["1961-03-04"], countries=["LY"])


@pytest.mark.parametrize(
    "name", ["Idris Marchetti", "Belmar Foods", "Quincy Vance", "Ida Bell", "Rahman Sultana", "Abd Rahman", "Idris", ""]
)
def test_others_are_not(name):
    assert find(name, born=["1990-01-01"], countries=["FR"]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [("محمد علي", "Mohamed Ali"), ("أحمد حسن", "Ahmed Hassan"), ("خالد محمود", "Khaled Mahmoud"),
     ("عبد الله", "Abdullah"), ("Дмитрий Орлов", "Dmitry Orlov"), ("李明", "Li Ming"), ("王小龙", "WANG, Xiaolong"),
     ("이민호", "Lee Min Ho"), ("Νικόλαος", "Nikolaos"), ("דוד", "David")],
)  # fmt: skip
def test_other_scripts_are_read(one, other):
    assert name_likeness(tokens_of(one), tokens_of(other)).score >= REVIEW_SCORE


def test_birth_date_and_country_raise_and_lower():
    plain = find("Idris Belmar Quorvn")[7]
    assert find("Idris Belmar Quorvn", born=["1961-03-04"], countries=["LY"])[7] > plain
    assert find("Idris Quorvan", born=["1961-03-04"])[7] > find("Idris Quorvan", born=["1961"])[7]
    assert 7 not in find("Idris Belmar Quorvn", born=["1990-01-01"], countries=["FR"])


def test_each_line_says_what_it_weighs_and_the_sum_is_the_score():
    found = INDEX.find(Subject(1, ("Idris Quorvan",), True, ("1961-03-04",), ("FR",)), least=REVIEW_SCORE)[0]
    assert [line["what"] for line in found.lines] == ["name", "birth_date", "country"]
    assert found.score == pytest.approx(min(1, sum(line["points"] for line in found.lines)), abs=0.001)
    assert "idris = idris" in found.lines[0]["why"]


def test_a_person_is_no_firm_and_legal_forms_tell_nothing():
    assert 8 in find("Marlow Shipping GmbH", is_person=False)
    assert 8 in find("Marlow Shiping", is_person=False)
    assert find("Marlow Shipping", is_person=True) == {}


def test_the_answer_does_not_hang_on_what_else_is_listed():
    alone = {found.entry: found.score for found in Index([LISTED]).find(Subject(1, ("Idris Quorvan",)), least=0.8)}
    assert alone == {found.entry: found.score for found in INDEX.find(Subject(1, ("Idris Quorvan",)), least=0.8)}


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_the_comparison(one, other):
    first, second = tokens_of(one), tokens_of(other)
    assert all(word.isascii() and word.isalnum() and weight(word) > 0 for word in first)
    score = name_likeness(first, second).score
    assert 0 <= score <= 1.0000001
    assert name_likeness(second, first).score == pytest.approx(score)
    if first:
        assert name_likeness(first, first).score == 1
    INDEX.find(Subject(1, (one, other)), least=REVIEW_SCORE)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=14), st.data())
def test_one_wrong_letter_is_always_forgiven(word, data):
    place = data.draw(st.integers(1, len(word) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    for wrong in (
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + letter + word[place + 1 :],
    ):
        assert word_likeness(word, wrong) >= 0.72


def misspell(name: str, chance: random.Random) -> str:
    """A typing error, two parts swapped, a joined or a missing part."""
    words = name.replace(",", "").split()
    kind = chance.randrange(4)
    if kind == 0:
        place = max(range(len(words)), key=lambda i: len(words[i]))
        letter = chance.randrange(1, max(2, len(words[place]) - 1))
        words[place] = words[place][:letter] + words[place][letter + 1 :]
    elif kind == 1:
        chance.shuffle(words)
    elif kind == 2 and len(words) > 2:
        words[:2] = ["".join(words[:2])]
    elif kind == 3 and len(words) > 2:
        words.pop(chance.randrange(1, len(words)))
    return " ".join(words)


@needs_data
def test_the_published_lists_are_found_again_and_clean_people_are_left_alone():
    lists = DATA / "sanctions-lists"
    readings = read_lists([lists / "ofac-2022", lists / "un-2026-02-27"])
    entries = [entry for reading in readings.values() for entry in reading.entries.values()]
    index = Index(
        Listed(number, (e.name, *e.aliases), e.kind, tuple(e.birth_dates), tuple(e.countries))
        for number, e in enumerate(entries)
    )
    chance = random.Random(7)
    people = [(number, e) for number, e in enumerate(entries) if e.kind == "person"]
    found = 0
    asked = chance.sample(people, 400)
    for number, e in asked:
        subject = Subject(0, (misspell(e.name, chance),), True, tuple(e.birth_dates[:1]), tuple(e.countries[:1]))
        found += any(hit.entry == number for hit in index.find(subject, least=REVIEW_SCORE))
    assert found / len(asked) >= 0.95
    packed = lists / "screening-bench" / "fixtures" / "negatives_global.csv.gz"
    rows = list(csv.DictReader(io.StringIO(gzip.decompress(packed.read_bytes()).decode())))
    clean = [
        Subject(0, (row["full_name"],), True, (row["date_of_birth"],), (read_country(row["nationality"]),))
        for row in chance.sample(rows, 1500)
    ]
    assert sum(bool(index.find(one, least=REVIEW_SCORE)) for one in clean) / len(clean) <= 0.005
