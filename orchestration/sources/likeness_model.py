"""The Fellegi-Sunter model of likeness.py, trained by Splink on the data at hand, and the pairs it finds.

u comes from random pairs under a fixed seed, m from expectation maximisation on pairs that share a birth date, a name or
an id. What the data say is weighed against what likeness.py says by how many cases stand behind it, so that ten records
are judged soberly and a million by their own habits.
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean

import duckdb
from splink import DuckDBAPI, Linker, block_on
from splink.internals.exceptions import SplinkException

from orchestration.sources.likeness import COMPARISONS, KEYS, LOOSE_KEYS, TRAINING, Comparison

logging.getLogger("splink").setLevel(logging.ERROR)

SEED = 1
SAMPLE = 500_000  # random pairs for u
SESSION = 2_000_000  # pairs at most in one training by expectation maximisation
CROWD = 100_000  # records among which matches are counted to learn from
LARGEST_BLOCKS = (1_000, 500, 200, 100, 50, 20, 8)  # records that share a key; above it the key says too little
MOST_RECORDS_OF_ONE = 50  # under one id, mailbox or phone
MOST_INITIALS_OF_ONE = 8
PAIRS_OF_A_KEY = 5, 1_000_000  # for each record, and besides: the largest block is chosen so that a key costs no more
PAIRS_OF_A_LOOSE_KEY = 1, 200_000
WORTH_SAMPLING = 200  # records
WORTH_TRAINING = 30  # matches expected
WELL_TRAINED = 100  # matches expected
CASES_BEHIND_M = 50  # how many matches the values of likeness.py are worth
CASES_BEHIND_U = 2_000  # and how many random pairs
CASES_BEHIND_TERMS = 200  # and how many records, for how common a value is
CASES_BEHIND_FEW_TERMS = 20_000  # where too few records were seen to say what is common
EXPECTED_TWINS = 0.2  # matches for a record, before anything is seen
SMALLEST_CROWD = 2_000  # records; fewer are judged as if they were so many
REVIEW_BITS = 0.0

DEFAULTS = {(c.name, i): (level.m, level.u) for c in COMPARISONS for i, level in enumerate(c.levels)}
Weights = dict[tuple[str, int], tuple[float, float]]


@dataclass(frozen=True)
class Model:
    """What a run judged by: `matches` is how many pairs it holds to be one."""

    comparisons: tuple[Comparison, ...]
    weights: Weights
    prior: float
    matches: float

    @property
    def is_well_trained(self) -> bool:
        return self.matches >= WELL_TRAINED


def weigh_pairs(connection: duckdb.DuckDBPyConnection, *, count: int, progress: Callable[[str], None]) -> Model:
    """Trains on `plain_people` and leaves the pairs worth looking at in the table `pairs`."""
    _drop_placeholders(connection)
    keys = _block(connection, count)
    comparisons = tuple(c for c in COMPARISONS if _count(connection, f"SELECT count({c.name}) FROM people"))
    weights = {key: value for key, value in DEFAULTS.items() if key[0] in {c.name for c in comparisons}}
    prior = EXPECTED_TWINS / max(count, SMALLEST_CROWD)
    session = _Session(connection, comparisons, keys)
    sampled = session.sample_u(weights, prior) if count >= WORTH_SAMPLING else None
    weights = _correct_u(weights, sampled, prior, count)
    progress("frequencies learnt")
    crowd = _draw_crowd(connection, count)
    matches = session.predict(weights, prior, crowd)
    if matches >= WORTH_TRAINING and count >= WORTH_SAMPLING:
        prior = _read_prior(matches, count)
        weights = _correct_u(weights, sampled, prior, count)
        weights = _blend_m(weights, session.train_m(weights, prior), matches)
        progress("errors learnt")
        matches = session.predict(weights, prior, crowd)
        prior = _read_prior(matches, count)
        weights = _correct_u(weights, sampled, prior, count)
        matches = session.predict(weights, prior)
    elif crowd.is_part:
        matches = session.predict(weights, prior)
    progress("pairs weighed")
    return Model(comparisons, weights, prior, matches)


@dataclass(frozen=True)
class _Crowd:
    """Records among which matches are counted; `share` of all pairs of records stand among them."""

    table: str = "people"
    share: float = 1.0

    @property
    def is_part(self) -> bool:
        return self.share < 1


EVERYBODY = _Crowd()


def _draw_crowd(connection: duckdb.DuckDBPyConnection, count: int) -> _Crowd:
    """All records, or as many of very many as show how often two are one."""
    if count <= CROWD:
        return EVERYBODY
    connection.execute(f"CREATE TABLE crowd AS SELECT * FROM people ORDER BY hash(unique_id) LIMIT {CROWD}")
    return _Crowd("crowd", CROWD * (CROWD - 1) / (count * (count - 1)))


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return connection.execute(sql).fetchall()[0][0] or 0


def _drop_placeholders(connection: duckdb.DuckDBPyConnection) -> None:
    """Forgets ids, mailboxes and phones that too many different people share to be anybody's own."""
    for name in ("national", "tax", "email", "phone"):
        connection.execute(
            f"UPDATE plain_people SET {name} = NULL WHERE {name} IN (SELECT {name} FROM plain_people WHERE {name} IS NOT NULL "
            f"GROUP BY 1 HAVING count(*) > {MOST_RECORDS_OF_ONE} OR count(DISTINCT given[1] || family[1]) > {MOST_INITIALS_OF_ONE})"
        )


