"""Checkpoints: a run that was stopped, or killed, goes on to the very numbers of one that was not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile

import numpy as np
import pytest

from backprop_course import Trainer, UsageError, cross_entropy, nn, optim
from backprop_course.training import Callback, checkpoint

from .runs import MOONS, SETTINGS, build


def everything(trainer, history):
    """All numbers of a run, but for the seconds it took."""
    facts = {key: value for key, value in history.facts().items() if key not in ("seconds", "why", "stopped")}
    state = {**trainer.model.state_dict(), **trainer.optimizer.state_dict()}
    return json.dumps(facts), {name: np.asarray(a).tobytes() for name, a in state.items()}


@pytest.mark.parametrize("compile", [True, False])
def test_a_run_in_two_parts_gives_bit_for_bit_the_numbers_of_one_run(tmp_path, compile):
    whole = build(compile=compile)
    expected = everything(whole, whole.fit(*MOONS, epochs=8, **SETTINGS))
    path = tmp_path / "run.npz"
    build(compile=compile).fit(*MOONS, epochs=3, checkpoint=path, **SETTINGS)
    rest = build(lr=9.0, rng=77, compile=compile)  # what differs here is read from the checkpoint
    history = rest.fit(*MOONS, epochs=8, checkpoint=path, resume=True, **SETTINGS)
    assert everything(rest, history) == expected
    assert len(history.seconds) == 8


def test_a_run_that_stops_within_an_epoch_goes_on_from_that_step(tmp_path):
    whole = build()
    expected = everything(whole, whole.fit(*MOONS, steps=14, **SETTINGS))
    path = tmp_path / "run.npz"
    for steps in (5, 6, 8, 14):  # 4 steps an epoch
        part = build()
        history = part.fit(*MOONS, steps=steps, checkpoint=path, resume=True, **SETTINGS)
    assert everything(part, history) == expected


def test_ctrl_c_leaves_a_checkpoint_of_that_step(tmp_path):
    class Press(Callback):
        def on_step(self, trainer, step, loss):
            if step == 6:
                signal.raise_signal(signal.SIGINT)

    whole = build()
    expected = everything(whole, whole.fit(*MOONS, epochs=4, **SETTINGS))
    path = tmp_path / "run.npz"
    assert "Ctrl-C" in build(callbacks=[Press()]).fit(*MOONS, epochs=4, checkpoint=path, **SETTINGS).stopped
    rest = build()
    history = rest.fit(*MOONS, epochs=4, checkpoint=path, resume=True, **SETTINGS)
    assert everything(rest, history) == expected
    assert history.stopped == ""


@pytest.mark.parametrize(
    "schedule",
    [
        lambda: optim.schedules.Cosine(0.05, 16),
        lambda: optim.schedules.Plateau(0.05, patience=0, threshold=0.3),
    ],
)
def test_schedules_go_on_too(tmp_path, schedule):
    path = tmp_path / "run.npz"
    whole = build()
    expected = everything(whole, whole.fit(*MOONS, epochs=6, schedule=schedule(), **SETTINGS))
    build().fit(*MOONS, epochs=4, checkpoint=path, schedule=schedule(), **SETTINGS)
    rest = build()
    history = rest.fit(*MOONS, epochs=6, checkpoint=path, schedule=schedule(), resume=True, **SETTINGS)
    assert everything(rest, history) == expected
    assert len(set(history.lr)) > 1


def test_patience_goes_on_counting_and_keeps_the_best_weights(tmp_path):
    path = tmp_path / "run.npz"
    settings = {**SETTINGS, "patience": 4}
    whole = build(lr=0.1)
    history = whole.fit(*MOONS, epochs=60, **settings)
    expected = everything(whole, history)
    assert history.stopped
    for epochs in range(1, 60, 2):
        part = build(lr=0.1)
        found = part.fit(*MOONS, epochs=epochs, checkpoint=path, resume=True, **settings)
    again = build(lr=0.1)
    assert found.stopped == again.fit(*MOONS, epochs=60, checkpoint=path, resume=True, **settings).stopped
    assert everything(again, again.history)[0] == expected[0]
    for name, value in whole.model.state_dict().items():
        np.testing.assert_array_equal(again.model.state_dict()[name], value)


PROGRAM = """
    import sys
    from tests.training.runs import MOONS, SETTINGS, build
    from backprop_course.training import Callback

    class Tell(Callback):
        def on_step(self, trainer, step, loss):
            print(step, flush=True)

    build(callbacks=[Tell()]).fit(*MOONS, epochs=100_000, checkpoint=sys.argv[1], **SETTINGS)
