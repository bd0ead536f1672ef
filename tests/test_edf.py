"""The framework that is a text to read: programs in it against the engine's gradient of the mean loss."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from backprop_course import cross_entropy, edf, grad, sigmoid, softmax, vjp
from backprop_course.errors import DtypeError, GraphError, ShapeError, UsageError

D, H, C = 3, 4, 5


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Every test begins with no graph and the module's own learning rate."""
    edf.clear_compgraph()
    monkeypatch.setattr(edf, "learning_rate", edf.learning_rate)
    yield
    edf.clear_compgraph()


def assert_close(got, expected):
    # The same sums over at most a dozen examples in another order: some rounding errors of 2e-16 apart.
    np.testing.assert_allclose(got, expected, rtol=1e-11, atol=1e-14)
    assert np.shape(got) == np.shape(expected)


def assert_all_close(got, expected):
    for one, other in zip(got, expected, strict=True):
        assert_close(one, other)


def forward(node):
    edf.Forward()
    return node


def batch(rng, n):
    return rng.normal(size=(n, D)), rng.integers(C, size=n)


def network(rng, x, labels):
    """The lecture's program: affine, sigmoid, affine, softmax, cross-entropy."""
    net = SimpleNamespace(x=edf.Input(x), labels=edf.Input(labels))
    net.first, net.second = edf.AffineParams(D, H, rng), edf.AffineParams(H, C, rng)
    net.h = edf.Sigmoid(edf.Affine(net.first, net.x))
    net.p = edf.Softmax(edf.Affine(net.second, net.h))
    net.loss = edf.CrossEntropyLoss(net.p, net.labels)
    return net


def values():
    return [parameter.value.copy() for parameter in edf.Parameters]


def grads():
    return [parameter.grad.copy() for parameter in edf.Parameters]


def mean_loss(w1, b1, w2, b2, x, labels):
    return cross_entropy(sigmoid(x @ w1 + b1) @ w2 + b2, labels)  # the mean over examples


def engine_grads(x, labels):
    return grad(mean_loss, argnums=(0, 1, 2, 3))(*values(), x, labels)


def assert_gradients(x, labels):
    assert_all_close(grads(), engine_grads(x, labels))


@pytest.mark.parametrize("n", [1, 2, 7])
def test_two_layers_have_the_gradient_of_the_mean_loss(n, rng):
    x, labels = batch(rng, n)
    net = network(rng, x, labels)
    edf.Backward(forward(net.loss))
    assert net.loss.value.shape == (n,)
    assert_close(net.loss.value.mean(), mean_loss(*values(), x, labels))
    assert_close(net.p.value.sum(axis=1), np.ones(n))
    assert_gradients(x, labels)


def test_training_lowers_the_loss_and_every_step_is_the_engines(rng):
    x, labels = batch(rng, 12)
    net = network(rng, x, labels)
    losses = []
    for _ in range(30):
        edf.Forward()
        edf.Backward(net.loss)
        losses.append(net.loss.value.mean())
        expected = [w - 0.5 * g for w, g in zip(values(), engine_grads(x, labels), strict=True)]
        edf.UpdateParameters(0.5)
        for got, want in zip(values(), expected, strict=True):
            assert_close(got, want)
    assert np.all(np.diff(losses) < 0)


def test_a_batch_doubled_by_repetition_has_the_same_gradient(rng):
    x, labels = batch(rng, 6)
    net = network(rng, x, labels)
    edf.Backward(forward(net.loss))
    once = grads()
    net.x.value, net.labels.value = np.concatenate([x, x]), np.concatenate([labels, labels])
    edf.Backward(forward(net.loss))
    assert_all_close(grads(), once)


def test_backward_twice_gives_the_same_gradient_and_seeds_once(rng):
    net = network(rng, *batch(rng, 6))
    edf.Backward(forward(net.loss))
    once = grads()
    edf.Backward(net.loss)
    for got, expected in zip(grads(), once, strict=True):
        assert np.array_equal(got, expected)
    assert np.array_equal(net.loss.grad, np.full(6, 1 / 6))


