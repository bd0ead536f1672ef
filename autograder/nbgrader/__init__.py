"""Everything that touches nbgrader: configuration, sources, release, and the judge in place of its kernel.

`nbgrader_config.py` at the root of the repository calls `configure`, so that plain ``nbgrader``
commands release, grade and give feedback on the units as they stand.
"""

from __future__ import annotations

from .configuration import configure as configure

__all__ = ["configure"]
