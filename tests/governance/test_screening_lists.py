"""Watchlists in their published layouts; the names are invented, the traps are those of the published files."""

import gzip

import pytest
from django.core.management import CommandError, call_command

from governance.screening.load import import_watchlist
from governance.screening.models import WatchlistEntry, WatchlistRefusal, WatchlistVersion
from governance.screening.reading.entry import UnreadableList
from governance.screening.reading.read import read_lists
from governance.screening.reading.text import read_birth, read_country
from orchestration.sources.sync import import_table
from tests.shared import DATA, needs_data
from workforce.ledger.models import Event

NULL = "-0- "
SDN = (
    f'101,"QUORN, Idris",individual,TEST,{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},'
    "\"DOB 04 Mar 1961; alt. DOB 1962; POB Town; nationality Korea, North; a.k.a. 'THE HERON'.\"\n"
    f"102,MARL SHIPPING CO. LTD.,{NULL},TEST,{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},{NULL}\n"
    f"103,GREY GULL,vessel,TEST,{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},{NULL},{NULL}\n\x1a"
)
ALT = f'101,11,aka,"QUOORN, Edris",{NULL}\n102,12,fka,MARL LINES,{NULL}\n\x1a'
ADD = f'102,21,"1 Quay Road",Port Town,United Kingdom,{NULL}\n'
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-01-01T00:00:00Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>
<FIRST_NAME>SABRAN</FIRST_NAME><SECOND_NAME>OLVEK</SECOND_NAME><THIRD_NAME>na</THIRD_NAME>
<UN_LIST_TYPE>Test</UN_LIST_TYPE><REFERENCE_NUMBER>TEi.001</REFERENCE_NUMBER>
<NAME_ORIGINAL_SCRIPT>صبران</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Libya</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>SABRAN OLWEK</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1973</TO_YEAR>
</INDIVIDUAL_DATE_OF_BIRTH></INDIVIDUAL></INDIVIDUALS><ENTITIES><ENTITY><DATAID>2</DATAID>
<FIRST_NAME>OLVEK TRADING HOUSE</FIRST_NAME><REFERENCE_NUMBER>TEe.001</REFERENCE_NUMBER></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""
BIS = (
    '"Name"\t"Street_Address"\t"City"\t"State"\t"Country"\t"Postal_Code"\t"Effective_Date"\t"Expiration_Date"\t'
    '"Standard_Order"\t"Last_Update"\t"Action"\t"FR_Citation"\n'
    '" TESSA VURN"\t"1 ROAD"\t"TOWN"\t"TX"\t"US"\t"1"\t"10/16/2017"\t"10/13/2030"\t"Y"\t"2017-10-23"\t"X"\t"82 F.R. 1"\n'
    '"SHORT ROW"\t"1 ROAD"\n'
)
OWN = (
    "source_id;name;aliases;birth_date;country;list\nW1;Evil Corp;Evil Inc;;US;House\nW2;Bad Date;;31.02.1970;;House\n"
)


def write(folder, **files) -> dict:
    paths = {}
    for name, text in files.items():
        paths[name] = folder / f"{name}.csv"
        paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths


def entries_of(readings) -> dict:
    return {entry.key: entry for reading in readings.values() for entry in reading.entries.values()}


def test_the_treasury_s_files_are_told_by_content_and_joined_by_number(tmp_path):
    write(tmp_path, zzz=SDN, aaa=ALT, bbb=ADD)  # names that say nothing, in the wrong order
    readings = read_lists([tmp_path])
    entries = entries_of(readings)
    assert list(readings) == ["OFAC SDN"]
    assert readings["OFAC SDN"].refusals == []
    person, firm, vessel = entries["101"], entries["102"], entries["103"]
    assert (person.name, person.kind) == ("QUORN, Idris", "person")
    assert (person.aliases, person.birth_dates) == (["THE HERON", "QUOORN, Edris"], ["1961-03-04", "1962"])
    assert person.countries == ["KP"]
    assert (firm.kind, firm.countries, firm.aliases, vessel.kind) == ("firm", ["GB"], ["MARL LINES"], "vessel")


