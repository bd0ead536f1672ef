"""Tries exercises before anybody works at them: what the tests hold of ours, for those of any course.

``autograder try MY01`` shows what is found. Read in this order: `unit`, `declared` (reference and
mistakes), `answers` (of somebody who makes them), `handed_in` (solution and empty stub).
"""
