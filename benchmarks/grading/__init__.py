"""What it costs to grade: one right submission by part, the same class by three graders, and a large class.

Read next: `submissions.py` (who submits what), `by_part.py`, `side_by_side.py`, `crowd.py`, `__main__.py`.
"""
