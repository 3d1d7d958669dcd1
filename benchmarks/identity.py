"""Identity resolution against Splink on sets with known truth: `python -m benchmarks.identity FOLDER`.

FOLDER holds `febrl/dataset*.csv.gz` (the truth is in rec_id; files 4a and 4b are two sources) and `splink/fake_1000.csv`
(the truth is in `cluster`). Each set goes through the commands into the database of DATABASE_URL, which must be migrated
and hold no contributors, and leaves nothing behind. Splink gets what came through: the same rows, the same run.
`--records N` measures N records made here instead, for time and memory.
"""

import argparse
import csv
import gzip
import io
import json
import logging
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestration.settings")
django.setup()

import splink.comparison_library as cl  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: E402

from orchestration.sources.bulk import insert_rows  # noqa: E402
from orchestration.sources.identity import resolve_identities  # noqa: E402
from orchestration.sources.models import SourceRecord  # noqa: E402
from workforce.contributors.confidential import encrypt, key_hash  # noqa: E402
from workforce.contributors.models import Contributor  # noqa: E402

PRECISION = 0.995
FEBRL = {
    "rec_id": "source_id", "surname": "family_name", "address_1": "street", "suburb": "city", "state": "region",
    "date_of_birth": "birth_date", "soc_sec_id": "national_id",
}  # fmt: skip
FAKE = {"unique_id": "source_id", "first_name": "given_name", "surname": "family_name", "dob": "birth_date"}
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)


class _Undone(Exception):
    """Ends the transaction of a set, so that nothing stays."""


def measure(folder: Path) -> bool:
    """Prints a line for each set and says whether the promise holds on all."""
    kept = []
    for name, parts, columns, truth in find_sets(folder):
        for with_id in (True, False) if "soc_sec_id" in columns else (False,):
            mapping = {ours: theirs for ours, theirs in columns.items() if with_id or ours != "soc_sec_id"}
            kept.append(compare(f"{name}, {'with' if with_id else 'without'} national id", parts, mapping, truth))
    if not kept:
        print(f"No data set of known truth lies in {folder}: nothing to measure.")
    return all(kept)


def find_sets(folder: Path):
    """(name, {source: rows}, mapping of columns, truth by (source, source_id))."""
    for number in ("1", "2", "3"):
        if (path := folder / "febrl" / f"dataset{number}.csv.gz").exists():
            yield f"FEBRL {number}", *read_febrl({"febrl": path})
    two = {f"febrl_{half}": folder / "febrl" / f"dataset4{half}.csv.gz" for half in "ab"}
    if all(path.exists() for path in two.values()):
        yield "FEBRL 4", *read_febrl(two)
    if (path := folder / "splink" / "fake_1000.csv").exists():
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        truth = {("fake", row["unique_id"]): row.pop("cluster") for row in rows}
        yield "fake_1000", {"fake": rows}, FAKE, truth


def read_febrl(paths: dict[str, Path]) -> tuple[dict, dict, dict]:
    parts, truth = {}, {}
    for source, path in paths.items():
        text = gzip.decompress(path.read_bytes()).decode().replace(", ", ",")
        parts[source] = list(csv.DictReader(io.StringIO(text)))
        truth |= {(source, row["rec_id"]): re.match(r"rec-(\d+)", row["rec_id"])[1] for row in parts[source]}
    return parts, FEBRL, truth


def compare(title: str, parts: dict[str, list[dict]], columns: dict[str, str], truth: dict) -> bool:
    """Both sides on one set; whether ours keeps the promise."""
    try:
        with transaction.atomic():
            lost, ours, seconds = run_ours(parts, columns)
            people = [
                dict(zip(("pk", *FIELDS), row, strict=True))
                for row in Contributor.objects.order_by("pk").values_list("pk", *FIELDS)
            ]
            records = SourceRecord.objects.values_list("object_id", "source__name", "key")
            truth_of = {pk: truth[source, key] for pk, source, key in records}
            raise _Undone
    except _Undone:
        pass
    started = time.monotonic()
    theirs = run_splink(people)
    their_seconds = time.monotonic() - started
    precision, recall, f1 = score(ours, truth_of)
    all_true = count_pairs(Counter(truth.values()).values())
    there = count_pairs(Counter(truth_of.values()).values())
    best_threshold, best = max(
        ((t, score(labels, truth_of)) for t, labels in theirs.items()), key=lambda pair: pair[1][2]
    )
    holds = precision >= PRECISION and f1 >= best[2]
    print(
        f"{title}: {len(people):,} records of {sum(map(len, parts.values())):,}; {lost} rows refused, {all_true - there} of "
        f"{all_true} true pairs with them\n"
        f"  ours    precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}  {seconds:.1f} s\n"
        f"  Splink  precision {best[0]:.4f} recall {best[1]:.4f} F1 {best[2]:.4f}  {their_seconds:.1f} s "
        f"(best of its thresholds: {best_threshold})\n  {'holds' if holds else 'DOES NOT HOLD'}"
    )
    return holds


