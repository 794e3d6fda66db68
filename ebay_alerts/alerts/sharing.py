"""How a mail's room for listings is shared between its alerts; pure."""

from collections.abc import Sequence


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """How much of the room each gets, none more than it wants.

    Whoever wants less than an equal part leaves the rest to the others; what cannot be parted goes
    to the first ones. While there is room for one each, each that wants any gets one.
    """
    given = [0] * len(wanted)
    hungry = [place for place, want in enumerate(wanted) if want > 0]
    while hungry and room > 0:
        part = max(room // len(hungry), 1)
        for place in hungry[:room]:
            more = min(part, wanted[place] - given[place])
            given[place] += more
            room -= more
        hungry = [place for place in hungry if given[place] < wanted[place]]
    return given
