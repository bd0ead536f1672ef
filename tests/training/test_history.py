"""History: what is recorded, and how it is read."""

from __future__ import annotations

import csv
import json
import sys

import numpy as np
import pytest

from backprop_course import UsageError, cross_entropy, nn, optim, value_and_grad
from backprop_course.training import History


@pytest.fixture
def history(make, moons):
    return make(metrics=["accuracy"]).fit(*moons, epochs=5, validation=moons)


def test_columns_have_one_entry_for_each_epoch(history):
    columns = history.to_dict()
    assert list(columns) == ["epoch", "loss", "val_loss", "accuracy", "val_accuracy", "lr", "seconds"]
    assert {len(column) for column in columns.values()} == {5} == {len(history)}
    assert columns["epoch"] == [1, 2, 3, 4, 5]
    assert columns["lr"] == [0.02] * 5
    assert all(seconds > 0 for seconds in columns["seconds"])
    columns["loss"].clear()
    assert len(history.loss) == 5


def test_a_csv_file_holds_the_same(history, tmp_path):
    history.to_csv(tmp_path / "history.csv")
    with open(tmp_path / "history.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == history.loss
    assert [int(row["epoch"]) for row in rows] == history.epochs


def test_facts_go_through_json_and_come_back_whole(history):
    again = History.from_facts(json.loads(json.dumps(history.facts())))
    assert vars(again) == vars(history)


def test_rates_of_groups_are_recorded_side_by_side(make, moons):
    trainer = make(optimizer=lambda p: optim.SGD([{"params": p[:2], "lr": 0.2}, {"params": p[2:]}], lr=0.1))
    history = trainer.fit(*moons, epochs=2)
    assert history.lr == [(0.2, 0.1)] * 2
    assert History.from_facts(json.loads(json.dumps(history.facts()))).lr == history.lr


def test_repr_tells_from_where_to_where(history):
    lines = repr(history).splitlines()
    assert lines[0] == "History of 5 epochs, compiled"
    assert lines[1].split() == ["loss", *f"{history.loss[0]:.4g} to {history.loss[-1]:.4g}, least".split(),
                                f"{min(history.loss):.4g}", "in", "epoch", "5"]  # fmt: skip
    assert repr(History()) == "History of 0 epochs"


def test_norms_are_those_of_the_very_steps(make, moons):
    X, y = moons
    trainer = make(optimizer=lambda p: optim.SGD(p, lr=0.5))
    start = trainer.model.copy()
    history = trainer.fit(X, y, epochs=1, batch_size=len(X))

    def loss(values):
        return cross_entropy(nn.pure(start, values, X)[0], y)

    values = nn.values(start)
    _, grads = value_and_grad(loss)(values)
    hidden = np.tanh(X @ values["0.weight"] + values["0.bias"])
    expected = {
        "weight": np.sqrt(np.sum(values["0.weight"] ** 2) + np.sum(values["0.bias"] ** 2)),
        "gradient": np.sqrt(np.sum(grads["0.weight"] ** 2) + np.sum(grads["0.bias"] ** 2)),
    }
    expected["update"] = 0.5 * expected["gradient"]
    assert history.norm_steps == [1]
    assert history.first_loss == pytest.approx(history.loss[0], rel=1e-14)
    for kind, value in expected.items():
        # sums of a few dozen squares; the update is a difference of weights, so it has their rounding
        assert history.norms[kind]["0"] == pytest.approx([value], rel=1e-12)
    assert history.norms["activation"]["1"] == pytest.approx([np.sqrt(np.mean(hidden**2))], rel=1e-12)
    assert list(history.norms["activation"]) == ["0", "1", "2"]
    assert list(history.norms["gradient"]) == ["0", "2"]


def test_measuring_changes_no_number(moons, make):
    def run(norms, **settings):
        draw = np.random.default_rng(1)
        model = nn.Sequential(
            nn.Linear(2, 8, rng=draw),
            nn.BatchNorm(8),
            nn.ReLU(),
            nn.Dropout(0.3, rng=np.random.default_rng(4)),
            nn.Linear(8, 2, rng=draw),
        )
        trainer = make(model=model, norms=norms, **settings)
        return trainer.fit(*moons, epochs=4).loss, model.state_dict()

    for compile in (True, False):
        (loss, state), (other, other_state) = run(True, compile=compile), run(False, compile=compile)
        assert loss == other
        for name, value in state.items():
            np.testing.assert_array_equal(value, other_state[name])


def test_it_is_measured_often_at_first_and_seldom_later(make, moons):
    steps = make().fit(*moons, steps=1500).norm_steps
    assert steps[:6] == [1, 2, 3, 4, 5, 7]
    assert set(np.diff([s for s in steps if s > 900])) == {200}
    assert make(norms=False).fit(*moons, epochs=1).norm_steps == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_shows_losses_metrics_and_gradients(history, dark):
    pytest.importorskip("matplotlib")
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    fig = history.plot(dark=dark)
    try:
        fig.canvas.draw()
        assert [ax.get_title() for ax in fig.axes] == ["Loss", "Metrics", "Norm of the gradient"]
        training, held = fig.axes[0].lines
        np.testing.assert_array_equal(training.get_ydata(), history.loss)
        np.testing.assert_array_equal(held.get_ydata(), history.val_loss)
        assert training.get_linestyle() != held.get_linestyle()
        assert all(label.get_text() for ax in fig.axes for label in [ax.xaxis.label])
        background, ink = (
            np.mean(mpl.colors.to_rgb(c)) for c in (fig.get_facecolor(), fig.axes[0].xaxis.label.get_color())
        )
        assert (background < 0.2 and ink > 0.8) if dark else (background > 0.8 and ink < 0.2)
        assert mpl.rcParams["figure.facecolor"] != "black"  # nothing is left behind
    finally:
        plt.close(fig)


def test_nothing_can_be_drawn_before_an_epoch_is_over_or_without_matplotlib(history, monkeypatch):
    with pytest.raises(UsageError, match="train for an epoch first"):
        History().plot()
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="matplotlib"):
        history.plot()


def test_a_bar_is_shown_where_tqdm_is_there_and_training_goes_on_where_it_is_not(
    make, moons, capsys, monkeypatch
):
    pytest.importorskip("tqdm")
    make(progress=True).fit(*moons, epochs=2)
    assert "step" in capsys.readouterr().err
    make(progress=False).fit(*moons, epochs=2)
    assert capsys.readouterr().err == ""
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert len(make(progress=True).fit(*moons, epochs=2)) == 2
    assert capsys.readouterr().err == ""
