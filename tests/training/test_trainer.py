"""Trainer: the same steps as by hand, compiled or not, and what may stop them."""

from __future__ import annotations

import signal
import threading
import tracemalloc

import numpy as np
import pytest

from backprop_course import (
    ShapeError,
    Tensor,
    Trainer,
    UsageError,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
    nn,
    optim,
)
from backprop_course.training import Callback, accuracy


def weights(model):
    return {name: p.numpy() for name, p in model.named_parameters()}


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def test_full_batch_descent_takes_the_steps_one_takes_by_hand():
    X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[2.0], [4.0], [5.0], [8.0]])
    model = nn.Linear(1, 1, init=0.5)
    w, b = 0.5, 0.0
    for _ in range(5):
        error = w * X + b - y
        w, b = w - 0.05 * np.mean(2 * error * X), b - 0.05 * np.mean(2 * error)
    Trainer(model, mse_loss, optim.SGD(model.parameters(), lr=0.05), progress=False).fit(X, y, epochs=5)
    # sums of four numbers, five times over: a few roundings
    np.testing.assert_allclose([model.weight.item(), model.bias.item()], [w, b], rtol=1e-13)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda p: optim.SGD(p, lr=0.1),
        lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
        lambda p: optim.Adam(p, lr=0.01),
        lambda p: optim.Adam([{"params": p[:2], "lr": 0.03}, {"params": p[2:]}], lr=0.01),
    ],
    ids=["sgd", "nesterov", "adam", "groups"],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_compiled_steps_and_the_tape_give_the_same_numbers(moons, make, optimizer, dtype):
    X, y = moons
    found = []
    for compile in (True, False):
        model = nn.MLP([2, 8, 8, 2], rng=np.random.default_rng(1), dtype=dtype)
        trainer = make(model=model, optimizer=optimizer, compile=compile, metrics=["accuracy"])
        history = trainer.fit(X, y, epochs=4, batch_size=50, validation=(X[:30], y[:30]))
        assert history.path == ("compiled" if compile else "tape")
        assert all(p.dtype == dtype for p in model.parameters())
        found.append((history, weights(model)))
    (fast, with_fast), (slow, with_slow) = found
    # the plan replays the tape's own calls; where it adds cotangents in another order, the last bits differ
    rtol = 1e-10 if dtype == np.float64 else 1e-3
    for name in with_slow:
        np.testing.assert_allclose(with_fast[name], with_slow[name], rtol=rtol, atol=rtol)
    np.testing.assert_allclose(fast.loss, slow.loss, rtol=rtol)
    np.testing.assert_allclose(fast.val_loss, slow.val_loss, rtol=rtol)
    assert fast.metrics.keys() == slow.metrics.keys() == {"accuracy", "val_accuracy"}


@pytest.mark.parametrize("optimizer", [lambda p: optim.SGD(p, lr=0.1), lambda p: optim.Adam(p, lr=0.01)])
def test_training_is_what_the_optimiser_does_step_by_step_on_tensors(moons, make, optimizer):
    X, y = moons
    trainer = make(optimizer=optimizer)
    model = trainer.model.copy()
    trainer.fit(X, y, epochs=2, batch_size=50)
    by_hand, rng = optimizer(model.parameters()), np.random.default_rng(2)
    for _ in range(2):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 50):
            rows = order[start : start + 50]
            cross_entropy(model(X[rows]), y[rows]).backward()
            by_hand.step()
            by_hand.zero_grad()
    for name, value in weights(model).items():
        # the same operations in float64, but for the order of some sums
        np.testing.assert_allclose(weights(trainer.model)[name], value, rtol=1e-9, atol=1e-12)
    assert trainer.optimizer.steps == by_hand.steps == 6