@pytest.mark.filterwarnings("error")
def test_logits_of_1000_are_exact_and_silent(rng):
    logits = np.array([[1000.0, -1000.0, 0.0], [1000.0, -1000.0, 0.0]])
    labels = np.array([0, 1])
    u = edf.Affine(edf.AffineParams(3, 3, rng), edf.Input(np.eye(3)[:2]))
    u.params.w.value[:2] = logits
    loss = edf.CrossEntropyLoss(edf.Softmax(u), edf.Input(labels))
    edf.Backward(forward(loss))
    assert_close(loss.value, [0.0, 2000.0])
    assert_close(u.grad, grad(lambda u: cross_entropy(u, labels))(logits))
    assert_close(u.grad, [[0.0, 0.0, 0.0], [0.5, -0.5, 0.0]])


class Node(edf.CompNode):
    """A given value, so that a test sees what its children send; `backward` has no parent to tell."""

    def __init__(self, value):
        super().__init__()
        self.value = np.array(value)

    def forward(self):
        pass

    def backward(self):
        pass


def test_sigmoid_is_exact_and_silent_beyond_ten():
    x = Node([[-1000.0, -30.0, -11.0, 0.0, 11.0, 30.0, 1000.0]])
    y = edf.Sigmoid(x)
    edf.Backward(forward(y))
    expected, pull = vjp(sigmoid, x.value)
    assert_close(y.value, expected)
    # 1 - value has an absolute error of 1e-16, all that is left of the slope at 30 and beyond.
    np.testing.assert_allclose(x.grad, pull(np.ones_like(x.value))[0], rtol=1e-10, atol=2e-16)
    assert np.all(x.grad[0, [2, 4]] > 1e-5)  # a clip at 10 would have slope 0 there


def test_a_shared_parent_hears_from_every_child(rng):
    value = rng.normal(size=(4, 3))
    params = edf.AffineParams(3, 3, rng)
    x = Node(value)
    h = edf.Affine(params, edf.Sigmoid(x))
    y = Sum(Sum(edf.Affine(params, x), h), x)  # x has three children, the parameters two
    edf.Backward(forward(y))

    def mean(x, w, b):
        return np.sum((x @ w + b) + (sigmoid(x) @ w + b) + x) / 4

    for got, expected in zip(
        (x.grad, *grads()), grad(mean, argnums=(0, 1, 2))(value, *values()), strict=True
    ):
        assert_close(got, expected)


