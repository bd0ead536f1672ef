"""The exercises of another teacher's course."""
