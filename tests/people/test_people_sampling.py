from collections import Counter

import numpy as np
import pytest

from omnireid.people import attributes as names
from omnireid.people.attributes import Garment, Person
from omnireid.people.sampling import sample_from, sample_person


@pytest.fixture(scope="module")
def people() -> list[Person]:
    rng = np.random.default_rng(20261123)
    return [sample_person(rng) for _ in range(6000)]


def _garments(person: Person) -> list[Garment]:
    parts = (person.outer, person.top, person.bottom, person.hat, person.bag, person.held)
    return [part for part in (*parts, person.shoes) if part is not None]


def test_same_generator_state_gives_the_same_people() -> None:
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    assert [sample_person(first) for _ in range(20)] == [sample_person(second) for _ in range(20)]


def test_every_value_is_in_the_contract(people: list[Person]) -> None:
    for person in people:
        assert person.top.kind in names.TOPS
        assert person.outer is None or person.outer.kind in names.OUTERS
        assert person.bottom is None or person.bottom.kind in names.BOTTOMS
        assert person.shoes.kind in names.SHOES
        assert person.hat is None or person.hat.kind in names.HATS[1:]
        assert person.bag is None or person.bag.kind in names.BAGS[1:]
        assert person.held is None or person.held.kind in names.HELD[1:]
        assert person.hair_style in names.HAIR_STYLES
        assert person.hair_colour in names.HAIR_COLOURS
        assert 0 <= person.skin <= 1
        for part in _garments(person):
            assert part.colour in names.COLOURS
            assert part.second_colour in names.COLOURS
            assert part.second_colour != part.colour
            assert part.pattern in names.PATTERNS
            assert 0 <= part.looseness <= 1
            assert 0 < part.near_infrared < 1
            assert max(abs(t) for t in part.tint) <= 0.12


def test_one_piece_tops_have_no_bottom_and_others_have_one(people: list[Person]) -> None:
    for person in people:
        assert (person.bottom is None) == (person.top.kind in ("dress", "overalls"))


def test_every_name_of_the_contract_occurs(people: list[Person]) -> None:
    seen = {
        "tops": {p.top.kind for p in people},
        "outers": {p.outer.kind for p in people if p.outer},
        "bottoms": {p.bottom.kind for p in people if p.bottom},
        "shoes": {p.shoes.kind for p in people},
        "hats": {p.hat.kind if p.hat else "none" for p in people},
        "bags": {p.bag.kind if p.bag else "none" for p in people},
        "held": {p.held.kind if p.held else "none" for p in people},
        "hair": {p.hair_style for p in people},
        "patterns": {p.top.pattern for p in people},
    }
    wanted = {
        "tops": names.TOPS, "outers": names.OUTERS, "bottoms": names.BOTTOMS,
        "shoes": names.SHOES, "hats": names.HATS, "bags": names.BAGS, "held": names.HELD,
        "hair": names.HAIR_STYLES, "patterns": names.PATTERNS,
    }  # fmt: skip
    assert seen == {name: set(values) for name, values in wanted.items()}


@pytest.mark.parametrize("place", ["top", "outer", "bottom"])
def test_every_colour_occurs_on_every_main_garment_kind(people: list[Person], place: str) -> None:
    worn = Counter((g.kind, g.colour) for p in people if (g := getattr(p, place)) is not None)
    totals = Counter(g.kind for p in people if (g := getattr(p, place)) is not None)
    for kind, total in totals.items():
        colours = {colour for k, colour in worn if k == kind}
        if total >= 400:
            assert colours == set(names.COLOURS), kind
        assert max(worn[kind, c] for c in names.COLOURS) < 0.5 * total, kind


def test_colours_of_top_and_bottom_are_nearly_independent(people: list[Person]) -> None:
    pairs = [(p.top.colour, p.bottom.colour) for p in people if p.bottom and p.outer is None]
    assert 0.05 < sum(a == b for a, b in pairs) / len(pairs) < 0.25


def test_near_infrared_is_only_loosely_tied_to_colour(people: list[Person]) -> None:
    dark = [p.top.near_infrared for p in people if p.top.colour == "black"]
    light = [p.top.near_infrared for p in people if p.top.colour == "white"]
    assert np.mean(dark) < np.mean(light)
    assert np.quantile(dark, 0.9) > np.quantile(light, 0.1)


def test_people_are_plausible(people: list[Person]) -> None:
    for person in people:
        if person.age == "child":
            assert person.height == "short"
            assert not person.beard
            assert person.held is None or person.held.kind != "tool"
        if person.gender == "woman":
            assert not person.beard
            assert person.hair_style != "bald"
    assert len({p.seed for p in people}) > 0.99 * len(people)


def test_training_never_shows_what_the_shifted_people_wear() -> None:
    rng = np.random.default_rng(5)

    def worn(shifted: bool) -> list[set[tuple[str, str]]]:
        people = [sample_from(rng, shifted) for _ in range(1500)]
        return [
            {(g.kind, g.pattern) for g in (p.top, p.bottom, p.outer) if g is not None}
            for p in people
        ]

    seen = set().union(*worn(False))
    strange = [bool(one - seen) for one in worn(True)]
    assert 0.4 < sum(strange) / len(strange) < 0.65
