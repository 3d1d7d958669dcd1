"""Whatever bytes come as a file: it is read or refused in words, and nothing crashes."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.sources import shapes
from orchestration.sources.contents import find_date_forms, find_decimal_mark
from orchestration.sources.kinds import KINDS
from orchestration.sources.mapping import Mapping, check_mapping
from orchestration.sources.models import Delivery
from orchestration.sources.preset_files import load_presets
from orchestration.sources.recognise import choose_table, propose
from orchestration.sources.sample import take_sample
from orchestration.sources.unreadable import UnreadableTable
from orchestration.sources.values import read_row
from workforce.contributors.models import Contributor

ENDINGS = st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".sql", ".xlsx", ".gz", ""])
SQL = st.lists(
    st.sampled_from([
        "INSERT INTO t VALUES ", "INSERT INTO `t` (a, b) VALUES ", "COPY t (a) FROM stdin;\n", "CREATE TABLE t (a int, ",
        "(1,'x')", "('it''s')", r"('a\'b')", "(NULL, -1.5e3)", "(now())", ",", ";", ")", "'", "\\.\n", "\\N\t", "$$", "--\n",
        "/*", "*/", "\x00", "é", "\n", '"', "`",
    ])
).map("".join)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
QUIET = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def read_whole(folder: Path, ending: str, content: bytes) -> None:
    """The way of an upload, without its database."""
    path = folder / f"file{ending}"
    path.write_bytes(content)
    try:
        sample = take_sample(path, choose_table(path))
    except UnreadableTable:
        return
    proposal = propose(sample)
    for _, raw, wrong in sample.rows[:20]:
        if not wrong:
            read_row(KINDS[proposal.kind], raw, proposal.mapping)
    json.dumps(proposal.mapping.__dict__)


@QUIET
@given(st.binary(max_size=400), ENDINGS)
def test_random_bytes(tmp_path, content, ending):
    read_whole(tmp_path, ending, content)


@QUIET
@given(st.text(alphabet=st.sampled_from('ab,;|\t"\n\r\\1-.@\x00é/:')), ENDINGS)
def test_text_made_of_what_tables_are_made_of(tmp_path, content, ending):
    read_whole(tmp_path, ending, content.encode())


@QUIET
@given(SQL)
def test_dumps_cut_anywhere(tmp_path, content):
    read_whole(tmp_path, ".sql", content.encode())


@QUIET
@given(st.lists(JSON, max_size=4), st.booleans())
def test_json_of_any_shape(tmp_path, values, is_lines):
    text = "\n".join(json.dumps(value) for value in values) if is_lines else json.dumps(values)
    read_whole(tmp_path, ".json", text.encode())


@pytest.mark.django_db
def test_json_with_what_no_database_keeps(client, admin_user):
    content = b'{"a\\u0000b": "x", "name": "\\ud800", "id": "1\\u0000", "status": "active"}\n{"name": "Bo", "id": "2"}'
    client.force_login(admin_user)
    page = client.post("/sources/upload/", {"table": ContentFile(content, "t.jsonl"), "source": "hris"}, follow=True)
    one = Delivery.objects.get()
    chosen = {"column_1": "name", "column_2": "source_id", "constant_kind": "employee", "does": "take"}
    client.post(f"/sources/deliveries/{one.pk}/", {"does": "read-as", "kind": "contributors"})
    page = client.post(f"/sources/deliveries/{one.pk}/", chosen, follow=True)
    assert "holds a NUL character" in page.content.decode()
    assert list(Contributor.objects.values_list("name", flat=True)) == ["Bo"]


def test_nesting_without_end_is_refused(tmp_path):
    read_whole(tmp_path, ".json", b"[" * 200_000)
    read_whole(tmp_path, ".jsonl", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


@QUIET
@given(st.text(max_size=40), st.sampled_from([".", ","]))
def test_a_shape_takes_any_text_and_gives_text(text, decimal):
    for shape in shapes.SHAPES.values():
        assert isinstance(shape(text, decimal), str)


@QUIET
@given(st.lists(st.text(alphabet="0123456789/.-: TJanMar", max_size=12), max_size=8))
def test_forms_are_found_in_any_cells(cells):
    find_date_forms(cells)
    assert find_decimal_mark(cells) in ".,"


@QUIET
@given(JSON)
def test_a_mapping_of_any_shape_is_taken_or_refused_in_words(facts):
    with suppress(ValueError):  # and nothing else
        check_mapping(facts)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"dates": 7}, "dates is a form"),
        ({"dates": {"a": [1]}}, "dates is a form"),
        ({"shapes": {"hours": ["weeks"]}}, "'weeks' is no shape"),
        ({"joins": {"bank_account": ["a"]}}, "confidential"),
        ({"find": {"engagement": {"colour": ["a"]}}}, "find has"),
        ({"spans": {"hours": [["a"]]}}, "spans has two lists"),
        ({"decimal": ";"}, "decimal is"),
        ({"colums": {}}, "is no part of a mapping"),
    ],
)
def test_a_wrong_part_of_a_mapping_is_named(facts, words):
    with pytest.raises(ValueError, match=words):
        check_mapping(facts)


def test_every_preset_fills_what_its_kind_requires():
    for preset in load_presets():
        assert preset.kind in KINDS
        unknown = {ours for ours in preset.mapping.columns.values() if ours} - set(KINDS[preset.kind].by_name)
        assert (str(preset), unknown) == (str(preset), set())


@pytest.mark.django_db
@settings(parent=QUIET, max_examples=25)
@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.json", "t.sql", "t.xlsx", "t.gz"]))
def test_the_upload_page_answers_any_file(client, admin_user, content, name):
    client.force_login(admin_user)
    response = client.post("/sources/upload/", {"table": ContentFile(content, name), "source": "hris"})
    assert response.status_code in (200, 302)
    for one in Delivery.objects.all():
        assert client.get(f"/sources/deliveries/{one.pk}/").status_code == 200
        one.file.delete(save=False)
        one.delete()


def test_an_untouched_mapping_leaves_canonical_rows_alone():
    row = {"source_id": "1", "kind": "employee", "name": "Ada"}
    assert Mapping().translate(row) == row
