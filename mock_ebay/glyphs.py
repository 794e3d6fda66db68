"""The drawings on the pictures, one for each kind of thing, on a field of 100 by 100.

A shape is `o cx cy rx ry colour` (ellipse), `r x0 y0 x1 y1 radius colour` (rectangle with round
corners) or `p colour x y x y ...` (polygon). Colours: a is light, b is dark, c is between, and
bg shows the ground again.
"""

import re
from dataclasses import dataclass

_TEXT = """
phone:
  r 33 15 67 85 6 b; r 36 20 64 78 2 a; r 45 16.5 55 18.5 1 c; o 50 81.5 1.6 1.6 c
chip:
  r 18 34 82 66 4 a; r 18 62 70 70 2 c; o 37 50 12 12 b; o 64 50 12 12 b; o 37 50 4 4 a;
  o 64 50 4 4 a
laptop:
  r 24 26 76 64 4 b; r 27 29 73 61 2 a; p c 18 66 82 66 88 75 12 75; r 42 67 58 70 1 b
camera:
  r 34 26 56 38 3 c; r 16 33 84 76 7 a; o 50 55 18 18 b; o 50 55 11 11 c; o 46 51 3.5 3.5 a;
  r 70 38 79 43 2 c
brick:
  r 20 44 80 74 3 a; r 25 35 37 46 2 a; r 44 35 56 46 2 a; r 63 35 75 46 2 a;
  r 20 66 80 74 3 c
card:
  r 29 16 71 84 5 a; r 34 21 66 50 2 c; o 50 36 9 9 b; r 34 56 66 59 1 b; r 34 64 58 67 1 b;
  r 34 72 62 75 1 b
guitar:
  p b 47 14 53 14 52 58 48 58; r 44 10 56 20 2 c; o 50 73 19 16 a; o 50 52 13 11 a;
  o 50 60 9 10 a; o 50 62 5 5 b; r 43 76 57 79 1 b
watch:
  r 40 12 60 88 4 c; o 50 50 24 24 b; o 50 50 20 20 a; p b 49 36 51 36 51 51 49 51;
  p b 50 49 61 55 60 57 49 51; r 73 47 78 53 1 b
shoe:
  p a 16 42 34 40 46 52 66 58 84 62 86 70 16 70; p c 16 70 86 70 84 77 16 77;
  p b 40 46 44 44 52 52 48 55; p b 50 54 54 52 62 57 58 60
book:
  p a 18 26 49 32 49 78 18 72; p a 82 26 51 32 51 78 82 72; p c 24 38 44 42 44 45 24 41;
  p c 24 48 44 52 44 55 24 51; p c 76 38 56 42 56 45 76 41; p c 76 48 56 52 56 55 76 51
bottle:
  r 45 10 55 34 2 b; p b 45 30 55 30 63 46 37 46; r 37 44 63 88 4 b; r 37 54 63 74 0 a;
  r 42 60 58 63 1 c; r 45 66 55 68 1 c; r 44.5 10 55.5 17 1 c
pad:
  o 30 56 16 20 a; o 70 56 16 20 a; r 28 38 72 64 9 a; r 25 51 37 54 1 b;
  r 29.5 46.5 32.5 58.5 1 b; o 70 48 3 3 b; o 76 54 3 3 c; o 64 54 3 3 c
disc:
  r 14 16 86 84 3 a; o 54 50 30 30 b; o 54 50 22 22 c; o 54 50 20.5 20.5 b; o 54 50 10 10 a;
  o 54 50 2 2 b
sound:
  o 50 52 32 34 a; o 50 54 27 30 bg; r 17 72 83 92 0 bg; r 14 50 28 78 6 b;
  r 72 50 86 78 6 b; r 20 54 30 74 4 c; r 70 54 80 74 4 c
coin:
  o 50 50 33 33 a; o 50 50 28 28 c; o 50 50 26 26 a;
  p b 50 30 55 44 70 44 58 53 63 68 50 59 37 68 42 53 30 44 45 44
bike:
  o 28 64 17 17 a; o 28 64 13 13 bg; o 72 64 17 17 a; o 72 64 13 13 bg;
  p b 27 63 42 40 45 41 30 65; p b 42 40 64 40 64 43 42 43; p b 62 38 66 38 74 64 71 65;
  p b 42 42 52 64 49 66 40 44; p b 50 63 64 41 66 43 52 66; r 37 35 47 38 1 a;
  r 60 31 72 34 1 a
club:
  p a 60 12 64 13 46 74 42 73; p b 28 74 46 66 50 76 44 84 28 84;
  p c 61 10 65 11 60 30 56 29; o 74 78 7 7 a
bag:
  o 50 40 18 22 a; o 50 41 14 18 bg; p b 24 42 76 42 84 82 16 82;
  p c 24 42 76 42 77 50 23 50; r 46 46 54 56 2 a
coat:
  p a 36 20 64 20 84 40 76 50 70 46 70 84 30 84 30 46 24 50 16 40; p b 42 20 58 20 50 32;
  r 49 32 51 84 0 b; o 55 48 1.7 1.7 b; o 55 60 1.7 1.7 b; r 34 62 44 64 0 c;
  r 58 66 67 68 0 c
tool:
  r 24 28 66 46 5 a; r 64 31 74 43 1 c; r 74 35.5 90 38.5 0 b; p b 28 44 44 44 48 72 34 72;
  r 26 70 54 82 3 c
car:
  p a 30 36 64 36 76 52 24 52; r 12 50 88 68 6 a; p c 34 40 48 40 48 51 28 51;
  p c 51 40 62 40 70 51 51 51; o 30 68 9 9 b; o 70 68 9 9 b; o 30 68 4 4 a; o 70 68 4 4 a
figure:
  o 50 24 11 11 a; r 36 36 64 62 5 b; r 26 38 34 62 3 a; r 66 38 74 62 3 a;
  r 38 60 48 86 3 a; r 52 60 62 86 3 a; p c 50 42 54 50 50 56 46 50
cup:
  r 22 34 68 74 10 a; o 68 50 13 13 a; o 68 50 8 8 bg; r 22 34 66 42 4 a; o 45 38 20 5 b;
  r 16 78 74 83 2 c; p c 36 16 39 16 37 28 34 28; p c 50 14 53 14 51 28 48 28
box:
  p a 18 38 50 26 82 38 50 50; p b 18 38 50 50 50 86 18 74; p c 82 38 50 50 50 86 82 74
"""


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    colour: str
    figures: tuple[float, ...]


def _shape(text: str) -> Shape:
    kind, *words = text.split()
    colour = words.pop(0) if kind == "p" else words.pop()
    return Shape(kind, colour, tuple(float(word) for word in words))


def _glyph(block: str) -> tuple[str, tuple[Shape, ...]]:
    name, _, shapes = block.partition(":")
    return name, tuple(_shape(text) for text in shapes.split(";"))


GLYPHS = dict(_glyph(block) for block in re.split(r"\n(?=\S)", _TEXT.strip()))
