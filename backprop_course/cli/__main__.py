"""``python -m backprop_course.cli`` is the command ``backprop-course``."""

from backprop_course.cli import main

main()
