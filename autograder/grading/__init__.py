"""Grading a class: read submissions, run them apart, judge, journal, and write what comes out of it.

Read next: `grade.py` (one submission), `run.py` (a class), `tables.py` and `pages.py` (what comes out).
"""