"""


def test_a_run_that_was_killed_goes_on_to_the_same_numbers(tmp_path):
    path = tmp_path / "run.npz"
    reached = 0
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), str(path)], stdout=subprocess.PIPE, text=True
        ) as process:
            while not (path.exists() and reached > 17):
                line = process.stdout.readline()
                assert line, "the program ended by itself"
                reached = int(line)
            time.sleep(0.01 * reached % 0.02)  # somewhere in a step, or in the middle of a write
            process.kill()
        assert process.returncode not in (0, None)
        found = checkpoint.read(path)[1]["place"]["epoch"]  # whole, whenever the signal came
        rest, whole = build(), build()
        history = rest.fit(*MOONS, epochs=found + 2, checkpoint=path, resume=True, **SETTINGS)
        assert everything(rest, history) == everything(whole, whole.fit(*MOONS, epochs=found + 2, **SETTINGS))
        assert len(history) == found + 2 > 4
        path.unlink()
        reached = 0


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    checkpoint.write(path, {"a": np.arange(3.0)}, {"epoch": 1})

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        checkpoint.write(path, {"a": np.arange(4.0)}, {"epoch": 2})
    arrays, facts = checkpoint.read(path)
    assert facts == {"epoch": 1}
    np.testing.assert_array_equal(arrays["a"], np.arange(3.0))


def test_a_checkpoint_keeps_every_bit_and_needs_no_pickle(tmp_path):
    path = tmp_path / "run.npz"
    facts = {"x": 0.1 + 0.2, "huge": 2**127 + 1, "inf": float("inf"), "key": np.arange(3, dtype=np.uint64)}
    checkpoint.write(path, {"a/b": np.array([np.nan, -0.0, 5e-324])}, facts)
    arrays, found = checkpoint.read(path)
    assert arrays["a/b"].tobytes() == np.array([np.nan, -0.0, 5e-324]).tobytes()
    assert found["x"] == 0.1 + 0.2
    assert found["huge"] == 2**127 + 1
    assert found["key"].dtype == np.uint64
    with zipfile.ZipFile(path) as file:
        assert all(not file.read(name)[:200].startswith(b"\x80") for name in file.namelist())
    np.load(path, allow_pickle=False)["facts"]


@pytest.mark.parametrize("generator", [np.random.MT19937, np.random.Philox, np.random.SFC64])
def test_any_generator_can_be_resumed(tmp_path, generator):
    path = tmp_path / "run.npz"

    def make():
        return build(rng=np.random.Generator(generator(5)))

    whole = make()
    expected = everything(whole, whole.fit(*MOONS, epochs=4, **SETTINGS))
    make().fit(*MOONS, epochs=2, checkpoint=path, **SETTINGS)
    rest = make()
    assert everything(rest, rest.fit(*MOONS, epochs=4, checkpoint=path, resume=True, **SETTINGS)) == expected


def test_resuming_without_a_checkpoint_starts_anew(tmp_path):
    path = tmp_path / "run.npz"
    history = build().fit(*MOONS, epochs=2, checkpoint=path, resume=True, **SETTINGS)
    assert len(history) == 2
    assert path.exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    build().fit(*MOONS, epochs=1, checkpoint=path, **SETTINGS)
    X, y = MOONS
    with pytest.raises(UsageError, match="another run: examples differ"):
        build().fit(X + 1e-9, y, epochs=2, checkpoint=path, resume=True, **SETTINGS)
    with pytest.raises(UsageError, match="batch_size 30"):
        build().fit(X, y, epochs=2, batch_size=20, checkpoint=path, resume=True)
    model = nn.MLP([2, 5, 2], rng=0)
    other = Trainer(model, cross_entropy, optim.Adam(model.parameters()), progress=False)
    with pytest.raises(UsageError, match="parameters of MLP are missing"):
        other.fit(X, y, epochs=2, checkpoint=path, resume=True, **SETTINGS)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    path.write_bytes(b"something else")
    with pytest.raises(UsageError, match="not a checkpoint"):
        build().fit(*MOONS, epochs=1, checkpoint=path, resume=True)
    nn.Linear(1, 1, init=1.0).save(path)
    with pytest.raises(UsageError, match="not a checkpoint"):
        build().fit(*MOONS, epochs=1, checkpoint=path, resume=True)
    checkpoint.write(path, {}, {"a": 1})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UsageError, match="not a checkpoint"):
        checkpoint.read(path)
    with pytest.raises(UsageError, match="make the folder first"):
        build().fit(*MOONS, epochs=1, checkpoint=tmp_path / "missing" / "run.npz")