FIELDS = (
    "given_name", "family_name", "street", "city", "postcode", "region", "birth_date", "national_id", "email", "phone", "title",
)  # fmt: skip


def run_ours(parts: dict[str, list[dict]], columns: dict[str, str]) -> tuple[int, dict, float]:
    """Rows refused, cluster by record and seconds, all by the commands."""
    lost = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        mapping = folder / "mapping.json"
        header = next(iter(parts.values()))[0]
        names = [name for name in header if columns.get(name, name) in ("given_name", "family_name")]
        febrl = {"dates": "%Y%m%d", "shapes": {"birth_date": ["real_day"]}} if "rec_id" in columns else {}
        mapping.write_text(
            json.dumps({"columns": columns, "constants": {"kind": "employee"}, "joins": {"name": names}, **febrl})
        )
        for source, rows in parts.items():
            path = folder / f"{source}.csv"
            with path.open("w", encoding="utf-8", newline="") as target:
                writer = csv.DictWriter(target, rows[0])
                writer.writeheader()
                writer.writerows(rows)
            lost += call("import_data", "contributors", str(path), "--source", source, "--mapping", str(mapping))[
                "rejected"
            ]
        facts = call("resolve_identities")
        call("export_data", "identities", "-o", str(folder / "identities.csv"))
        exported = list(csv.DictReader((folder / "identities.csv").open(encoding="utf-8-sig")))
    keys = {
        (source, key): pk for pk, source, key in SourceRecord.objects.values_list("object_id", "source__name", "key")
    }
    return lost, {keys[row["source"], row["source_id"]]: row["contributor_id"] for row in exported}, facts["seconds"]


def call(name: str, *arguments: str) -> dict:
    out = io.StringIO()
    try:
        call_command(name, *arguments, "--json", stdout=out)
    except SystemExit as stop:
        if stop.code not in (0, 1):
            raise
    return json.loads(out.getvalue())


def run_splink(people: list[dict]) -> dict[float, dict]:
    """A well-set Splink model: jaro-winkler and edit distances, term frequencies, u by sampling, m by two EM sessions."""
    rows = [
        {k: (str(v).lower() if k != "pk" else v) or None if v else None for k, v in one.items()}
        | {"unique_id": one["pk"]}
        for one in people
    ]
    names = [name for name in FIELDS if any(row[name] for row in rows)]
    table = {name: [row[name] for row in rows] for name in ("unique_id", *names)}
    linker = Linker(DuckDBAPI().register(table), describe_splink(names), log_level=logging.ERROR)
    exact = [block_on("given_name", "family_name", "birth_date")]
    exact += [block_on(name) for name in ("national_id", "email") if name in names]
    linker.training.estimate_probability_two_random_records_match(exact, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("given_name", "family_name"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
    pairs = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    found = {}
    for threshold in THRESHOLDS:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=threshold
        )
        found[threshold] = {row["unique_id"]: row["cluster_id"] for row in clusters.as_record_list()}
    return found


def describe_splink(names: list[str]) -> SettingsCreator:
    comparisons = [
        cl.NameComparison(name).configure(term_frequency_adjustments=True)
        for name in ("given_name", "family_name")
        if name in names
    ]
    comparisons += [
        cl.DamerauLevenshteinAtThresholds(name, [1, 2])
        for name in ("birth_date", "national_id", "postcode")
        if name in names
    ]
    comparisons += [
        cl.JaroWinklerAtThresholds(name, [0.9, 0.8]).configure(term_frequency_adjustments=True)
        for name in ("street", "city", "title") if name in names
    ]  # fmt: skip
    comparisons += [cl.EmailComparison("email")] if "email" in names else []
    comparisons += [cl.ExactMatch("region")] if "region" in names else []
    rules = [("given_name", "family_name"), ("birth_date",), ("national_id",), ("email",), ("postcode", "given_name"),
             ("postcode", "family_name"), ("street", "postcode"), ("street", "city"), ("given_name", "city"), ("family_name", "city")]  # fmt: skip
    return SettingsCreator(
        link_type="dedupe_only", comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules if set(rule) <= set(names)],
    )  # fmt: skip