def test_a_header_row_and_gzip_do_not_matter(tmp_path):
    headed = "ent_num,SDN_Name,SDN_Type,Program,Title,Call_Sign,Vess_type,Tonnage,GRT,Vess_flag,Vess_owner,Remarks\r\n"
    write(tmp_path, sdn=gzip.compress((headed + SDN.replace("\n", "\r\n")).encode()))
    assert sorted(entries_of(read_lists([tmp_path]))) == ["101", "102", "103"]


def test_the_un_s_list_keeps_scripts_spans_of_birth_and_firms(tmp_path):
    write(tmp_path, un=UN)
    entries = entries_of(read_lists([tmp_path]))
    person = entries["TEi.001"]
    assert (person.name, person.aliases) == ("SABRAN OLVEK", ["صبران", "SABRAN OLWEK"])
    assert (person.birth_dates, person.countries) == (["1970/1973"], ["LY"])
    assert (entries["TEe.001"].kind, entries["TEe.001"].name) == ("firm", "OLVEK TRADING HOUSE")


def test_bad_rows_are_refused_in_words_and_good_ones_kept(tmp_path):
    write(tmp_path, bis=BIS, own=OWN, sdn=SDN + "||||\n104,NO TYPE,robot" + ",x" * 9 + "\n", alt="999,1,aka,LOST,\n")
    readings = read_lists([tmp_path])
    told = {name: [refusal.message for refusal in reading.refusals] for name, reading in readings.items()}
    assert told["BIS denied persons"] == ["The row has 2 columns, the header has 12."]
    assert told["Own watchlist"] == [
        "'31.02.1970' is no birth date. Write it as 1975-03-31 or, when only that is known, 1975."
    ]
    assert told["OFAC SDN"] == [
        "The row begins with '||||' where the entity number belongs. Fetch the file again.",
        "'robot' is no type; known are individual, vessel, aircraft and none.",
        "Entity 999 is not in the file of names. Take the files of one date together.",
    ]
    assert [len(reading.entries) for reading in readings.values()] == [3, 1, 1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no watchlist in a layout known here"),
        (b"<CONSOLIDATED_LIST><broken>", "Fetch the file again"),
        (
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><CONSOLIDATED_LIST>&e;</CONSOLIDATED_LIST>',
            "DOCTYPE",
        ),
        (b"<html/>", "not the UN's"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
    ],
)
def test_what_is_no_list_is_refused_whole(content, says, tmp_path):
    write(tmp_path, file=content)
    with pytest.raises(UnreadableList, match=says):
        read_lists([tmp_path])


def test_aliases_alone_ask_for_their_names(tmp_path):
    write(tmp_path, alt=ALT)
    with pytest.raises(UnreadableList, match=r"Give sdn\.csv"):
        read_lists([tmp_path])


@pytest.mark.parametrize(
    ("text", "read"),
    [("10 Dec 1948", "1948-12-10"), ("1962", "1962"), ("circa 1965", "1965"), ("1955 to 1960", "1955/1960"),
     ("01 Jan 1970 to 31 Dec 1972", "1970/1972"), ("Aug 1970", "1970"), ("soon", ""), ("3055", "")],
)  # fmt: skip
def test_birth_dates_are_read_as_far_as_they_are_known(text, read):
    assert read_birth(text) == read


def test_countries_are_read_by_former_names_too():
    read = [read_country(name) for name in ("Burma", "Korea, North", "Syria", "DE", "Nowhere")]
    assert read == ["MM", "KP", "SY", "DE", ""]


