"""Which attributes a sentence states, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.runtime import AttributeReading, find_model_folder, read_model_folder
from omnireid.search import attribute_name, named_attributes, value_name

ATTRIBUTES = read_model_folder(find_model_folder("default")).attributes


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        (
            "A man in a RED coat with a black backpack",
            {"gender": "man", "outer.kind": "coat", "outer.colour": "red",
             "bag.kind": "backpack", "bag.colour": "black"},
        ),
        ("赤いコートを着た女性", {"outer.kind": "coat", "outer.colour": "red", "gender": "woman"}),
        (
            "青いズボンに白いシャツの男、黒いリュック",
            {"bottom.kind": "trousers", "bottom.colour": "blue", "top.kind": "shirt",
             "top.colour": "white", "gender": "man", "bag.kind": "backpack", "bag.colour": "black"},
        ),
        ("ﾘｭｯｸ", {"bag.kind": "backpack"}),
        ("light blue jacket", {"outer.kind": "jacket", "outer.colour": "light blue"}),
        (
            "grey hair, striped shirt",
            {"hair_colour": "grey", "top.kind": "shirt", "top.pattern": "striped"},
        ),
        ("a scoundrel in capers", {}),
        ("", {}),
    ],
)  # fmt: skip
def test_words_state_attributes_of_the_garment_they_belong_to(text, stated) -> None:
    assert dict(named_attributes(text, ATTRIBUTES)) == stated


def test_a_colour_alone_goes_where_the_model_reads_it_and_nowhere_when_in_doubt() -> None:
    def reading(*names: str) -> list[AttributeReading]:
        return [AttributeReading(name, "red", 0.9) for name in names]

    assert named_attributes("someone in red", ATTRIBUTES) == ()
    stated = named_attributes("someone in red", ATTRIBUTES, reading("top.colour"))
    assert stated == (("top.colour", "red"),)
    both = named_attributes("someone in red", ATTRIBUTES, reading("top.colour", "hat.colour"))
    assert both == ()


@given(st.text(max_size=80))
def test_no_sentence_breaks_it_and_only_known_pairs_come_out(text: str) -> None:
    known = {(one.name, value) for one in ATTRIBUTES for value in one.values}
    assert set(named_attributes(text, ATTRIBUTES)) <= known


def test_every_attribute_of_the_shipped_model_has_a_name_in_both_languages() -> None:
    for one in ATTRIBUTES:
        assert attribute_name(one.name, "en") != one.name
        assert not attribute_name(one.name, "ja").isascii()
        for value in one.values:
            assert not value_name(one.name, value, "ja").isascii(), value