class Sum(edf.CompNode):
    """A node of one's own: it needs `forward` and `backward` and no change of the module."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def forward(self):
        self.value = self.x.value + self.y.value

    def backward(self):
        self.x.addgrad(self.grad)
        self.y.addgrad(self.grad)


class Square(edf.CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = self.x.value**2

    def backward(self):
        self.x.addgrad(self.grad * 2.0 * self.x.value)


class Loss(edf.CompNode):
    """One number per example from a column of guesses, given value and slope as functions."""

    def __init__(self, guess, y, value, slope):
        super().__init__(guess, y)
        self.guess, self.y, self.of, self.slope = guess, y, value, slope

    def forward(self):
        self.value = self.of(self.guess.value[:, 0], self.y.value)

    def backward(self):
        self.guess.addgrad((self.grad * self.slope(self.guess.value[:, 0], self.y.value))[:, None])


def squared(guess, y):
    return (guess - y) ** 2


def bernoulli(guess, y):
    return -y * np.log(guess) - (1.0 - y) * np.log(1.0 - guess)


def bernoulli_slope(guess, y):
    return (guess - y) / (guess * (1.0 - guess))


def test_the_chain_and_the_fan_out_of_the_lecture(rng):
    x = Node(rng.normal(size=(5,)))
    y = Square(x)
    twice = Sum(y, y)  # 2y, by a repeated parent
    edf.Backward(forward(twice))
    assert_close(x.grad, 4.0 * x.value / 5)
    end = Sum(edf.Sigmoid(y), Square(y))  # y goes two ways
    edf.Backward(forward(end))
    assert_close(x.grad, grad(lambda x: np.mean(sigmoid(x**2) + x**4))(x.value))


def column(rng, x, *sizes):
    """Sigmoids between affine maps, with one output each."""
    for n_in, n_out in zip(sizes, [*sizes[1:], 1], strict=True):
        x = edf.Sigmoid(edf.Affine(edf.AffineParams(n_in, n_out, rng), x))
    return x


@pytest.mark.parametrize("d", [1, D])
def test_linear_regression_of_the_lecture(d, rng):
    x, y = rng.normal(size=(6, d)), rng.normal(size=6)
    guess = edf.Affine(edf.AffineParams(d, 1, rng), edf.Input(x))
    edf.Backward(forward(Loss(guess, edf.Input(y), squared, lambda guess, y: 2.0 * (guess - y))))
    mean = grad(lambda w, b: np.mean(squared((x @ w + b)[:, 0], y)), argnums=(0, 1))
    assert_all_close(grads(), mean(*values()))


@pytest.mark.parametrize("sizes", [(1,), (D,), (D, H)])
def test_logistic_regression_and_the_perceptron_of_two_layers(sizes, rng):
    x, y = rng.normal(size=(6, sizes[0])), rng.integers(2, size=6).astype(float)
    guess = column(rng, edf.Input(x), *sizes)
    edf.Backward(forward(Loss(guess, edf.Input(y), bernoulli, bernoulli_slope)))

    def mean(params):
        h = x
        for w, b in zip(params[::2], params[1::2], strict=True):
            h = sigmoid(h @ w + b)
        return np.mean(bernoulli(h[:, 0], y))

    assert_all_close(grads(), grad(mean)(values()))
    if len(sizes) == 1:
        assert_close(grads()[0][:, 0], (guess.value[:, 0] - y) @ x / 6)  # the lecture's (guess - y) x


def test_softmax_sends_what_the_engine_sends(rng):
    u, g = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    x = Node(u)
    p = edf.Softmax(x)
    edf.Backward(forward(p))
    assert_close(x.grad, np.zeros((4, 5)))  # the rows of p sum to 1 whatever x is
    p.grad = g
    p.backward()
    expected, pull = vjp(softmax, u)
    assert_close(p.value, expected)
    assert_close(x.grad, pull(g)[0])


def test_probabilities_that_come_from_elsewhere(rng):
    p = Node(rng.dirichlet(np.ones(3), size=4))
    labels = rng.integers(3, size=4)
    loss = edf.CrossEntropyLoss(p, edf.Input(labels))
    edf.Backward(forward(loss))
    assert_close(p.grad, grad(lambda p: -np.sum(np.log(p[np.arange(4), labels])) / 4)(p.value))


def test_affine_sends_its_parameters_one_gradient_per_example(rng, monkeypatch):
    sent = []
    monkeypatch.setattr(edf.Parameter, "addgrad", lambda self, delta: sent.append(delta))
    x = Node(rng.normal(size=(6, D)))
    y = edf.Affine(edf.AffineParams(D, H, rng), x)
    edf.Backward(forward(y))
    y.grad = rng.normal(size=(6, H))
    sent.clear()
    y.backward()
    assert_close(sent[0], np.stack([np.outer(a, g) for a, g in zip(x.value, y.grad, strict=True)]))
    assert_close(sent[1], y.grad)


def test_a_parameter_sums_over_examples_and_an_input_takes_no_gradient(rng):
    b, delta = edf.Parameter(np.zeros(3)), rng.normal(size=(4, 3))
    b.addgrad(delta)
    b.addgrad(delta)
    assert_close(b.grad, 2.0 * delta.sum(axis=0))
    x = edf.Input(np.ones((4, 3)))
    x.addgrad(delta)
    assert not hasattr(x, "grad")
    assert np.array_equal(x.value, np.ones((4, 3)))


def test_update_falls_back_to_the_modules_learning_rate(monkeypatch):
    w = edf.Parameter([1.0, 2.0])
    w.grad = np.array([1.0, -1.0])
    monkeypatch.setattr(edf, "learning_rate", 0.25)
    edf.UpdateParameters()
    assert np.array_equal(w.value, [0.75, 2.25])
    edf.UpdateParameters(lr=0.0)
    assert np.array_equal(w.value, [0.75, 2.25])
    edf.UpdateParameters(1.0)
    assert np.array_equal(w.value, [-0.25, 3.25])


def test_a_parameter_owns_its_array():
    start = np.ones(2)
    w = edf.Parameter(start)
    w.grad = np.ones(2)
    edf.UpdateParameters(0.5)
    assert np.array_equal(start, np.ones(2))


def test_clear_compgraph_forgets_the_graph(rng):
    nodes, parameters = edf.CompNodes, edf.Parameters
    net = network(rng, *batch(rng, 2))
    assert (len(nodes), len(parameters)) == (5, 4)
    edf.Forward()
    edf.clear_compgraph()
    assert edf.CompNodes is nodes == []
    assert edf.Parameters is parameters == []
    with pytest.raises(GraphError, match=r"not in the graph\.\n(.*\n){2} *to mend: *make all nodes anew"):
        edf.Backward(net.loss)


def test_what_was_made_before_clear_compgraph_cannot_be_a_parent(rng):
    # Otherwise its gradient would never be set to zero and it would never be updated, without a word.
    params = edf.AffineParams(D, H, rng)
    h = edf.Affine(params, edf.Input(np.ones((2, D))))
    edf.clear_compgraph()
    with pytest.raises(
        GraphError, match=r"Affine .*\n.*\n *got: *Parameter\n *to mend: *call clear_compgraph"
    ):
        edf.Affine(params, edf.Input(np.ones((2, D))))
    with pytest.raises(GraphError, match=r"Sigmoid .*\n.*\n *got: *Affine"):
        edf.Sigmoid(h)
    assert edf.CompNodes == []


def test_an_array_is_no_node(rng):
    with pytest.raises(GraphError, match=r"got: *ndarray\n *to mend: .*wrap data: Input\(data\)"):
        edf.Affine(edf.AffineParams(D, H, rng), np.ones((2, D)))


def test_weights_come_from_the_generator_handed_in():
    first, second = (edf.AffineParams(400, 30, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.w.value, second.w.value)
    assert np.array_equal(first.b.value, np.zeros(30))
    # 12000 draws: the variance is 1/400 within a relative standard error of sqrt(2/12000) = 1.3 percent.
    assert first.w.value.var() == pytest.approx(1 / 400, rel=0.08)
    assert edf.AffineParams(D, H).w.value.shape == (D, H)


def test_backward_before_forward_is_refused(rng):
    net = network(rng, *batch(rng, 2))
    with pytest.raises(GraphError, match=r"to mend: *call Forward\(\)"):
        edf.Backward(net.loss)


def test_an_input_without_a_value_is_refused(rng):
    edf.Affine(edf.AffineParams(D, H, rng), edf.Input())
    with pytest.raises(UsageError, match=r"to mend: *set it before Forward\(\)"):
        edf.Forward()


def test_a_loss_without_a_batch_axis_is_refused():
    y = edf.Sigmoid(edf.Input(0.5))
    edf.Forward()
    with pytest.raises(ShapeError, match=r"expected: \(N,\)\n *got: *\(\)"):
        edf.Backward(y)


@pytest.mark.parametrize("shape", [(D,), (2, D + 1), (2, 1, D)])
def test_affine_refuses_an_input_that_does_not_fit(shape, rng):
    edf.Affine(edf.AffineParams(D, H, rng), edf.Input(np.ones(shape)))
    with pytest.raises(ShapeError, match=rf"expected: \(N, {D}\)"):
        edf.Forward()


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 1, 2], ShapeError, r"got: *\(3,\) beside \(2, 5\)"),
        ([[0], [1]], ShapeError, r"got: *\(2, 1\) beside \(2, 5\)"),
        ([0.0, 1.0], DtypeError, r"got: *float64\n *to mend: *write labels\.astype\(int\)"),
        ([1, 5], UsageError, r"expected: 0 to 4\n *got: *1 to 5\n *to mend: *count classes from 0"),
        ([-1, 4], UsageError, "got: *-1 to 4"),
    ],
)
def test_labels_that_name_no_classes_are_refused(labels, error, message, rng):
    network(rng, rng.normal(size=(2, D)), labels)
    with pytest.raises(error, match=message):
        edf.Forward()


def test_a_gradient_summed_too_early_is_refused(rng):
    w = edf.Parameter(np.zeros((D, H)))
    with pytest.raises(
        ShapeError, match=r"expected: \(N, \*\(3, 4\)\).*\n *got: *\(3, 4\)\n *to mend: *do not sum"
    ):
        w.addgrad(np.zeros((D, H)))


def test_a_cotangent_of_the_wrong_shape_is_refused(rng):
    net = network(rng, *batch(rng, 2))
    edf.Backward(forward(net.loss))
    with pytest.raises(ShapeError, match=r"Sigmoid .*\n *expected: \(2, 4\).*\n *got: *\(4,\)"):
        net.h.addgrad(np.ones(H))


def test_affine_says_that_its_weights_come_first():
    with pytest.raises(
        UsageError, match=r"weights first\.\n.*\n *got: *Input\n *to mend: *make them with AffineParams"
    ):
        edf.Affine(edf.Input(np.ones((2, D))), edf.AffineParams(D, H))
