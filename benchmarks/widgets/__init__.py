"""How fast the widgets answer in a real JupyterLab in headless Chromium, and how soon the gallery is usable.

Read next: `clock.js` (what is timed in the page), `in_lab.py`, `opening.py`, `__main__.py`.
"""
