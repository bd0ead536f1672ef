"""The command ``autograder``, and ``python -m autograder``: what takes time is imported here."""

from autograder._interrupted import leave


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from autograder.cli import main as run
    except KeyboardInterrupt:
        leave()
    run()


if __name__ == "__main__":
    main()