def count_pairs(sizes) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


def score(labels: dict, truth: dict) -> tuple[float, float, float]:
    """Precision, recall and F1 over all pairs of records in one cluster."""
    clusters = defaultdict(list)
    for record, label in labels.items():
        clusters[label].append(truth[record])
    said = count_pairs(map(len, clusters.values()))
    right = sum(count_pairs(Counter(members).values()) for members in clusters.values())
    true = count_pairs(Counter(truth.values()).values())
    precision, recall = right / said if said else 1.0, right / true if true else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0


def measure_size(records: int) -> bool:
    """Seconds and the most memory that resolving takes, on records of which one in ten is a second one of somebody."""
    try:
        with transaction.atomic():
            make_people(records)
            facts = resolve_identities(progress=lambda words: print(" ", words, flush=True))
            raise _Undone
    except _Undone:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{facts.records:,} records: {facts.merged:,} merged, {facts.to_review:,} to review, {facts.seconds:.0f} s, {peak:.1f} GiB at most"
    )
    return peak < 24


def make_people(records: int) -> None:
    """Names as common as in life (a few are frequent, most are rare), streets and towns; every tenth record repeats one with errors."""
    rng = random.Random(3)
    given, family = make_words(rng, 4_000), make_words(rng, 30_000)
    streets, towns = make_words(rng, 20_000), make_words(rng, 3_000)
    rows = []
    for number in range(records):
        if number % 10 == 9:
            rows.append(spoil(rng, rows[rng.randrange(len(rows))]))
            continue
        town = rng.randrange(len(towns))
        born = date(rng.randrange(1950, 2007), rng.randrange(1, 13), rng.randrange(1, 29))
        rows.append(
            {
                "given_name": given[int(len(given) * rng.random() ** 3)], "family_name": family[int(len(family) * rng.random() ** 3)],
                "birth_date": born, "street": f"{rng.choice(streets)} {rng.randrange(1, 200)}", "city": towns[town],
                "postcode": f"{10_000 + town * 7}", "national_id": f"{rng.randrange(10**10, 10**11)}" if rng.random() < 0.7 else "",
            }
        )  # fmt: skip
    fields = [f for f in Contributor._meta.concrete_fields if not (f.primary_key or f.has_db_default())]

    def columns_of(part: list[dict]) -> list[list]:
        made = [
            {**row, "kind": "employee", "name": f"{row['given_name']} {row['family_name']}", "email": "",
             "national_id": row["national_id"] and encrypt(row["national_id"]), "national_id_hash": key_hash(row["national_id"])}
            for row in part
        ]  # fmt: skip
        return [[row.get(f.attname, f.get_default()) for row in made] for f in fields]

    insert_rows(Contributor, [f.attname for f in fields], rows, columns_of)


def make_words(rng: random.Random, count: int) -> list[str]:
    syllables = [a + b for a in "bdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "en", "er", "an")]
    words = {"".join(rng.choices(syllables, k=rng.randrange(2, 5))) for _ in range(count * 2)}
    return sorted(words)[:count]


def spoil(rng: random.Random, row: dict) -> dict:
    changed = dict(row)
    for name in rng.sample(("given_name", "family_name", "street", "city", "postcode", "national_id"), 2):
        text = changed[name]
        if text:
            at = rng.randrange(len(text))
            changed[name] = text[:at] + rng.choice("abcdefghij" if text.isalpha() else "0123456789") + text[at + 1 :]
    return changed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("truth"))
    parser.add_argument("--records", type=int, help="measure time and memory on so many records made here")
    given = parser.parse_args()
    if Contributor.objects.exists():
        sys.exit("The database holds contributors. Name an empty, migrated one in DATABASE_URL.")
    sys.exit(0 if (measure_size(given.records) if given.records else measure(given.folder)) else 1)
