"""What lies here is material for tests, not tests."""

collect_ignore_glob = ["other_course/*"]
