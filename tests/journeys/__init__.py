"""Journeys: what a student, a teaching assistant, a learner alone and an instructor do, from end to end.

Each is one test with the programs themselves. ``JOURNEYS=FOLDER pytest -m browser tests/journeys`` leaves a
picture of each stage in a folder, to be looked at.
"""