def test_the_loss_of_an_epoch_weighs_every_example_the_same(make, moons):
    X, y = moons
    trainer = make(optimizer=lambda p: optim.SGD(p, lr=0.0), metrics=["accuracy"])
    history = trainer.fit(X, y, epochs=1, batch_size=50)  # 50, 50 and 20
    found = trainer.evaluate(X, y)
    assert history.loss[0] == pytest.approx(found["loss"], rel=1e-12)
    assert history.metrics["accuracy"][0] == pytest.approx(found["accuracy"])
    assert found["accuracy"] == accuracy(trainer.predict(X), y)


def test_runs_with_the_same_seed_are_equal_and_with_another_are_not(make, moons):
    def run(seed):
        model = nn.Sequential(
            nn.Linear(2, 16, rng=np.random.default_rng(1)),
            nn.Tanh(),
            nn.Dropout(0.3, rng=np.random.default_rng(3)),
            nn.Linear(16, 2, rng=np.random.default_rng(4)),
        )
        trainer = make(model=model, rng=seed)
        return trainer.fit(*moons, epochs=3).loss

    assert run(5) == run(5)
    assert run(5) != run(6)


def test_only_the_parameters_of_the_optimiser_change(make, moons):
    trainer = make(optimizer=lambda p: optim.SGD(p[2:], lr=0.1))
    before = weights(trainer.model)
    assert trainer.fit(*moons, epochs=1).path == "compiled"
    after = weights(trainer.model)
    assert [name for name in before if not np.array_equal(before[name], after[name])] == [
        "2.weight",
        "2.bias",
    ]


def test_layers_are_trained_in_one_mode_and_used_in_the_other(make, moons):
    X, y = moons
    model = nn.Sequential(
        nn.Linear(2, 16, rng=np.random.default_rng(1)), nn.Dropout(0.5, rng=0), nn.Linear(16, 2, rng=1)
    )
    model.eval()
    trainer = make(model=model)
    trainer.fit(X, y, epochs=2, validation=(X, y))
    assert not model.training
    np.testing.assert_array_equal(trainer.predict(X), trainer.predict(X))
    model.train()
    np.testing.assert_array_equal(trainer.predict(X), trainer.predict(X))
    assert model.layers[1].training


# Paths.


class Branching(nn.Module):
    def __init__(self):
        self.inner = nn.Linear(2, 2, rng=np.random.default_rng(1))

    def forward(self, x):
        y = self.inner(x)
        return y if np.sum(y) > 0 else y * 0.5


class Noisy(nn.Module):
    def __init__(self):
        self.inner, self.source = nn.Linear(2, 2, rng=np.random.default_rng(1)), np.random.RandomState(0)

    def forward(self, x):
        return self.inner(x) + self.source.normal(size=(len(x), 2))


def test_a_graph_that_depends_on_values_is_trained_on_the_tape_and_the_reason_is_told(make, moons):
    trainer = make(model=Branching())
    history = trainer.fit(*moons, epochs=2)
    assert (trainer.path, history.path) == ("tape", "tape")
    assert "values" in trainer.why
    assert "not compiled" in repr(history)
    assert history.loss[1] < history.loss[0]


def test_numbers_that_a_plan_would_repeat_keep_a_model_on_the_tape(make, moons):
    trainer = make(model=Noisy())
    trainer.fit(*moons, epochs=1)
    assert trainer.path == "tape"
    assert "drawn" in trainer.why


def test_compiling_can_be_left_out(make, moons):
    trainer = make(compile=False)
    trainer.fit(*moons, epochs=1)
    assert (trainer.path, trainer.why) == ("tape", "compile=False")


# What stops a run.


def test_patience_keeps_the_weights_of_the_best_epoch(make, rng):
    X, y = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)  # nothing to learn: only to learn by heart
    X_val, y_val = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    trainer = make(sizes=(2, 32, 2), optimizer=lambda p: optim.Adam(p, lr=0.05))
    history = trainer.fit(X, y, epochs=200, validation=(X_val, y_val), patience=5)
    best = int(np.argmin(history.val_loss))
    assert history.best_epoch == best + 1 == len(history) - 5
    assert "5 epochs" in history.stopped
    # evaluated on the same arrays by the same calls
    assert trainer.evaluate(X_val, y_val)["loss"] == pytest.approx(history.val_loss[best], rel=1e-12)
    assert history.val_loss[-1] > history.val_loss[best]


