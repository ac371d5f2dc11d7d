"""From what was bought to the message that the client gets."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    name: str
    cents: int
    quantity: int = 1


def total(lines, discount_percent=0):
    """What is to be paid in cents; the discount is rounded down to whole cents."""
    whole = sum(line.cents for line in lines)
    return whole - whole * discount_percent // 100


def message(lines, discount_percent=0):
    """The receipt as JSON."""
    return json.dumps(
        {
            "lines": [{"name": line.name, "cents": line.cents * line.quantity} for line in lines],
            "total": total(lines, discount_percent),
        }
    )