def _block(connection: duckdb.DuckDBPyConnection, count: int) -> list[str]:
    """Makes `people` with the keys that say enough; the keys by which any two records meet."""
    budgets = dict.fromkeys(KEYS, PAIRS_OF_A_KEY) | {f"only_{name}": PAIRS_OF_A_LOOSE_KEY for name in LOOSE_KEYS}
    keys = KEYS | {f"only_{name}": sql for name, sql in LOOSE_KEYS.items()}
    plain = ", ".join(f"{sql} AS key_{name}" for name, sql in keys.items())
    connection.execute(f"CREATE TABLE people AS SELECT *, {plain} FROM plain_people")
    connection.execute("DROP TABLE plain_people")
    return [
        f"key_{name}"
        for name, (each, besides) in budgets.items()
        if _limit_key(connection, name, each * count + besides)
    ]


def _limit_key(connection: duckdb.DuckDBPyConnection, name: str, most_pairs: int) -> bool:
    """Drops the values of a key that too many records share (a placeholder, a shared mailbox); whether any pair is left."""
    sizes = f"(SELECT count(*) AS size FROM people WHERE key_{name} IS NOT NULL GROUP BY key_{name})"
    limit = next(
        (
            limit
            for limit in LARGEST_BLOCKS
            if _count(connection, f"SELECT sum(size * (size - 1) / 2) FROM {sizes} WHERE size <= {limit}") <= most_pairs
        ),
        0,
    )
    connection.execute(
        f"UPDATE people SET key_{name} = NULL WHERE key_{name} IN "
        f"(SELECT key_{name} FROM people WHERE key_{name} IS NOT NULL GROUP BY 1 HAVING count(*) > {limit} OR count(*) = 1)"
    )
    return _count(connection, f"SELECT count(key_{name}) FROM people") > 0