def test_a_callback_is_told_everything_and_may_stop_the_run(make, moons):
    heard = []

    class Listener(Callback):
        def on_start(self, trainer, history):
            heard.append(("start", len(history)))

        def on_step(self, trainer, step, loss):
            heard.append(("step", step))

        def on_epoch(self, trainer, history):
            heard.append(("epoch", history.epochs[-1]))
            return "that is enough" if len(history) == 2 else None

        def on_end(self, trainer, history):
            heard.append(("end", len(history)))

    history = make(callbacks=[Listener()]).fit(*moons, epochs=10, batch_size=60)
    steps = [("step", 1), ("step", 2), ("epoch", 1), ("step", 3), ("step", 4), ("epoch", 2)]
    assert heard == [("start", 0), *steps, ("end", 2)]
    assert history.stopped == "that is enough"


def test_callbacks_see_the_newest_parameters_and_may_change_the_rate(make, moons):
    seen, losses = [], []

    def look(trainer, history):
        seen.append(weights(trainer.model))
        losses.append(trainer.evaluate(*moons)["loss"])
        trainer.optimizer.lr = 0.0

    trainer = make(callbacks=[look])
    history = trainer.fit(*moons, epochs=3, validation=moons)
    assert losses == pytest.approx(history.val_loss, rel=1e-12)
    assert same(seen[0], seen[2])
    assert history.lr == [0.02, 0.0, 0.0]


@pytest.mark.parametrize("compile", [True, False])
def test_what_a_callback_writes_to_the_model_counts(make, moons, compile):
    def shorten(trainer, history):
        for p in trainer.model.parameters():
            p.assign(p.value * 0.5)

    trainer = make(callbacks=[shorten], compile=compile)
    trainer.fit(*moons, epochs=2, batch_size=120)
    by_hand = make(compile=compile)
    for _ in range(2):
        by_hand.fit(*moons, epochs=1, batch_size=120)
        shorten(by_hand, None)
    assert same(weights(trainer.model), weights(by_hand.model))


@pytest.mark.parametrize("compile", [True, False])
def test_settings_that_a_callback_changes_count_too(make, moons, compile):
    def decay(trainer, history):
        trainer.optimizer.param_groups[0]["weight_decay"] = 0.5

    def run(**settings):
        trainer = make(optimizer=lambda p: optim.SGD(p, lr=0.1), compile=compile, **settings)
        trainer.fit(*moons, epochs=3, batch_size=120)
        return float(np.sum(trainer.model.layers[0].weight.value ** 2))

    assert run(callbacks=[decay]) < 0.99 * run()


def press_ctrl_c(after):
    class Press(Callback):
        def on_step(self, trainer, step, loss):
            if step == after:
                signal.raise_signal(signal.SIGINT)

    return Press()


def test_ctrl_c_finishes_the_step_and_keeps_what_was_learned(make, moons):
    trainer, other = make(callbacks=[press_ctrl_c(5)]), make()
    history = trainer.fit(*moons, epochs=50)
    other.fit(*moons, steps=5)
    assert history.stopped.startswith("Ctrl-C in epoch 2, after 5 steps")
    assert len(history) == 1
    assert same(weights(trainer.model), weights(other.model))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_comes_as_an_exception_keeps_what_was_learned_too(make, moons):
    def interrupted(trainer, history):
        if len(history) == 3:
            raise KeyboardInterrupt

    history = make(callbacks=[interrupted]).fit(*moons, epochs=50)
    assert len(history) == 3
    assert "Ctrl-C" in history.stopped


def test_training_works_in_another_thread(make, moons):
    found = []
    thread = threading.Thread(target=lambda: found.append(make().fit(*moons, epochs=2)))
    thread.start()
    thread.join()
    assert len(found[0]) == 2


