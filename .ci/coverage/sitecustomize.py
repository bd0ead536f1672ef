"""Imported by Python as it starts, where its folder is on PYTHONPATH: in every process of a measured run."""

import os

import confined

if os.environ.get(confined.MARKS):
    confined.begin()
