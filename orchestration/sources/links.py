"""Pairs of records as the model weighed them: how sure each is, its reasons line by line, and what calls for caution."""

import math

import duckdb

from orchestration.sources.clusters import Clusters, Link
from orchestration.sources.likeness import PRIOR_WORDS
from orchestration.sources.likeness_model import Model

SURE = 0.99  # what is merged where the data say too little to check the model
CALIBRATED = 0.8  # and where the model has learnt from enough matches
DOUBT = "for a person to decide: "
EMAIL_SLIP = 2  # level of an e-mail off by a slip
RELATIVES_AT_LEAST = 10
RELATIVES_BEYOND_CHANCE = 3


def read_links(connection: duckdb.DuckDBPyConnection, model: Model) -> list[Link]:
    """The pairs, the surest first; among equals the earliest records."""
    names = [c.name for c in model.comparisons]
    described = {row[0] for row in connection.execute("DESCRIBE pairs").fetchall()}
    if "match_weight" not in described:
        return []
    adjusted = [name for name in names if f"mw_tf_adj_{name}" in described]
    columns = [f"gamma_{n}" for n in names] + [f"mw_{n}" for n in names] + [f"mw_tf_adj_{n}" for n in adjusted]
    rows = connection.execute(
        "SELECT least(unique_id_l, unique_id_r), greatest(unique_id_l, unique_id_r), match_probability, match_weight, "
        f"{', '.join(columns)} FROM pairs"
    ).fetchall()
    links = [_read_link(row, model, names, adjusted) for row in rows]
    return sorted(links, key=lambda link: (-round(link.bits, 6), link.first, link.second))


def _read_link(row: tuple, model: Model, names: list[str], adjusted: list[str]) -> Link:
    first, second, probability, bits, *facts = row
    gammas, weights = facts[: len(names)], facts[len(names) : 2 * len(names)]
    terms = dict(zip(adjusted, facts[2 * len(names) :], strict=True))
    link = Link(first, second, probability, bits, [])
    worst = set()
    for comparison, gamma, weight in zip(model.comparisons, gammas, weights, strict=True):
        if gamma < 0:
            continue
        level = len(comparison.levels) - 1 - gamma
        link.levels[comparison.name] = level
        if gamma == 0:
            worst.add(comparison.name)
        link.reasons.append((comparison.levels[level].words, round(weight + terms.get(comparison.name, 0.0), 1)))
    link.differs = frozenset(worst)
    link.reasons.sort(key=lambda reason: -reason[1])
    link.reasons.append((PRIOR_WORDS, round(math.log2(model.prior / (1 - model.prior)), 1)))
    return link


def has_relatives(links: list[Link], model: Model) -> bool:
    """Whether people live together in these data: the same family name and address, with another given name and birth date,
    more often than errors explain. What third records show to be one all the same does not count."""
    plain = Clusters()
    plain.join([link for link in links if link.probability >= CALIBRATED and not find_doubt(link)])
    seen = sum(
        link.agrees("family")
        and link.agrees("street", "postcode")
        and link.differs >= {"given", "born"}
        and plain.find(link.first) != plain.find(link.second)
        for link in links
    )
    by_chance = model.matches * _m_of_worst(model, "given") * _m_of_worst(model, "born")
    return seen > RELATIVES_AT_LEAST + RELATIVES_BEYOND_CHANCE * by_chance


def _m_of_worst(model: Model, name: str) -> float:
    levels = [m for (comparison, _), (m, _) in sorted(model.weights.items()) if comparison == name]
    return levels[-1] if levels else 0.0


def needs_caution(links: list[Link], model: Model) -> bool:
    """Whether twins and namesakes must be feared: always, unless many matches show how these data err and none live together."""
    return not model.is_well_trained or has_relatives(links, model)


def find_doubt(link: Link) -> str:
    """Why a person should look before two records are one, however much agrees; empty for no doubt."""
    if link.levels.get("born", 0) >= 2:
        return "the birth dates differ"
    if "national" in link.differs:
        return "the national ids differ"
    if "given" in link.differs and not link.agrees("national", "tax"):
        return "the given names differ: they may be relatives"
    if not (link.levels.get("born", 9) < 2 or link.levels.get("national", 9) < 2 or link.agrees("tax", "email")):
        return "neither birth date, id nor e-mail speaks for it"
    return ""


def find_contradiction(link: Link) -> str:
    """Why not even a model that has learnt from many matches may merge two records; empty for no contradiction."""
    other_national = link.levels.get("national", 0) > 0
    other_birth = link.levels.get("born", 0) >= 2
    if other_national and ("national" in link.differs or other_birth) and link.differs & {"tax", "email", "phone"}:
        return "ids, birth dates or accounts differ"
    speaks_besides = link.levels.keys() - link.differs - {"given", "family", "email"}
    are_both_off = link.levels.get("email") == EMAIL_SLIP and not (link.agrees("given") and link.agrees("family"))
    if are_both_off and not speaks_besides:
        return "only names and the e-mail made of them are alike"
    return ""


def is_hopeless(link: Link) -> bool:
    """Relatives and neighbours who share a home and little else are not worth anybody's time."""
    is_another = link.differs >= {"given", "born"} or link.differs >= {"given", "family"}
    return is_another and not link.agrees("national", "tax", "email")


def split_links(links: list[Link], *, cautious: bool) -> tuple[list[Link], list[Link]]:
    """(to merge, to look at), each the surest first."""
    threshold = SURE if cautious else CALIBRATED
    merge, review = [], []
    for link in links:
        doubt = find_contradiction(link) or (find_doubt(link) if cautious else "")
        if not doubt and (link.probability >= threshold or link.has_same_id):
            merge.append(link)
        elif not (cautious and is_hopeless(link)):
            review.append(_with_doubt(link, doubt))
    return merge, review


def _with_doubt(link: Link, doubt: str) -> Link:
    if doubt:
        link.reasons.append((f"{DOUBT}{doubt}", 0.0))
    return link
