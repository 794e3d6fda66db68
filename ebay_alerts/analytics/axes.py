"""Where an axis of money begins and ends, and its three round labels; pure."""

from dataclasses import dataclass
from itertools import count

LABELS = 3
_ROUND = (10, 20, 25, 50)  # times a power of ten
# Labels closer together than this part of the axis would leave it half empty.
_LEAST_SHARE = 0.55


@dataclass(frozen=True)
class Scale:
    """An axis from `low` to `high` with evenly spaced `labels` on it; minor units of a currency."""

    low: int
    high: int
    labels: tuple[int, int, int]


def round_scale(low: int, high: int) -> Scale:
    """The shortest axis from `low` to `high`, both 0 or more, that three round labels fit.

    It reaches no further than its labels need, and no fourth label would fit on it.
    """
    high = max(high, low + 2)
    return min(_scales(low, high), key=lambda scale: scale.high - scale.low)


def _scales(low: int, high: int) -> list[Scale]:
    found: list[Scale] = []
    for step in _steps(high - low):
        for start in range(max(0, low // step - 1) * step, high + 1, step):
            labels = (start, start + step, start + 2 * step)
            scale = Scale(min(low, labels[0]), max(high, labels[-1]), labels)
            if _is_filled(scale, step):
                found.append(scale)
    return found


def _steps(span: int) -> list[int]:
    """Round steps of which two are about the span: from a quarter of it to the first beyond."""
    steps: list[int] = []
    for power in count():
        for digits in _ROUND:
            step, rest = divmod(digits * 10**power, 10)
            if rest or step * 4 < span:
                continue
            steps.append(step)
            if step >= span:
                return steps
    raise AssertionError("powers of ten grow beyond any span")


def _is_filled(scale: Scale, step: int) -> bool:
    first, _, last = scale.labels
    has_room = (scale.low <= first - step and first >= step) or scale.high >= last + step
    return not has_room and 2 * step >= _LEAST_SHARE * (scale.high - scale.low)