def test_a_loss_that_is_not_finite_stops_the_run_and_names_what_went_bad(make, moons):
    X, y = moons
    trainer = make(
        sizes=(2, 8, 1),
        loss=lambda out, t: np.mean(np.exp(np.square(out - t))),
        optimizer=lambda p: optim.SGD(p, lr=0.5),
    )
    with pytest.warns(RuntimeWarning, match="the loss is"):
        history = trainer.fit(X, y[:, None].astype(float) * 3, epochs=50)
    assert history.diverged
    assert "'exp'" in history.stopped or "'square'" in history.stopped
    assert all(np.isfinite(p.value).all() for p in trainer.model.parameters())
    assert np.isfinite(trainer.predict(X)).all()


def test_the_layer_that_went_bad_is_named(make, moons):
    class Root(nn.Module):
        def forward(self, x):
            return np.sqrt(x)

    model = nn.Sequential(nn.Linear(2, 2, init=np.eye(2) * 0.5), Root())
    model.layers[0].bias.assign([3.0, 3.0])
    trainer = make(model=model, optimizer=lambda p: optim.SGD(p, lr=20.0))
    with pytest.warns(RuntimeWarning, match="'sqrt' is not finite in layer 1"):
        history = trainer.fit(*moons, epochs=5)
    step = trainer.optimizer.steps
    assert f"at step {step + 1}," in history.stopped


def test_gradients_that_are_not_finite_are_found_before_they_spread(make):
    model = nn.Linear(1, 1, bias=False, init=1.0)
    X, y = np.array([[0.0], [1.0]]), np.zeros((2, 1))

    def loss(out, target):
        return np.mean(np.sqrt(np.square(out - target)))  # the slope of the root at 0 is infinite

    trainer = make(model=model, loss=loss, optimizer=lambda p: optim.SGD(p, lr=0.1))
    with pytest.warns(RuntimeWarning, match="the parameters are not finite at step 1.*cotangent that"):
        trainer.fit(X, y, epochs=3)
    assert model.weight.item() == 1.0


# Steps, rates, batches.


def test_steps_may_be_counted_instead_of_epochs(make, moons):
    trainer = make()
    history = trainer.fit(*moons, steps=10, batch_size=30)  # 4 batches an epoch
    assert trainer.optimizer.steps == 10
    assert len(history) == 3
    assert history.epochs == [1, 2, 3]


def test_a_schedule_sets_the_rate_of_every_step(make, moons):
    asked = []

    def schedule(step):
        asked.append(step)
        return 0.1 / (1 + step)

    history = make().fit(*moons, epochs=2, batch_size=60, schedule=schedule)
    assert set(asked) == {0, 1, 2, 3}
    assert history.lr == pytest.approx([0.1 / 2, 0.1 / 4])


def test_one_batch_of_all_examples_keeps_their_order_and_draws_nothing(make, moons):
    rng = np.random.default_rng(7)
    make(rng=rng).fit(*moons, epochs=2, batch_size=120)
    assert rng.bit_generator.state == np.random.default_rng(7).bit_generator.state


def test_a_second_fit_goes_on_from_the_first(make, moons):
    once, twice = make(), make()
    once.fit(*moons, epochs=4)
    twice.fit(*moons, epochs=2)
    assert len(twice.fit(*moons, epochs=2)) == 2
    assert same(weights(once.model), weights(twice.model))


def test_metrics_have_names_and_see_plain_arrays(make, moons):
    def largest(out, target):
        assert type(out) is np.ndarray
        assert type(target) is np.ndarray
        return out.max()

    trainer = make(metrics={"big": largest})
    history = trainer.fit(*moons, epochs=1, validation=moons)
    assert history.metrics.keys() == {"big", "val_big"}
    assert make(metrics=[largest]).metrics.keys() == {"largest"}
    with pytest.raises(UsageError, match="accuracy"):
        make(metrics=["precision"])


