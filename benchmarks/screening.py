"""How many listed people screening finds, how many clean people it troubles, and how fast, beside a plain scan.

    python -m benchmarks.screening FOLDER [--clean N] [--asked N]

FOLDER holds watchlists in published layouts (sub-folders are walked), and `negatives*.csv[.gz]` with clean people in
columns full_name, date_of_birth, nationality. The alternative compares each name with every listed name by
rapidfuzz's token_set_ratio, on a sample, at the threshold at which it finds as many of the plainly written.
"""

import argparse
import csv
import gzip
import random
import time
from pathlib import Path

from rapidfuzz import fuzz, process

from governance.screening.match import HOLD_SCORE, REVIEW_SCORE, Index, Listed, Subject
from governance.screening.reading.entry import Entry, UnreadableList
from governance.screening.reading.read import read_lists
from governance.screening.reading.text import read_country

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SAMPLE = 300  # names for the plain scan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=Path("samples/sanctions-lists"))
    parser.add_argument("--clean", type=int, default=50_000, help="at most so many clean people")
    parser.add_argument("--asked", type=int, default=1_000, help="so many listed people of each treatment")
    given = parser.parse_args()
    entries = read_entries(given.folder) if given.folder.is_dir() else []
    if not entries:
        print(f"{given.folder} holds no watchlist; nothing was measured. Name a folder with published lists.")
        return
    started = time.process_time()
    index = Index(
        Listed(number, (e.name, *e.aliases), e.kind, tuple(e.birth_dates), tuple(e.countries))
        for number, e in enumerate(entries)
    )
    print(f"{len(entries):,} entries, {len(index.names):,} names, indexed in {time.process_time() - started:.1f} s")
    measure_clean(index, read_clean(given.folder)[: given.clean])
    measure_listed(index, entries, given.asked)


def read_entries(folder: Path) -> list[Entry]:
    """All lists below the folder, each sub-folder by itself; what is no list is passed over."""
    entries = []
    for part in [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())]:
        files = [path for path in sorted(part.iterdir()) if path.is_file() and not path.name.startswith("negatives")]
        files = [path for path in files if is_list(path)]
        try:
            readings = read_lists(files) if files else {}
        except UnreadableList as refusal:
            print(f"passed over: {refusal}")
            continue
        entries += [entry for reading in readings.values() for entry in reading.entries.values()]
    return entries


def is_list(path: Path) -> bool:
    try:
        read_lists([path])
    except UnreadableList as refusal:
        return "add to a file of names" in str(refusal)
    return True


def read_clean(folder: Path) -> list[Subject]:
    """Clean people, each file's in its order."""
    subjects = []
    for path in sorted(folder.rglob("negatives*.csv*")):
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                countries = tuple(filter(None, [read_country(row["nationality"])]))
                births = (row["date_of_birth"],) if row["date_of_birth"] else ()
                subjects.append(Subject(len(subjects), (row["full_name"],), True, births, countries))
    return subjects


def measure_clean(index: Index, clean: list[Subject]) -> None:
    if not clean:
        print("no clean people in the folder: false hits were not measured")
        return
    started = time.process_time()
    scores = [found[0].score if (found := index.find(one, least=REVIEW_SCORE)) else 0 for one in clean]
    rate = len(clean) / (time.process_time() - started)
    review, hold = (100 * sum(score >= least for score in scores) / len(clean) for least in (REVIEW_SCORE, HOLD_SCORE))
    print(f"{len(clean):,} clean people: {review:.2f} % for review, {hold:.3f} % held; {rate:,.0f} names a second")
    sample = random.Random(3).sample(clean, min(SAMPLE, len(clean)))
    names = [" ".join(name) for name in index.names]
    started = time.process_time()
    best = [process.extractOne(one.names[0].lower(), names, scorer=fuzz.token_set_ratio)[1] for one in sample]
    plain = len(sample) / (time.process_time() - started)
    troubled = 100 * sum(score >= 85 for score in best) / len(sample)
    print(f"  plain token_set_ratio >= 85 on {len(sample)}: {troubled:.1f} % for review; {plain:,.0f} names a second")
    print(f"  ratio: {rate / plain:.0f} times as fast")


def measure_listed(index: Index, entries: list[Entry], count: int) -> None:
    chance = random.Random(5)
    people = [(number, entry) for number, entry in enumerate(entries) if entry.kind == "person"]
    asked = chance.sample(people, min(count, len(people)))
    names = [" ".join(name) for name in index.names]
    for treat in (write_plainly, mistype, swap_parts, join_parts, drop_part, shorten_part):
        found = 0
        plain = 0
        for place, (number, entry) in enumerate(asked):
            name = treat(entry.name.replace(",", ""), chance)
            subject = Subject(0, (name,), True, tuple(entry.birth_dates[:1]), tuple(entry.countries[:1]))
            found += any(hit.entry == number for hit in index.find(subject, least=REVIEW_SCORE))
            if place < SAMPLE // 3:
                alike = process.extract(name.lower(), names, scorer=fuzz.token_set_ratio, score_cutoff=85, limit=None)
                plain += any(index.owners[row] == number for _, _, row in alike)
        shown = min(SAMPLE // 3, len(asked))
        recall = 100 * found / len(asked)
        print(
            f"{treat.__name__:14} {recall:5.1f} % of {len(asked)} found; plain scan {100 * plain / shown:.0f} % of {shown}"
        )


def write_plainly(name: str, chance: random.Random) -> str:
    return name


def mistype(name: str, chance: random.Random) -> str:
    """One letter left out, doubled by another, changed or swapped."""
    words = name.split()
    place = chance.randrange(len(words))
    word = words[place]
    if len(word) > 3:
        at, letter = chance.randrange(1, len(word) - 1), chance.choice(LETTERS)
        words[place] = chance.choice([
            word[:at] + word[at + 1 :], word[:at] + letter + word[at:], word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ])  # fmt: skip
    return " ".join(words)


def swap_parts(name: str, chance: random.Random) -> str:
    words = name.split()
    chance.shuffle(words)
    return " ".join(words)


def join_parts(name: str, chance: random.Random) -> str:
    words = name.split()
    place = chance.randrange(max(1, len(words) - 1))
    return " ".join([*words[:place], "".join(words[place : place + 2]), *words[place + 2 :]])


def drop_part(name: str, chance: random.Random) -> str:
    words = name.split()
    if len(words) > 2:
        words.pop(chance.randrange(len(words)))
    return " ".join(words)


def shorten_part(name: str, chance: random.Random) -> str:
    words = name.split()
    if len(words) > 2:
        place = chance.randrange(len(words))
        words[place] = words[place][0]
    return " ".join(words)


if __name__ == "__main__":
    main()