class _Session:
    """Splink linkers over one table; each step starts from the weights it is given."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, comparisons: tuple[Comparison, ...], keys: list[str]):
        self.connection, self.comparisons, self.keys = connection, comparisons, keys
        self.tables = 0
        self.counted = [c.name for c in comparisons if any(level.counts_terms for level in c.levels)]
        for name in self.counted:
            self._count_terms(name)

    def _count_terms(self, name: str) -> None:
        """How common each value is besides the two that are compared."""
        usual = DEFAULTS[name, next(i for i, level in enumerate(_find(name).levels) if level.counts_terms)][1]
        known = _count(self.connection, f"SELECT count({name}) FROM people")
        behind = CASES_BEHIND_TERMS if known >= WORTH_SAMPLING else CASES_BEHIND_FEW_TERMS
        self.connection.execute(
            f"CREATE TABLE terms_{name} AS SELECT {name}, (greatest(count(*) - 2, 0) + {behind * usual}) / "
            f"{known + behind} AS tf_{name} FROM people WHERE {name} IS NOT NULL GROUP BY 1"
        )

    def _link(self, weights: Weights, prior: float, table: str = "people") -> Linker:
        api = DuckDBAPI(self.connection)
        self.tables += 1
        people = api.register(table, table_name=f"people_{self.tables}")
        linker = Linker(people, _describe_model(self.comparisons, self.keys, weights, prior), log_level=None)
        for name in self.counted:
            terms = api.register(f"terms_{name}", table_name=f"terms_{name}_{self.tables}")
            linker.table_management.register_term_frequency_lookup(terms, name)
        return linker

    def sample_u(self, weights: Weights, prior: float) -> Weights:
        linker = self._link(weights, prior)
        linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLE, seed=SEED, min_count_per_level=None)
        return _read_weights(linker)

    def train_m(self, weights: Weights, prior: float) -> dict[tuple[str, int], list[float]]:
        """The m of each level by each session that could see it."""
        names, learnt = {c.name for c in self.comparisons}, defaultdict(list)
        for columns in TRAINING:
            if not names.issuperset(columns):
                continue
            linker = self._link(weights, prior)
            try:
                linker.training.estimate_parameters_using_expectation_maximisation(
                    block_on(*columns), max_pairs=SESSION
                )
            except (SplinkException, ValueError):  # of the pairs that share these all, or none, match: the others teach
                continue
            for key, (m, _) in _read_weights(linker).items():
                if key[0] not in columns:
                    learnt[key].append(m or 0.0)
        return learnt

    def predict(self, weights: Weights, prior: float, crowd: _Crowd = EVERYBODY) -> float:
        """Leaves the pairs above REVIEW_BITS in `pairs`; how many matches among all records they speak for."""
        self.connection.execute("DROP TABLE IF EXISTS pairs")
        if not self.keys:
            self.connection.execute("CREATE TABLE pairs (unique_id_l BIGINT)")
            return 0.0
        linker = self._link(weights, prior, crowd.table)
        found = linker.inference.predict(threshold_match_weight=REVIEW_BITS, warning_mode="never")
        self.connection.execute(f"CREATE TABLE pairs AS SELECT * FROM {found.physical_name}")
        found.drop_table_from_database_and_remove_from_cache()
        return _count(self.connection, "SELECT sum(match_probability) FROM pairs") / crowd.share


def _find(name: str) -> Comparison:
    return next(c for c in COMPARISONS if c.name == name)


def _describe_model(comparisons: tuple[Comparison, ...], keys: list[str], weights: Weights, prior: float) -> dict:
    """The settings as Splink takes them."""
    return {
        "link_type": "dedupe_only",
        "sql_dialect": "duckdb",
        "comparisons": [_describe_comparison(c, weights) for c in comparisons],
        "blocking_rules_to_generate_predictions": [block_on(key) for key in keys],
        "probability_two_random_records_match": prior,
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }


def _describe_comparison(comparison: Comparison, weights: Weights) -> dict:
    levels = [{"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True}]
    for i, level in enumerate(comparison.levels):
        m, u = weights[comparison.name, i]
        entry = {"sql_condition": level.sql, "label_for_charts": level.words, "m_probability": m, "u_probability": u}
        levels.append(entry | ({"tf_adjustment_column": comparison.name} if level.counts_terms else {}))
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def _read_weights(linker: Linker) -> Weights:
    found = {}
    for comparison in linker.misc.save_model_to_json()["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        for i, level in enumerate(levels):
            found[comparison["output_column_name"], i] = level.get("m_probability"), level.get("u_probability")
    return found


def _correct_u(weights: Weights, sampled: Weights | None, prior: float, count: int) -> Weights:
    """u without the matches that stand among the random pairs, blended with what likeness.py says."""
    if sampled is None:
        return weights
    pairs = min(SAMPLE, count * (count - 1) / 2)
    blended = {}
    for key, (m, _) in weights.items():
        seen = max(((sampled[key][1] or 0) - prior * m) / (1 - prior), 0)
        blended[key] = m, (seen * pairs + CASES_BEHIND_U * DEFAULTS[key][1]) / (pairs + CASES_BEHIND_U)
    return _make_whole(blended)


def _blend_m(weights: Weights, learnt: dict[tuple[str, int], list[float]], matches: float) -> Weights:
    """m as learnt, blended with what likeness.py says; what no session could see stays as it is."""
    blended = {}
    for key, (m, u) in weights.items():
        seen = mean(learnt[key]) if learnt[key] else m
        blended[key] = (seen * matches + CASES_BEHIND_M * DEFAULTS[key][0]) / (matches + CASES_BEHIND_M), u
    return _make_whole(blended)


def _make_whole(weights: Weights) -> Weights:
    """The m and the u of each comparison add up to 1."""
    sums = {name: [sum(w[i] for k, w in weights.items() if k[0] == name) for i in (0, 1)] for name, _ in weights}
    return {(name, i): (m / sums[name][0], u / sums[name][1]) for (name, i), (m, u) in weights.items()}


def _read_prior(matches: float, count: int) -> float:
    """The share of all pairs that are one, by what was found."""
    return min(max(matches, EXPECTED_TWINS) / (max(count, SMALLEST_CROWD) * (count - 1) / 2), 0.1)
