"""The numbers that each walkthrough part works out, by the part's id.

They come from an independent calculation; each must be compared in an assertion of a cell of that part.
"""

from __future__ import annotations

WORKED = {
    "NB04.W1": (2, 0.880797, 0.387902, 0.092478, 0.138717),
    "NB04.W3": (9, 27, 25, 3, -1, 0, -9.081630, -10.114131, -40.456524),
    "NB04.W5": (0.338717, 0.092478),
    "NB06.W5": (3.5, -0.75, 0.5, -1.25, 3.0, 5.5),
}