@pytest.mark.django_db
def test_a_list_has_versions_and_what_vanishes_is_closed_not_deleted(tmp_path):
    write(tmp_path, sdn=SDN)
    import_watchlist(paths=[tmp_path])
    again = import_watchlist(paths=[tmp_path])["lists"][0]
    assert (again["added"], again["changed"], again["closed"], again["unchanged"]) == (0, 0, 0, 3)
    assert WatchlistVersion.objects.count() == 1  # the same bytes are the same version
    write(tmp_path, sdn="".join(line for line in SDN.splitlines(keepends=True) if not line.startswith("102")))
    shorter = import_watchlist(paths=[tmp_path])["lists"][0]
    assert (shorter["closed"], shorter["unchanged"]) == (1, 2)
    assert WatchlistEntry.objects.get(key="102").closed_at is not None
    write(tmp_path, sdn=SDN)
    assert import_watchlist(paths=[tmp_path])["lists"][0]["changed"] == 1  # it came back
    assert list(WatchlistEntry.objects.filter(closed_at=None).values_list("key", flat=True).order_by("key")) == [
        "101", "102", "103",
    ]  # fmt: skip
    assert Event.objects.filter(action="watchlist.imported").count() == 3


@pytest.mark.django_db
def test_a_row_that_came_broken_is_not_held_to_be_gone(tmp_path):
    write(tmp_path, sdn=SDN)
    import_watchlist(paths=[tmp_path])
    write(tmp_path, sdn=SDN.replace("GREY GULL,vessel", "GREY GULL,balloon"))
    report = import_watchlist(paths=[tmp_path])["lists"][0]
    assert (report["closed"], report["refused"]) == (0, 1)
    assert WatchlistEntry.objects.get(key="103").closed_at is None
    assert WatchlistRefusal.objects.get().row == 3


@pytest.mark.django_db
def test_a_file_that_was_cut_off_closes_nothing(tmp_path):
    rows = [f"{number},NAME {number},{NULL},TEST" + f",{NULL}" * 8 for number in range(200)]
    write(tmp_path, sdn="\n".join(rows))
    import_watchlist(paths=[tmp_path])
    write(tmp_path, sdn="\n".join(rows[:20]))
    with pytest.raises(UnreadableList, match="as if the file were cut off"):
        import_watchlist(paths=[tmp_path])
    assert WatchlistEntry.objects.filter(closed_at=None).count() == 200
    assert import_watchlist(paths=[tmp_path], allow_shrink=True)["lists"][0]["closed"] == 180


@pytest.mark.django_db
def test_the_command_ends_as_promised(tmp_path, capsys):
    write(tmp_path, bis=BIS)
    with pytest.raises(SystemExit, match="1"):
        call_command("import_watchlist", str(tmp_path), "--json")
    with pytest.raises(CommandError) as refusal:
        call_command("import_watchlist", str(tmp_path / "missing"))
    assert refusal.value.returncode == 2


@pytest.mark.django_db
def test_the_canonical_table_is_taken_by_import_data_into_the_same_entries(tmp_path):
    path = write(tmp_path, own=OWN.replace("31.02.1970", "1970-02-03"))["own"]
    report = import_table(kind="watchlist", paths=[path], source="lists")
    assert (report.created, report.rejected) == (2, 0)
    assert WatchlistEntry.objects.get(name="Bad Date").birth_date.isoformat() == "1970-02-03"


@needs_data
def test_the_published_files_are_read_whole():
    lists = DATA / "sanctions-lists"
    readings = read_lists([lists / "ofac-2022", lists / "un-2026-02-27", lists / "ofac-2019" / "dpl.txt.gz"])
    counts = {name: (reading.seen, len(reading.entries)) for name, reading in readings.items()}
    assert counts == {
        "OFAC SDN": (9044, 9043),
        "UN Security Council": (1003, 1003),
        "BIS denied persons": (546, 543),
    }
    broken = read_lists([lists / "invalidFiles"])
    assert {name: len(reading.refusals) for name, reading in broken.items()} == {
        "Consolidated screening list": 4,
        "OFAC SDN": 4,
    }
