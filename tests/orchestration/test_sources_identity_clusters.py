"""How links become clusters: the surest first, nothing glued by one bad link, nothing that contradicts itself."""

import pytest

from orchestration.sources.clusters import Clusters, Link


def link(first, second, bits=20.0):
    return Link(first, second, 1 - 2**-bits, bits, [])


def groups(clusters):
    found = {}
    for member in sorted(clusters.parent):
        found.setdefault(clusters.find(member), []).append(member)
    return [members for members in found.values() if len(members) > 1]


def whole(*members):
    return [link(a, b) for a in members for b in members if a < b]


def test_one_link_does_not_glue_two_crowds():
    clusters = Clusters()
    refused = clusters.join([*whole(1, 2, 3, 4), *whole(5, 6, 7, 8), link(4, 5, bits=10)])
    assert groups(clusters) == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert [(one.first, one.second) for one in refused] == [(4, 5)]


def test_a_straggler_is_joined_by_one_link_and_two_pairs_by_one_of_four():
    clusters = Clusters()
    assert clusters.join([*whole(1, 2, 3, 4), link(4, 9), link(11, 12), link(13, 14), link(12, 13, bits=10)]) == []
    assert groups(clusters) == [[1, 2, 3, 4, 9], [11, 12, 13, 14]]


@pytest.mark.parametrize(
    ("levels", "differs", "bits", "is_joined"),
    [
        ({"born": 0, "postcode": 0}, {"given"}, 10, True),
        ({"family": 0, "postcode": 0}, {"given"}, 10, False),  # a relative of the same home
        ({"family": 0, "email": 0}, {"given"}, 10, True),
        ({"given": 0, "family": 0}, set(), 10, True),
        ({"given": 0, "family": 0}, set(), 3, False),
    ],
)
def test_many_records_are_joined_by_what_is_sure_and_more_than_a_common_home(levels, differs, bits, is_joined):
    def last(first, second):
        return Link(first, second, 1 - 2**-bits, bits, [], levels, frozenset(differs))

    few, many = Clusters(), Clusters()
    few.join([*whole(1, 2, 3), last(3, 4)])
    many.join([*whole(*range(1, 11)), last(10, 11)])
    assert groups(few) == [[1, 2, 3, 4]]
    assert groups(many) == [list(range(1, 12 if is_joined else 11))]


def test_what_stands_is_joined_and_what_is_parted_is_not():
    clusters = Clusters(standing=[(1, 2)], parted=[(2, 3)])
    clusters.join([link(1, 3), link(3, 4)])
    assert groups(clusters) == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("first", "second", "is_joined"),
    [
        (("19800501", None), ("19800501", None), True),
        (("19800501", None), ("19810501", None), True),  # a slip
        (("19800501", None), ("19800105", None), True),  # day and month swapped
        (("19800501", None), ("20010501", None), False),
        (("19800501", "N1"), (None, "N2"), False),
        (("19800501", "N1"), (None, None), True),
    ],
)
def test_no_cluster_holds_two_ids_or_two_birth_dates(first, second, is_joined):
    clusters = Clusters(facts={1: first, 3: second})
    clusters.join([link(1, 2), link(2, 3, bits=10)])
    assert groups(clusters) == ([[1, 2, 3]] if is_joined else [[1, 2]])
