"""What a rendered person is: the attributes that pictures and captions are both made from."""

from __future__ import annotations

from dataclasses import dataclass, field

COLOURS = (
    "black", "white", "grey", "red", "orange", "yellow", "green", "light blue",
    "blue", "navy", "purple", "pink", "brown", "beige", "khaki", "turquoise",
)  # fmt: skip
HAIR_COLOURS = ("black", "dark brown", "brown", "blond", "red", "grey", "white")
PATTERNS = ("plain", "striped", "checked", "dotted", "two-colour", "printed", "logo")

TOPS = (
    "t-shirt",
    "shirt",
    "sweater",
    "hoodie",
    "polo shirt",
    "blouse",
    "tank top",
    "dress",
    "overalls",
)
OUTERS = (
    "jacket", "open jacket", "coat", "open coat", "vest", "high-visibility vest", "suit jacket",
    "raincoat",
)  # fmt: skip
BOTTOMS = ("trousers", "jeans", "shorts", "short skirt", "long skirt", "leggings", "suit trousers")
SHOES = ("shoes", "sneakers", "boots", "high boots", "sandals")
HAIR_STYLES = ("bald", "short", "medium", "long", "ponytail", "bun", "curly", "covered")
HATS = ("none", "cap", "beanie", "helmet", "wide hat")
BAGS = ("none", "backpack", "shoulder bag", "handbag", "suitcase", "plastic bag")
HELD = ("none", "umbrella", "box", "phone", "tool")


@dataclass(frozen=True)
class Garment:
    """One piece of clothing. `colour` is a name in COLOURS; `tint` moves it within the name.

    `looseness` runs from 0 (tight) to 1 (wide). `second_colour` is used by every pattern but plain.
    `near_infrared` is the fabric's reflectance (0 to 1) at 850 nm, only loosely tied to its colour.
    """

    kind: str
    colour: str
    pattern: str = "plain"
    second_colour: str = "white"
    looseness: float = 0.4
    tint: tuple[float, float, float] = (0.0, 0.0, 0.0)
    near_infrared: float = 0.5


@dataclass(frozen=True)
class Person:
    """One identity. Numbers run from 0 to 1 unless said otherwise.

    `top` of kind "dress" or "overalls" covers the legs too and then `bottom` is None; every other
    top has a bottom. `seed` drives what has no name: face, exact textures, prints, gait.
    """

    gender: str  # "man" | "woman"
    age: str  # "child" | "young" | "adult" | "elder"
    height: str  # "short" | "average" | "tall"
    build: str  # "slim" | "average" | "heavy"
    skin: float  # 0 fair .. 1 dark
    hair_style: str
    hair_colour: str
    top: Garment
    shoes: Garment
    bottom: Garment | None = None
    outer: Garment | None = None
    hat: Garment | None = None
    bag: Garment | None = None
    held: Garment | None = None
    beard: bool = False
    glasses: bool = False
    mask: bool = False
    seed: int = field(default=0, kw_only=True)
