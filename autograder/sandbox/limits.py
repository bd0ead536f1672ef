"""What a submission may use."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("sandbox", "limits", "process")  # of isolation, the strongest first


@dataclass(frozen=True)
class Limits:
    """What a submission may use before it is stopped.

    Parameters
    ----------
    call : float
        Seconds of wall time for one call of an answer.
    question : float
        Seconds for all calls of one answer.
    submission : float
        Seconds for all of a submission.
    set_up : float
        Seconds for the statements that define the answers.
    memory : int
        Bytes beyond what the warm process has.
    processor : int
        Seconds of processor time of one process.
    waiting : float
        Seconds in which one process wanted to run, no processor was free, and no other limit counts.
    file : int
        Bytes of one file.
    folder : int
        Bytes of all files together, where the folder is in memory.
    isolation : str
        The least of `LEVELS` that will do.
    """

    call: float = 2.0
    question: float = 20.0
    submission: float = 120.0
    set_up: float = 10.0
    memory: int = 1 << 30
    processor: int = 180
    waiting: float = 600.0
    file: int = 16 << 20
    folder: int = 64 << 20
    isolation: str = "process"