def test_accuracy_reads_logits_of_two_and_of_many_classes():
    assert accuracy(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([1, 1])) == 0.5
    assert accuracy(np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])) == 1.0
    assert accuracy(np.array([[-1.0], [3.0]]), np.array([[0.0], [1.0]])) == 1.0
    assert accuracy(np.array([-1.0, 3.0]), np.array([1, 1])) == 0.5
    with pytest.raises(ShapeError, match="targets"):
        accuracy(np.zeros((3, 4)), np.zeros((2,)))


@pytest.mark.parametrize("compile", [True, False])
def test_memory_stays_flat_over_epochs(make, rng, compile):
    X, y = rng.normal(size=(500, 50)), rng.integers(0, 3, 500)
    sizes = []

    def look(trainer, history):
        sizes.append(tracemalloc.get_traced_memory()[0])

    trainer = make(sizes=(50, 32, 3), callbacks=[look], compile=compile)
    tracemalloc.start()
    try:
        trainer.fit(X, y, epochs=60, batch_size=100)
    finally:
        tracemalloc.stop()
    # Python keeps up to 2000 tuples of a length for later use (about 200 kB for each length in use), and the
    # history grows by a hundred bytes an epoch. One batch kept back each epoch would be 50 times 40 kB, one
    # copy of the parameters 50 times 14 kB and of Adam's state twice that.
    assert sizes[-1] - sizes[10] < 500_000


@pytest.mark.parametrize("compile", [True, False])
def test_a_penalty_is_part_of_each_step_and_not_of_evaluation(make, moons, compile):
    X, y = moons

    def penalty(values):
        return nn.l2(values, 0.1)

    trainer = make(optimizer=lambda p: optim.SGD(p, lr=0.5), penalty=penalty, compile=compile)
    model = trainer.model.copy()
    history = trainer.fit(X, y, epochs=1, batch_size=len(X))
    assert trainer.path == ("compiled" if compile else "tape")
    loss = cross_entropy(model(X), y)
    (loss + nn.l2(model, 0.1)).backward()
    assert history.loss[0] == pytest.approx(loss.item() + nn.l2(model, 0.1).item(), rel=1e-12)
    for (name, p), value in zip(model.named_parameters(), weights(trainer.model).values(), strict=True):
        np.testing.assert_allclose(value, p.value - 0.5 * p.grad, rtol=1e-11, atol=1e-14, err_msg=name)
    assert trainer.evaluate(X, y)["loss"] == pytest.approx(cross_entropy(trainer.predict(X), y), rel=1e-12)


def test_a_loss_that_reads_parameters_by_itself_is_refused(make, moons):
    trainer = make(loss=lambda out, t: cross_entropy(out, t) + nn.l2(trainer.model, 0.1))
    with pytest.raises(UsageError, match="penalty=lambda values"):
        trainer.fit(*moons, epochs=1)


def test_integers_are_taken_as_numbers_in_X_and_as_classes_in_y(make):
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 1])
    history = make().fit(X, y, epochs=30)
    assert history.loss[-1] < history.loss[0]
    model = nn.Linear(2, 1, rng=0)
    trainer = make(model=model, loss=binary_cross_entropy_with_logits)
    trainer.fit(X, y[:, None], epochs=1)
    assert isinstance(model.weight, Tensor)


def test_no_epochs_change_nothing(make, moons):
    trainer = make()
    before = weights(trainer.model)
    history = trainer.fit(*moons, epochs=0)
    assert (len(history), history.path) == (0, "")
    assert same(before, weights(trainer.model))


def test_an_error_of_a_callback_comes_out_and_what_was_learned_stays(make, moons):
    def fail(trainer, history):
        raise LookupError("mine")

    trainer, other = make(callbacks=[fail]), make()
    with pytest.raises(LookupError, match="mine"):
        trainer.fit(*moons, epochs=3)
    other.fit(*moons, epochs=1)
    assert len(trainer.history) == 1
    assert same(weights(trainer.model), weights(other.model))
