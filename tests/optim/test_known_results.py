"""Results that are known beforehand: least squares, logistic regression, the perceptron's updates."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Tensor, binary_cross_entropy_with_logits, data, hessian, optim, relu

# Least squares on the four points of the course.


def sum_of_squares(beta):
    X, y = data.ols()
    return np.sum((beta[0] + beta[1] * X[:, 0] - y) ** 2)


def descend(optimizer, beta, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        sum_of_squares(beta).backward()
        optimizer.step()


def test_the_first_gradient_and_loss_are_those_of_the_course():
    beta = Tensor(np.zeros(2), requires_grad=True)
    loss = sum_of_squares(beta)
    loss.backward()
    assert loss.item() == 90.0
    assert beta.grad.tolist() == [-32.0, -70.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda params: optim.GradientDescent(params, lr=0.05),
        lambda params: optim.SGD(params, lr=0.02, momentum=0.7),
        lambda params: optim.SGD(params, lr=0.02, momentum=0.7, nesterov=True),
        lambda params: optim.AdaGrad(params, lr=1.0),
        lambda params: optim.Adam(params, lr=optim.schedules.Exponential(0.3, 0.99)),
        lambda params: optim.RMSProp(params, lr=optim.schedules.Exponential(0.3, 0.99)),
    ],
)
def test_descent_meets_the_closed_form(make):
    beta = Tensor(np.zeros(2), requires_grad=True)
    descend(make([beta]), beta, 1000)
    # The slowest of them shrinks the error by some percent a step; a thousand steps leave far less than this.
    np.testing.assert_allclose(beta.value, [0.7, 2.2], atol=1e-4)
    assert sum_of_squares(beta).item() == pytest.approx(1.8, abs=1e-6)


@pytest.mark.parametrize("method", ["gd", "cg", "bfgs", "l-bfgs", "newton-cg"])
def test_minimize_meets_the_closed_form(method):
    found = optim.minimize(sum_of_squares, np.zeros(2), method)
    assert found.converged
    np.testing.assert_allclose(found.x, [0.7, 2.2], atol=1e-6)
    assert found.value == pytest.approx(1.8, abs=1e-11)


def test_the_eigenvalues_set_the_rate_at_which_descent_diverges():
    low, high = np.linalg.eigvalsh(hessian(sum_of_squares)(np.zeros(2)))
    assert (round(low, 2), round(high, 2)) == (2.38, 33.62)
    slow = optim.minimize(sum_of_squares, np.zeros(2), "gd", lr=0.99 * 2 / high, max_steps=5000)
    assert slow.converged
    fast = optim.minimize(sum_of_squares, np.zeros(2), "gd", lr=1.01 * 2 / high, max_steps=5000)
    assert not fast.converged
    assert "diverged" in fast.message
    rising = fast.values[10:]  # by then the direction of the largest eigenvalue has taken over
    assert (np.diff(rising) > 0).all()


def test_mini_batches_of_a_plane_come_as_near_as_the_noise_allows():
    X, y = data.plane(400, w=(1.0, -2.0), b=0.5, noise=0.1, rng=3)
    rng = np.random.default_rng(0)
    w, b = Tensor(np.zeros(2), requires_grad=True), Tensor(0.0, requires_grad=True)
    schedule = optim.schedules.Inverse(0.2, k=0.02)
    optimizer = optim.SGD({"w": w, "b": b}, lr=schedule)
    for _ in range(40):
        for rows, targets in data.batches(X, y, 32, rng):
            optimizer.zero_grad()
            np.mean((rows @ w + b - targets) ** 2).backward()
            optimizer.step()
    best, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(400)]), y)
    # The spread of the last steps is about the rate times the noise of a batch: 0.01 * 0.1.
    np.testing.assert_allclose([*w.value, b.item()], best, atol=0.01)
    # five standard errors of least squares: 0.1 / sqrt(400 / 3)
    np.testing.assert_allclose(best, [1.0, -2.0, 0.5], atol=0.05)


# Logistic regression, beside scikit-learn's without a penalty.


def logistic(X, y):
    return lambda p: binary_cross_entropy_with_logits(X @ p["w"] + p["b"], y.astype(float))


def sklearn_coefficients(X, y):
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(X, y)
    return fitted.coef_[0], fitted.intercept_[0]


def two_irises():
    X, y = data.iris()
    X, y = X[y > 0][:, :2], y[y > 0] - 1  # two species that overlap in their sepals
    return data.standardize(X).apply(X), y


SETS = {
    "one feature": lambda: data.logistic_1d(200, rng=1),
    "two features": lambda: data.logistic_2d(300, rng=2),
    "irises": two_irises,
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("method", ["gd", "l-bfgs", "newton-cg"])
def test_logistic_regression_meets_scikit_learn(name, method):
    X, y = SETS[name]()
    start = {"w": np.zeros(X.shape[1]), "b": 0.0}
    found = optim.minimize(logistic(X, y), start, method, max_steps=20_000)
    assert found.converged
    w, b = sklearn_coefficients(X, y)
    # Both stop near the same point; scikit-learn's own stopping rule leaves about six digits.
    np.testing.assert_allclose(found.x["w"], w, rtol=1e-4)
    assert found.x["b"] == pytest.approx(b, rel=1e-4, abs=1e-4)


def test_the_coefficients_that_made_the_labels_are_found_again():
    X, y = data.logistic_1d(20_000, w0=-1.0, w1=2.0, rng=5)
    found = optim.minimize(logistic(X, y), {"w": np.zeros(1), "b": 0.0})
    # standard errors are about 0.03
    np.testing.assert_allclose([found.x["b"], *found.x["w"]], [-1.0, 2.0], atol=0.15)


# The perceptron's rule: a step of rate 1 along (t - o) x.


def passes(name, most):
    """Updates in each pass over a gate, until one has none; and the weights: bias, first, second input."""
    X, t = data.gate(name)
    X = np.column_stack([np.ones(len(X)), X])
    rule = optim.GradientDescent(None, lr=1.0)
    values = {"w": np.zeros(X.shape[1])}
    updates = []
    while len(updates) < most and (not updates or updates[-1]):
        updates.append(0)
        for rows, labels in data.batches(X, t, 1):
            x, error = rows[0], float(rows[0] @ values["w"] > 0) - labels[0]
            if error:
                values, _ = rule.updated(values, {"w": error * x}, {})
                updates[-1] += 1
    return updates, values["w"]


def test_the_perceptron_learns_or_in_updates_of_1_2_1_0():
    updates, w = passes("or", 100)
    assert updates == [1, 2, 1, 0]
    assert w.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("name", ["and", "nand", "nor", "implies", "not"])
def test_the_perceptron_settles_on_every_gate_that_a_line_separates(name):
    updates, w = passes(name, 100)
    assert updates[-1] == 0
    X, t = data.gate(name)
    assert ((np.column_stack([np.ones(len(X)), X]) @ w > 0) == t).all()


@pytest.mark.parametrize("name", ["xor", "xnor"])
def test_the_perceptron_never_settles_on_exclusive_or(name):
    updates, _ = passes(name, 100)
    assert len(updates) == 100
    assert min(updates) > 0


# Exclusive or, with hidden units.


def xor_loss(p):
    X, y = data.xor()
    logits = relu(X @ p["W"] + p["c"]) @ p["w"] + p.get("b", 0.0)
    return binary_cross_entropy_with_logits(logits, y.astype(float))


def best_of(restarts, output_bias):
    rng = np.random.default_rng(0)
    values = []
    for _ in range(restarts):
        start = {"W": rng.normal(size=(2, 2)), "c": np.zeros(2), "w": rng.normal(size=2)}
        if output_bias:
            start["b"] = 0.0
        values.append(optim.minimize(xor_loss, start, max_steps=200, keep_path=False).value)
    return min(values)


def test_exclusive_or_needs_the_bias_of_the_output():
    # Without it the logit cannot be right at all four points: ln(2)/4 = 0.17329 is the best, see the course.
    assert np.log(2) / 4 - 1e-9 < best_of(40, output_bias=False) < 0.18
    assert best_of(40, output_bias=True) < 0.05
