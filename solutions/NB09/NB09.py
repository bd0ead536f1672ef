# %% [markdown]
# # NB09 · Training in practice
#
# The gradients are right, and still the network does not learn. What else has to be right?
#
# **Goals.** After this unit you can
#
# - cut data into batches, and scale them so that steps of one length suit all weights;
# - say what depth does to a gradient, and how activations, starting weights and residual blocks mend it;
# - go backwards through normalisation, a residual block and dropout;
# - stop in time, and keep the weights that were best;
# - test a network on a handful of examples, and read from its curves what ails it.
#
# **You need** networks and batches (NB06), activations (NB01), step sizes (NB02), cross-entropy (NB05). From
# NB06 on rows are examples and weights are (in, out); it stays so.
#
# **Time:** about 60 minutes to read, and two and a half hours for all exercises; two sessions are a good
# pace.

# %% tags=["NB09.setup"]
import functools
import time
import warnings

import matplotlib.pyplot as plt
import numpy as np

import backprop_course
from autograder import check
from backprop_course import Trainer, data, diagnose, grad, nn, optim, relu, sigmoid, trace
from backprop_course import numerical_gradient, value_and_grad, vjp
from backprop_course.widgets import DepthExplorer, DropoutSampler, StopLine, SymptomBoard
from backprop_course.widgets import ZigZag, picture, quiz

rng = np.random.default_rng(9)  # the only source of chance that is not a seed in sight

BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"
PINK, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"

# %% [markdown] tags=["NB09.W1"]
# ## NB09.W1 · How many examples at a time?
#
# A word becomes a vector in $\mathbb{R}^d$. A sentence of $\ell$ words becomes a matrix in
# $\mathbb{R}^{\ell\times d}$. And $b$ sentences at once? A tensor with three axes. Libraries put the batch
# first: $b \times \ell \times d$.
#
# `rng.random(shape)` makes a tensor of any number of axes; PyTorch's `torch.rand(2, 5, 3)` does the same.

# %% tags=["NB09.W1"]
b, length, d, k = 2, 5, 3, 4

word = rng.random(d)
sentence = rng.random((length, d))
batch = rng.random((b, length, d))
print("word", word.shape, " sentence", sentence.shape, " batch", batch.shape)

W = rng.random((d, k))
print("batch @ W", (batch @ W).shape, " the last axis is used up, the others stand by")

one_by_one = np.array([[word @ W for word in sentence] for sentence in batch])
assert np.allclose(batch @ W, one_by_one)

# %% [markdown] tags=["NB09.W1"]
# The same weights serve every word of every sentence. So one product does the work of a double loop, and it
# does it faster: the loop runs in compiled code, and each weight is fetched once for many examples.

# %% tags=["NB09.W1"]
examples, weights = rng.random((2000, 64)), rng.random((64, 32))

started = time.perf_counter()
looped = np.array([example @ weights for example in examples])
middle = time.perf_counter()
at_once = examples @ weights
ended = time.perf_counter()

assert np.allclose(looped, at_once)
print(f"one by one {1e3 * (middle - started):6.2f} ms")
print(f"at once    {1e3 * (ended - middle):6.2f} ms   (your machine's numbers)")

# %% [markdown] tags=["NB09.W1"]
# ### All of them, one of them, or some?
#
# The loss of the course is a mean over $N$ examples. Its gradient is a mean too, and a mean can be estimated
# from a sample. A **mini-batch** of $B$ examples costs $B/N$ of a full gradient. How far off is it? One pass
# over all batches is an **epoch**.

# %% tags=["NB09.W1"]
X, y = data.plane(256, noise=0.5, rng=0)
w = np.zeros(2)


def mean_loss(w, X, y):
    return np.mean((X @ w - y) ** 2)


full = grad(mean_loss)(w, X, y)
print(f"all examples: gradient {full.round(3)}\n")
print("batch size  steps in an epoch  spread of the gradient's first entry")
for size in (1, 4, 16, 64, 256):
    epochs = [data.batches(X, y, size, rng=seed) for seed in range(10)]
    found = np.array([grad(mean_loss)(w, *part) for epoch in epochs for part in epoch])
    print(f"{size:10}  {len(epochs[0]):17}  {found[:, 0].std():.3f}")
    assert np.allclose(found.mean(axis=0), full)  # on average a batch is right

# %% [markdown] tags=["NB09.W1"]
# On average over an epoch the batches are exactly right. The spread falls like $1/\sqrt{B}$: four times the
# examples, half the noise (and a little less once a batch holds much of the data). So small batches give many
# rough steps and large ones few exact steps, for the same work. Sizes from 16 to 256 are common, and the
# noise does little harm: the first steps need only a rough direction.
#
# ### The training loop
#
# Start at random. For each epoch, for each batch: forward, backward, update. This is all that a trainer does.

# %% tags=["NB09.W1"]
X, y = data.moons(200, noise=0.15, rng=0)
net = nn.MLP([2, 16, 2], "tanh", rng=0)  # two inputs, 16 tanh units, two logits
params = nn.values(net)  # its random weights, by name


def loss(params, X, y):
    logits, _ = nn.pure(net, params, X)
    return nn.cross_entropy(logits, y)


for epoch in range(31):
    total = 0.0
    for X_batch, y_batch in data.batches(X, y, 20, rng=epoch):
        value, gradient = value_and_grad(loss)(params, X_batch, y_batch)
        params = {name: params[name] - 0.5 * gradient[name] for name in params}
        total += value / 10
    if epoch % 10 == 0:
        print(f"epoch {epoch:2}: mean loss {total:.3f}")

assert loss(params, X, y) < 0.35

# %% [markdown] tags=["NB09.W1"]
# There is no part in this loop that differs from network to network. From here on `Trainer` runs it for us,
# and writes down what it sees. It wants a model, a loss and an **optimiser**, the rule of the update.
# `optim.SGD` is the rule above: weight minus step size times gradient. With `momentum=0.9` each step keeps
# nine tenths of the one before. `optim.Adam` also divides each weight's step by the size of that weight's
# recent gradients; it is often quicker, and less choosy about the step size.

# %% tags=["NB09.W1"]
optimizer = optim.SGD(net.parameters(), lr=0.5)
trainer = Trainer(net, nn.cross_entropy, optimizer, rng=0, progress=False)
history = trainer.fit(X, y, epochs=31, batch_size=20)
print(history)

assert history.loss[-1] < 0.35

# %% [markdown] tags=["NB09.E01"]
# ### Exercise NB09.E01: mini-batches
#
# **Why it matters:** data are often stored sorted by class. Whoever takes them in that order trains on one
# class at a time; whoever shuffles rows and labels apart trains on nonsense, and no error is raised.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E01"]
def minibatches(X, y, size, rng):
    """One epoch of mini-batches, in an order drawn anew at each call.

    X has shape (N, d) and y (N,); row i of X belongs to entry i of y. size is the number
    of examples in a batch, rng a np.random.Generator: all chance comes from it.
    Returns an iterator (or a list) of pairs (X_batch, y_batch) of shapes (size, d) and
    (size,). Every example comes exactly once. Where size does not divide N, the last
    batch is shorter; no batch is empty. X and y themselves stay as they are.
    """
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]
    ### END SOLUTION


# %% [markdown] tags=["NB09.E01"]
# <details>
# <summary>Hint</summary>
#
# Draw one order of the row numbers with `rng.permutation`. Cut this order into pieces, and take the rows of
# `X` and the entries of `y` by the same piece. What does a slice that reaches past the end give?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E01"]
check("NB09.E01")

# %% [markdown] tags=["NB09.W2"]
# ## NB09.W2 · Which scale suits a network?
#
# Suppose a flat has an area of about 100 square metres and was built around the year 1950. We fit a price to
# both numbers by gradient descent, with a step size of 0.1.

# %% tags=["NB09.W2"]
area = rng.normal(100, 25, 200)
year = rng.normal(1950, 30, 200)
flats = np.column_stack([area, year])
noise = rng.normal(0, 0.1, 200)
price = 0.03 * area + 0.01 * (year - 1950) + noise


def losses_of_descent(X, y, step_size, steps):
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    with np.errstate(all="ignore"):  # we want to see what becomes of it
        for _ in range(steps):
            error = X @ w + b - y
            losses.append(np.mean(error**2))
            w = w - step_size * 2 * X.T @ error / len(y)
            b = b - step_size * 2 * error.mean()
    return losses


raw = losses_of_descent(flats, price, 0.1, 80)
for step in (0, 1, 2, 10, 30, 79):
    print(f"step {step:2}: loss {raw[step]:.3g}")

assert np.isnan(raw[-1])

# %% [markdown] tags=["NB09.W2"]
# The loss grows by a constant factor until it overflows: first to `inf`, then `inf - inf` gives `nan`, and
# `nan` never goes away. The pencil sees it coming. Along a single feature $x$ one step multiplies the error
# of $w$ by $1 - 2\eta\,\mathbb{E}[x^2]$. With $\eta = 0.1$ and $x \approx 1950$ that is near $-760\,000$.
#
# A step of $10^{-7}$ would not overflow, but it would be far too short for the area. **Standardise**:
# subtract the mean of each column, divide by its standard deviation. Then one step size suits all.

# %% tags=["NB09.W2"]
scale = data.standardize(flats)  # of the training part only: the rest must stay unseen
scaled = losses_of_descent(scale.apply(flats), price, 0.1, 80)
print("means   ", scale.mean.round(1), "  deviations", scale.std.round(1))
print(f"loss {scaled[0]:.3f} at first, {scaled[-1]:.4f} after 80 steps")
print(f"the noise alone: {np.mean(noise**2):.4f}")

assert scaled[-1] < 0.015
assert -770_000 < 1 - 2 * 0.1 * np.mean(year**2) < -750_000

# %% [markdown] tags=["NB09.W2"]
# ### Inputs that are all positive
#
# Pixels, counts and outputs of a sigmoid are never negative. What does that do to one unit? Its net input is
# $z = \sum_i w_i x_i + b$, so
#
# $$
# \bar w_i = \bar z\, x_i .
# $$
#
# All $x_i$ are positive: then for one example all $\bar w_i$ have the sign of $\bar z$. All weights of the
# unit go up together, or all go down together. If $w_1$ should rise and $w_2$ should fall, the path must
# zig-zag.
#
# **Careful:** this holds for *one example and one unit*. A batch adds examples whose $\bar z$ may differ in
# sign:

# %% tags=["NB09.W2"]
x_first, x_second = np.array([1.0, 3.0]), np.array([2.0, 1.0])
z_bars = np.array([1.0, -1.0])

one, other = z_bars[0] * x_first, z_bars[1] * x_second
print("first example ", one)
print("second example", other)
print("the batch     ", one + other, " signs are mixed")

assert np.all(one > 0)
assert np.all(other < 0)
assert (one + other).tolist() == [-1, 2]

# %% [markdown] tags=["NB09.G4"]
# ### NB09.G4 · The zig-zag
#
# A unit with two inputs learns from one example at a time. The target weights are $(1, -1)$: one has to rise,
# the other has to fall. On the left both inputs are positive, around 1. On the right the same inputs are
# standardised. **Before you press Play:** in which directions can a single step on the left go? Then move the centre
# away from 0, and try shorter steps: which of the two changes what the left path can do?

# %% tags=["NB09.G4"]
ZigZag(centre=1, spread=0.4, lr=0.2)

# %% [markdown] tags=["NB09.W2"]
# Three remedies: centre the data; use activations whose outputs lie around 0 (NB09.W3); normalise between the
# layers.
#
# ### Normalisation inside a network
#
# Hidden values have scales too, and training moves them. A normalisation layer brings them back at every
# step:
#
# $$
# y = \frac{x - \mathbb{E}[x]}{\sqrt{\mathrm{Var}[x] + \varepsilon}}\;\gamma + \beta .
# $$
#
# $\gamma$ and $\beta$ are learned, one for each feature: the network can undo the scaling where it wants to.
# The small $\varepsilon$ keeps the root away from 0. The variance is the mean of the squares, divided by the
# count.
#
# **Mean over what?** That is the whole difference between four layers. Let $x$ have shape $(N, C, L)$: $N$
# examples, $C$ channels, $L$ places.
#
# | layer | mean over | one mean for each | used for |
# |:-|:-|:-|:-|
# | batch norm | $N$ and $L$ | channel | pictures, large batches |
# | layer norm | $C$ and $L$ | example | text, any batch size |
# | group norm | $L$ and a group of channels | example and group | pictures, small batches |
# | instance norm | $L$ | example and channel | style of pictures |

# %% tags=["NB09.W2"]
N, C, L, G = 6, 4, 5, 2
x = rng.normal(3, 2, (N, C, L))
x_grouped = x.reshape(N, G, C // G, L)

axes_of = {"batch": (0, 2), "layer": (1, 2), "instance": (2,)}
layers = {
    "batch": nn.BatchNorm(C),
    "layer": nn.LayerNorm((C, L)),
    "group": nn.GroupNorm(G, C),
    "instance": nn.InstanceNorm(C, affine=True),
}


def normalised(x, axes, eps=1e-5):
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + eps), mean.size


for name, layer in layers.items():
    if name == "group":
        mine, means = normalised(x_grouped, (2, 3))
    else:
        mine, means = normalised(x, axes_of[name])
    assert np.allclose(layer(x).value, mine.reshape(x.shape))
    print(f"{name:8} norm: {means:2} means for {x.size} numbers")

# %% tags=["NB09.W2"]
cells = np.arange(N * C).reshape(N, C)
belongs = {
    "batch norm": np.broadcast_to(np.arange(C), (N, C)),
    "layer norm": np.broadcast_to(np.arange(N)[:, None], (N, C)),
    "group norm": np.arange(N)[:, None] * G + np.arange(C) // (C // G),
    "instance norm": cells,
}
shades = [SKY, ORANGE, GREEN, PINK]
figure, panels = plt.subplots(1, 4, figsize=(9.2, 4.0), layout="constrained")
for axes, (name, numbers) in zip(panels, belongs.items(), strict=True):
    for (row, column), number in np.ndenumerate(numbers):
        shade = shades[number % 4]
        cell = plt.Rectangle((column, row), 1, 1, facecolor=shade, edgecolor="black")
        axes.add_patch(cell)
        axes.text(column + 0.5, row + 0.5, number + 1, ha="center", va="center")
    axes.set(xlim=(0, C), ylim=(N, 0), title=name, xlabel="channel", ylabel="example")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_aspect("equal")
picture(
    figure,
    alt="Four grids with six examples as rows and four channels as columns; cells with "
    "the same number share a mean. Batch norm: the numbers 1 to 4 go along the "
    "columns. Layer norm: 1 to 6 along the rows. Group norm: two numbers in each row."
    " Instance norm: every cell has its own number.",
)

# %% [markdown] tags=["NB09.W2"]
# Batch norm stands apart: its mean depends on the *other* examples of the batch. What then of a single
# example at the end? In training it keeps a running mean and variance, and `model.eval()` makes it use those.
#
# ### Backwards through a mean
#
# In the formula $x$ stands three times. A nudge of one $x_i$ moves its own value, and through the mean and
# through the variance it moves *all* others of its group as well. So three paths lead back, and their
# contributions add (NB04.W3).
#
# **With a pencil.** Take a group of two numbers, $(1, 3)$, and $\varepsilon = 0$. The mean is 2, the
# deviation 1, the normalised values are $(-1, 1)$. Now take $(1, 7)$: mean 4, deviation 3, and again
# $(-1, 1)$. Whatever two numbers stand there (the larger one second), the result is the same. So whatever
# arrives from upstream, *nothing* comes back.
#
# Whoever treats mean and variance as constants finds $\bar x_i = \bar{\hat x}_i / \text{deviation}$, which is
# not 0.


# %% tags=["NB09.W2"]
def of_two(x):
    centred = x - np.mean(x)
    return centred / np.sqrt(np.mean(centred**2))


x_hat, back = vjp(of_two, np.array([1.0, 3.0]))
x_hat_bar = np.array([0.7, -0.4])
(x_bar,) = back(x_hat_bar)
print("normalised      ", x_hat)
print("all three paths ", x_bar.round(12) + 0.0)
print("direct path only", x_hat_bar / 1.0)

assert x_hat.tolist() == [-1, 1]
assert np.allclose(x_bar, 0)
assert np.allclose(of_two(np.array([1.0, 7.0])), [-1, 1])

# %% [markdown] tags=["NB09.W2"]
# With more numbers in a group something does come back, and two facts remain. Adding a constant to all of a
# group changes nothing, so the entries of $\bar x$ sum to 0. Stretching the group changes nothing (if
# $\varepsilon = 0$), so $\bar x$ is at right angles to $\hat x$. One path removes a mean, one removes what
# points along $\hat x$.

# %% tags=["NB09.W2"]
x = rng.normal(3, 2, 6)
x_hat, back = vjp(of_two, x)
(x_bar,) = back(rng.normal(size=6))
print(f"x bar           {x_bar.round(3)}")
print(f"its sum         {abs(x_bar.sum()):.1e}")
print(f"x bar · x hat   {abs(x_bar @ x_hat):.1e}")

assert abs(x_bar.sum()) < 1e-12
assert abs(x_bar @ x_hat) < 1e-12

# %% [markdown] tags=["NB09.E03"]
# ### Exercise NB09.E03: backwards through normalisation
#
# **Why it matters:** this is the hardest backward pass of the usual layers, and the same lines serve batch
# norm and layer norm.
# *Difficulty 5 of 5, about 25 minutes, 6 points.*
#
# The forward pass, for one group of $n$ numbers:
#
# $$
# \mu = \tfrac1n \textstyle\sum_i x_i, \qquad v = \tfrac1n \sum_i (x_i - \mu)^2, \qquad
# s = (v + \varepsilon)^{-1/2}, \qquad \hat x_i = s\,(x_i - \mu), \qquad y_i = \gamma\,\hat x_i + \beta .
# $$
#
# Go back through it line by line. $\mu$ and $v$ are each used $n$ times.


# %% nbgrader={"grade": false, "grade_id": "NB09-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E03"]
def normalize_backward(dY, cache, axis):
    """Cotangents of X, gamma and beta for Y = gamma * xhat + beta, normalised along axis.

    dY has shape (N, d). axis 0 normalises each feature over the batch (batch norm),
    axis 1 each row (layer norm). cache is a dict with what the forward pass has kept:
    X and xhat, shape (N, d); mean, var and inv_std = 1/sqrt(var + eps), with the axis
    kept: shape (1, d) for axis 0, (N, 1) for axis 1; gamma and beta, shape (d,) for both
    axes; eps, a float. var is the mean of the squares, divided by the count.
    Returns dX (N, d), dgamma (d,), dbeta (d,). gamma and beta serve every row, whatever
    the axis is.
    """
    ### BEGIN SOLUTION
    xhat = cache["xhat"]
    h = dY * cache["gamma"]
    through_mean = h.mean(axis=axis, keepdims=True)
    through_variance = xhat * (h * xhat).mean(axis=axis, keepdims=True)
    dX = cache["inv_std"] * (h - through_mean - through_variance)
    return dX, (dY * xhat).sum(axis=0), dY.sum(axis=0)
    ### END SOLUTION


# %% [markdown] tags=["NB09.E03"]
# <details>
# <summary>Hint</summary>
#
# Begin with $h = \bar{\hat x}$: what arrives, times $\gamma$. From there $\bar v$ is a sum over the group,
# because $v$ is used by all of it; so is $\bar\mu$. Then each $x_i$ collects three terms. Use `sum` or `mean`
# with `axis=axis, keepdims=True`, so that the same line serves both axes. For $\gamma$ and $\beta$ ask: which
# numbers do they meet?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E03"]
check("NB09.E03")

# %% [markdown] tags=["NB09.W3"]
# ## NB09.W3 · Which activation?
#
# No single one is best. But each has a weakness that one should know. Look at two numbers: how steep can it
# be, and where does it go flat?


# %% tags=["NB09.W3"]
def tanh(x):
    return np.tanh(x)


def slope(f, x):
    return grad(f)(float(x))


print(f"sigmoid: slope at 0 {slope(sigmoid, 0):.2f}, at 5 {slope(sigmoid, 5):.4f}")
print(f"tanh:    slope at 0 {slope(tanh, 0):.2f}, at 3 {slope(tanh, 3):.4f}")

assert slope(sigmoid, 0) == 0.25
assert slope(tanh, 0) == 1
assert slope(sigmoid, 5) < 0.01
assert slope(tanh, 3) < 0.01

x = np.linspace(-6, 6, 400)
shown = [
    ("sigmoid", sigmoid, "-", BLUE),
    ("tanh", tanh, "--", RED),
    ("ReLU", relu, "-.", GREEN),
    ("ELU", backprop_course.elu, ":", PINK),
]
figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
for name, f, style, color in shown:
    panels[0].plot(x, f(x), style, color=color, linewidth=2, label=name)
    slopes = backprop_course.elementwise_grad(f)(x)
    panels[1].plot(x, slopes, style, color=color, linewidth=2, label=name)
panels[0].set(title="value", xlabel="x", ylim=(-1.5, 3))
panels[1].set(title="slope", xlabel="x", ylim=(-0.1, 1.15))
for axes in panels:
    axes.grid(alpha=0.3)
panels[0].legend(frameon=False)
picture(
    figure,
    alt="Left: sigmoid from 0 to 1, tanh from -1 to 1, ReLU, and ELU, which bends to -1 "
    "on the left. Right: their slopes. The sigmoid's is a low hump of height one "
    "quarter, tanh's a hump of height 1; both are near 0 beyond 5 and beyond 3. "
    "ReLU's is 0 on the left and 1 on the right; ELU's falls to 0 smoothly on the "
    "left.",
)

# %% [markdown] tags=["NB09.W3"]
# | activation | centred at 0 | goes flat | steepest slope | price |
# |:-|:-|:-|:-|:-|
# | sigmoid | no: all outputs are positive | beyond about ±5 | ¼ | an exponential |
# | tanh | yes | beyond about ±3 | 1 | an exponential |
# | ReLU | no | for all negative inputs | 1 | a comparison |
# | leaky ReLU | nearly | nowhere: slope 0.01 on the left | 1 | a comparison |
# | PReLU | learned | nowhere, in general | learned | a parameter more |
# | ELU | nearly | far on the left | 1 | an exponential |
# | maxout | learned | nowhere, in general | learned | twice the parameters |
#
# **The sigmoid** hands only positive numbers on, so the next layer zig-zags (NB09.W2); and its slope is small
# at best. It belongs at the output, where a probability is wanted. **Tanh** mends both in the middle, not at
# the ends.
#
# **ReLU** never goes flat on its positive side and costs next to nothing. Its weakness: a unit whose net
# input is negative for all examples gets no gradient, and stays as it is. Such a unit is *dead*. Leaky ReLU
# lets a hundredth through; **PReLU** learns that number; **ELU** bends smoothly. **Maxout** takes the larger
# of two affine maps, which doubles the weights:

# %% tags=["NB09.W3"]
plain, doubled = nn.Linear(8, 5, rng=0), nn.Maxout(8, 5, rng=0)
print("linear layer, 8 to 5:", plain.count_parameters(), "parameters")
print("maxout layer, 8 to 5:", doubled.count_parameters(), "parameters")
print("values max(a, b):", np.maximum([1.0, -2.0, 3.0], [0.5, -1.0, 4.0]))

assert doubled.count_parameters() == 2 * plain.count_parameters()

# %% [markdown] tags=["NB09.W3"]
# ### Does it matter?
#
# One data set, one network, one step size, one seed. Only the activation changes. Guess the first and the
# last before you run it.

# %% tags=["NB09.W3"]
X, y = data.moons(300, noise=0.2, rng=0)
X_new, y_new = data.moons(300, noise=0.2, rng=1)

names = "sigmoid tanh relu leaky_relu elu silu gelu softplus maxout"
for name in names.split():
    model = nn.MLP([2, 16, 16, 2], name, rng=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
    history = trainer.fit(X, y, epochs=40)
    unseen = trainer.evaluate(X_new, y_new)["loss"]
    print(f"{name:10}  loss {history.loss[-1]:.3f}   on unseen data {unseen:.3f}")
    if name == "sigmoid":
        slowest = history.loss[-1]
    assert history.loss[-1] <= slowest

# %% [markdown] tags=["NB09.W3"]
# (`silu` is also called Swish.) The order changes with the data, the depth and the seed; only the sigmoid's
# place is typical. **A recipe:** begin with ReLU. When all else works, try leaky ReLU, ELU, Swish, GELU or
# softplus, and keep what helps on held-out data. Use no sigmoid in hidden layers.
#
# ### Backwards
#
# An activation works entry by entry, so its Jacobian is diagonal. For ReLU the diagonal holds only zeros and
# ones: a matrix $R(z)$ with $\bar z = R(z)\,\bar a$. Nobody builds it. Multiplying by a diagonal matrix is
# multiplying entry by entry.

# %% tags=["NB09.W3"]
z = np.array([2.0, -1.0, 0.5, 0.0])
a_bar = np.array([0.3, 5.0, -2.0, 7.0])

R = np.diag(1.0 * (z > 0))  # at 0 the course takes the slope 0
print(R)
print("R(z) times what arrives:", R @ a_bar)
print("entry by entry:         ", (z > 0) * a_bar)

assert (R @ a_bar).tolist() == [0.3, 0, -2, 0]
_, back = vjp(relu, z)
assert np.allclose(back(a_bar)[0], R @ a_bar)

# %% [markdown] tags=["NB09.E02"]
# ### Exercise NB09.E02: five activations, backwards
#
# **Why it matters:** each is one line, and each line has its classic slip: the mask is taken from the
# gradient, or the slope from the wrong variable.
# *Difficulty 3 of 5, about 15 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E02"]
def activation_backward(name, x, g):
    """Cotangent of the input of an activation, for the cotangent g of its output.

    name is "tanh", "relu", "leaky_relu" (slope 0.01 on the left), "elu" (alpha 1:
    exp(x) - 1 on the left) or "maxout". x is the input, an array of any shape, and g has
    the shape of x; the result too. At exactly 0 relu has the slope 0.
    For "maxout" x is a pair (a, b) of arrays of one shape; the output is the larger of
    the two, entry by entry, and g has their shape. Then a pair (da, db) is returned.
    (No two entries are equal.)
    """
    ### BEGIN SOLUTION
    if name == "tanh":
        return g * (1 - np.tanh(x) ** 2)
    if name == "relu":
        return g * (x > 0)
    if name == "leaky_relu":
        return g * np.where(x > 0, 1.0, 0.01)
    if name == "elu":
        return g * np.where(x > 0, 1.0, np.exp(np.minimum(x, 0)))
    a, b = x
    return g * (a > b), g * (b > a)
    ### END SOLUTION


# %% [markdown] tags=["NB09.E02"]
# <details>
# <summary>Hint</summary>
#
# Write down the slope of each as a function of $x$, then multiply by `g`. For the piecewise ones,
# `np.where(x > 0, ..., ...)`. The mask depends on `x`, never on `g`. For maxout ask, entry by entry: which of
# the two reached the output?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E02"]
check("NB09.E02")

# %% [markdown] tags=["NB09.Q3"]
# ### Quiz NB09.Q3: why zero-centred?

# %% tags=["NB09.Q3"]
quiz("NB09.Q3")

# %% [markdown] tags=["NB09.W4"]
# ## NB09.W4 · What does depth do to a gradient?
#
# Multiply 0.9 by itself a hundred times. Then 1.1. Guess first.

# %% tags=["NB09.W4"]
print(f"0.9 to the 100: {0.9**100:.1e}")
print(f"1.1 to the 100: {1.1**100:.1e}")
print(f"0.25 to the 10: {0.25**10:.2e}")

assert 0.9**100 < 1e-4
assert 1.1**100 > 1e4
assert np.isclose(0.25**10, 9.5e-7, rtol=0.01)

# %% [markdown] tags=["NB09.W4"]
# Products of many numbers **vanish** or **explode**, unless the numbers lie close to 1. A gradient is such a
# product. With layers $a_l = \varphi(z_l)$ and $z_l = a_{l-1} W_l + b_l$, what arrives at layer 1 has passed
# one Jacobian for each layer above it:
#
# $$
# \bar a_1 = \bar a_L\; J_L\, J_{L-1} \cdots J_2, \qquad J_l = \mathrm{diag}\bigl(\varphi'(z_l)\bigr)\, W_l^\top .
# $$
#
# A sigmoid's slope is ¼ at most. Ten of them leave at most a millionth, if the weights do not make up for it.
# The first layers then hardly learn, though they are the ones all others build on.


# %% tags=["NB09.W4"]
def gradient_norms(depth, activation, init, residual, width=32):
    """Norm of the loss's gradient with respect to each layer's weights, at the start."""
    draw = np.random.default_rng(0)
    X, t = draw.standard_normal((64, width)), draw.standard_normal((64, 1))
    layers = []
    for _ in range(depth):
        layer = [nn.Linear(width, width, rng=draw, init=init), nn.activation(activation)]
        layers.append(nn.Residual(*layer) if residual else nn.Sequential(*layer))
    net = nn.Sequential(*layers, nn.Linear(width, 1, rng=draw))

    def loss(values):
        return nn.squared_error(nn.pure(net, values, X)[0], t)

    gradient = grad(loss)(nn.values(net))
    weights = [g for name, g in gradient.items() if name.endswith("weight")]
    return [float(np.linalg.norm(g)) for g in weights]


norms = gradient_norms(10, "sigmoid", "xavier_normal", residual=False)
print(f"10 sigmoid layers: {norms[0]:.1e} in the first, {norms[-1]:.1e} in the last")

assert norms[0] < 1e-5 * norms[-1]

# %% [markdown] tags=["NB09.G1"]
# ### NB09.G1 · The gradient, layer by layer
#
# Each line is one network at its start. A level line is what we want. **Predict first:** what do weights of
# standard deviation 1 do to ReLU? What do short cuts do for the sigmoid?

# %% tags=["NB09.G1"]
depth = 10
networks = [  # label, activation, starting weights, residual blocks?
    ("sigmoid, Xavier", "sigmoid", "xavier_normal", False),
    ("tanh, Xavier", "tanh", "xavier_normal", False),
    ("ReLU, Kaiming", "relu", "kaiming_normal", False),
    ("ReLU, deviation 0.05", "relu", functools.partial(nn.init.normal, std=0.05), False),
    ("ReLU, deviation 1", "relu", functools.partial(nn.init.normal, std=1.0), False),
    ("sigmoid, Xavier, residual", "sigmoid", "xavier_normal", True),
]

figure, axes = plt.subplots(figsize=(7.6, 4.2), layout="constrained")
styles = ["-o", "--s", "-^", ":v", ":D", "-.x"]
colors = [BLUE, RED, GREEN, PINK, ORANGE, "black"]
for (label, *setting), style, color in zip(networks, styles, colors, strict=True):
    norms = gradient_norms(depth, *setting)
    axes.semilogy(range(1, depth + 2), norms, style, color=color, label=label)
    print(f"{label:26} first layer {norms[0]:8.1e}   last layer {norms[-1]:8.1e}")
axes.set(xlabel="layer (1 is next to the input)", ylabel="norm of the weights' gradient")
axes.set_xticks(range(1, depth + 2))
axes.grid(alpha=0.3)
axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
picture(
    figure,
    alt="Gradient norm of eleven layers on a logarithmic axis. Sigmoid: a straight line "
    "that falls from near 1 at the last layer to below a millionth at the first. Tanh"
    " with Xavier and ReLU with Kaiming stay nearly level. ReLU with deviation 0.05 "
    "is level at a millionth, with deviation 1 above ten to the eleven. Sigmoid with "
    "residual blocks stays between 1 and 1000.",
)

# %% [markdown] tags=["NB09.G1"]
# Now take it apart. Below the norms stands how the activations of each layer are spread; "Gradients" shows the
# gradients of the net inputs instead, on a logarithmic axis. The dashed line is the product of the mean slopes.
# **Try:** keep the sigmoid's line, then switch the residual blocks on. Take ReLU with Kaiming's weights: half of
# the gradients are exactly 0, and the line is level all the same. Then ReLU with deviation 1: level, but far too
# high. What grows there from the input to the output, and what grows the other way?

# %% tags=["NB09.G1"]
DepthExplorer(depth=10, activation="sigmoid", init="Xavier")

# %% [markdown] tags=["NB09.W4"]
# ### A way around: residual blocks
#
# In 2015 a simple idea made networks of a hundred layers trainable: let a block compute only what is *added*
# to its input.
#
# $$
# y = x + F(x), \qquad J = I + J_F .
# $$
#
# Two edges leave $x$, and one of them has the local slope 1. However small $J_F$ is, the gradient has a way
# past it. Multiply out two blocks:
#
# $$
# (I + J_2)(I + J_1) = I + J_1 + J_2 + J_2 J_1 .
# $$
#
# Four paths: around both, through one, through the other, through both. Ten blocks have $2^{10}$ paths, and
# more than half of them pass five blocks or fewer. Early in training, when the $J$ are small, the short paths
# do the work: the network behaves like a shallow one, and grows deeper as it learns. Measured loss surfaces
# are smoother too.
#
# The classical block has two linear layers, and a ReLU *behind* the sum:
#
# $$
# Z_1 = X W_1 + b_1, \quad H = \mathrm{relu}(Z_1), \quad S = X + H W_2 + b_2, \quad Y = \mathrm{relu}(S) .
# $$
#
# This differs from the skip connection of NB06.W7, which ended with the sum. With one feature the graph can
# be drawn:


# %% tags=["NB09.W4"]
def block(x, w1, b1, w2, b2):
    z1 = x * w1 + b1
    h = relu(z1)
    s = x + (h * w2 + b2)
    y = relu(s)
    return y


picture(
    trace(block, 1.0, 0.5, 0.1, -0.4, 0.2),
    alt="Graph of a residual block with one feature. Two edges leave x: one into the "
    "product with w1, on through the first ReLU and the product with w2, the other "
    "straight into the sum. Behind the sum stands the second ReLU.",
)

# %% [markdown] tags=["NB09.W4"]
# Read it from the right. What arrives meets the last ReLU *first*, and it does so once. Only then do the two
# ways part. So both ways carry the mask of $S$.

# %% tags=["NB09.W4"]
x, w1, b1, w2, b2 = 1.0, 0.5, 0.1, -0.4, 0.2
z1 = x * w1 + b1
s = x + relu(z1) * w2 + b2

y_bar = 2.0
s_bar = y_bar * (s > 0)
through_branch = s_bar * w2 * (z1 > 0) * w1
x_bar = s_bar + through_branch  # s_bar itself comes by the short cut
print(f"z1 = {z1}, s = {s:.2f}")
print(f"x_bar = {s_bar:.1f} + ({through_branch:.1f}) = {x_bar:.1f}")

measured = numerical_gradient(lambda x: block(x, w1, b1, w2, b2), x)
assert np.isclose(x_bar, y_bar * measured)

# %% [markdown] tags=["NB09.W4"]
# In the package: `nn.Residual(nn.Linear(d, h), relu, nn.Linear(h, d), activation="relu")`.

# %% [markdown] tags=["NB09.Q1"]
# ### Quiz NB09.Q1: find the residual connection

# %% tags=["NB09.Q1"]
quiz("NB09.Q1")

# %% [markdown] tags=["NB09.E05"]
# ### Exercise NB09.E05: a residual block, backwards
#
# **Why it matters:** two paths meet in one input, and a mask stands where they join. A lost path or a mask at
# the wrong place lets the network train all the same, only worse.
# *Difficulty 4 of 5, about 20 minutes, 5 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E05"]
def residual_block_backward(dY, cache, params):
    """Cotangents of the block Y = relu(X + relu(X @ W1 + b1) @ W2 + b2).

    dY has shape (N, d). params is a dict: W1 (d, h), b1 (h,), W2 (h, d), b2 (d,), where
    the inner width h differs from d. cache is a dict with what the forward pass has kept:
    X (N, d), Z1 (N, h), H = relu(Z1) (N, h), S = X + H @ W2 + b2 (N, d), Y = relu(S).
    Returns the pair (dX, grads): dX has shape (N, d), grads is a dict with the keys of
    params, each of the shape of its parameter, summed over the rows. The slope of relu at
    0 is 0.
    """
    ### BEGIN SOLUTION
    dS = dY * (cache["S"] > 0)
    dZ1 = (dS @ params["W2"].T) * (cache["Z1"] > 0)
    grads = {
        "W1": cache["X"].T @ dZ1,
        "b1": dZ1.sum(axis=0),
        "W2": cache["H"].T @ dS,
        "b2": dS.sum(axis=0),
    }
    return dS + dZ1 @ params["W1"].T, grads
    ### END SOLUTION


# %% [markdown] tags=["NB09.E05"]
# <details>
# <summary>Hint</summary>
#
# First $\bar S$: what arrives, masked by the last ReLU. Then go back through the branch as through any two
# layers (NB06.E06 twice, with a ReLU between them). At the end two edges leave $X$: one term for each.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E05"]
check("NB09.E05")

# %% [markdown] tags=["NB09.W5"]
# ## NB09.W5 · Where should weights start?
#
# At zero, to favour nobody? Try it: two inputs, four hidden tanh units, one output, and a few steps of
# descent.


# %% tags=["NB09.W5"]
def two_layer_loss(params, X, t):
    hidden = np.tanh(X @ params["W1"] + params["b1"])
    return np.mean((hidden @ params["w2"] + params["b2"] - t) ** 2)


def train(params, X, t, step_size=0.2, steps=200):
    for _ in range(steps):
        gradient = grad(two_layer_loss)(params, X, t)
        params = {name: params[name] - step_size * gradient[name] for name in params}
    return params


X = rng.normal(size=(40, 2))
t = np.sin(2 * X[:, 0]) * X[:, 1]

starts = {
    "all 0": (np.zeros((2, 4)), np.zeros(4)),
    "all 0.5": (np.full((2, 4), 0.5), np.full(4, 0.5)),
    "drawn": (rng.normal(0, 0.7, (2, 4)), rng.normal(0, 0.5, 4)),
}
trained = {}
for name, (W1, w2) in starts.items():
    trained[name] = train({"W1": W1, "b1": np.zeros(4), "w2": w2, "b2": 0.0}, X, t)
    print(f"{name}: loss {two_layer_loss(trained[name], X, t):.3f}, W1 after 200 steps:")
    print(trained[name]["W1"].round(3))

assert np.all(trained["all 0"]["W1"] == 0)
assert np.allclose(trained["all 0.5"]["W1"], trained["all 0.5"]["W1"][:, :1])

# %% [markdown] tags=["NB09.W5"]
# **All 0:** nothing moves but the output bias. The hidden outputs are 0, so $w_2$ gets no gradient; $w_2$ is
# 0, so nothing arrives at $W_1$.
#
# **All 0.5:** the weights move, but all columns move alike. Equal units get equal gradients, and equal steps
# keep them equal. Four units do the work of one. Chance breaks the tie, and nothing else does: **weights are
# drawn, each by itself.** (Biases may start at 0.)
#
# ### How large?
#
# A unit adds up $n$ terms: $z = \sum_{i=1}^{n} w_i x_i$. If the $w_i$ are independent with mean 0, the
# variances add:
#
# $$
# \mathrm{Var}[z] = n \,\mathrm{Var}[w]\;\mathbb{E}[x^2] .
# $$
#
# Take 100 inputs with $\mathbb{E}[x^2] = 1$ and weights from $\mathcal{N}(0, 1)$: then $z$ has a deviation of
# 10. A tanh is flat there. So plain $\mathcal{N}(0, 1)$ is far too large for wide layers. To keep the size of
# the signal, $\mathrm{Var}[w]$ must know the **fan-in** $n$.
#
# | name | $\mathrm{Var}[w]$ | made for |
# |:-|:-|:-|
# | Xavier (Glorot) | $2 / (n_\text{in} + n_\text{out})$ | tanh: a compromise between forward ($1/n_\text{in}$) and backward ($1/n_\text{out}$) |
# | Kaiming (He) | $2 / n_\text{in}$ | ReLU, which sets half of its inputs to 0: the 2 makes up for it |
#
# In PyTorch: `w = torch.empty(3, 5)`, then `nn.init.normal_(w)`, `nn.init.xavier_normal_(w)` or
# `nn.init.kaiming_normal_(w)`.

# %% tags=["NB09.W5"]
n = 100
weights = rng.normal(0, 1, (n, 5000))
z = rng.normal(0, 1, n) @ weights
print(f"100 inputs, weights of deviation 1: z has deviation {z.std():.1f}")

assert 8 < z.std() < 12

width, layers = 256, 20
kinds = [
    ("ReLU, Kaiming", relu, np.sqrt(2 / width), "-^", GREEN),
    ("ReLU, Xavier", relu, np.sqrt(2 / (width + width)), "--s", BLUE),
    ("ReLU, deviation 0.01", relu, 0.01, ":v", PINK),
    ("ReLU, deviation 1", relu, 1.0, ":D", ORANGE),
    ("tanh, Xavier", np.tanh, np.sqrt(2 / (width + width)), "-.x", "black"),
]
figure, axes = plt.subplots(figsize=(7.6, 4.0), layout="constrained")
for label, activation, deviation, style, color in kinds:
    signal, sizes = rng.normal(size=(50, width)), []
    for _ in range(layers):
        signal = activation(signal @ rng.normal(0, deviation, (width, width)))
        sizes.append(np.sqrt(np.mean(signal**2)))
    numbers = range(1, layers + 1)
    axes.semilogy(numbers, sizes, style, color=color, label=label, markersize=4)
axes.set(xlabel="layer", ylabel="size of the signal")
axes.set_title("Only one scale keeps a ReLU network's signal")
axes.set_xticks(range(0, layers + 1, 5))
axes.grid(alpha=0.3)
axes.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1, 0.5))
picture(
    figure,
    alt="Root mean square of the outputs over 20 layers, logarithmic. ReLU with Kaiming "
    "stays near 1. ReLU with Xavier halves its square at each layer and falls to a "
    "thousandth. Deviation 0.01 falls below ten to the minus fifteen, deviation 1 "
    "rises above ten to the twenty. Tanh with Xavier falls slowly to a few tenths.",
)

# %% [markdown] tags=["NB09.E04"]
# ### Exercise NB09.E04: starting weights
#
# **Why it matters:** with the wrong scale a deep network does not train at all, with the right one it needs
# no further care.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E04"]
def init_weights(kind, fan_in, fan_out, rng):
    """Starting weights of a layer, an array of shape (fan_in, fan_out).

    kind is "zeros" (all 0), "normal" (standard deviation 0.01), "xavier" (variance
    2 / (fan_in + fan_out)) or "kaiming" (variance 2 / fan_in). All but the zeros are
    drawn around 0, each weight by itself; a normal or a uniform distribution will do.
    rng is a np.random.Generator: all chance comes from it.
    """
    ### BEGIN SOLUTION
    variances = {
        "zeros": 0.0,
        "normal": 0.01**2,
        "xavier": 2 / (fan_in + fan_out),
        "kaiming": 2 / fan_in,
    }
    return rng.normal(0.0, np.sqrt(variances[kind]), (fan_in, fan_out))
    ### END SOLUTION


# %% [markdown] tags=["NB09.E04"]
# <details>
# <summary>Hint</summary>
#
# `rng.normal(mean, deviation, shape)` takes the standard deviation, and two of the rules name the variance.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E04"]
check("NB09.E04")

# %% [markdown] tags=["NB09.Q2"]
# ### Quiz NB09.Q2: why do equal weights fail?

# %% tags=["NB09.Q2"]
quiz("NB09.Q2")

# %% [markdown] tags=["NB09.W6"]
# ## NB09.W6 · When should training end?
#
# A network with more weights than examples can learn the examples by heart, noise included. The training loss
# does not tell: it only falls. So part of the data is **held out** and never trained on. Where the loss on
# this validation set turns, learning by heart begins.

# %% tags=["NB09.W6"]
X, y = data.moons(60, noise=0.35, rng=3)
held_out = data.moons(400, noise=0.35, rng=4)

model = nn.MLP([2, 32, 32, 2], "relu", rng=0)
optimizer = optim.Adam(model.parameters(), lr=0.01)
print(model.count_parameters(), "parameters,", len(X), "examples")

trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
overfitted = trainer.fit(X, y, epochs=120, validation=held_out)
print(overfitted)

assert overfitted.val_loss[-1] > 1.5 * min(overfitted.val_loss)
assert overfitted.loss[-1] < overfitted.loss[0]

# %% [markdown] tags=["NB09.G3"]
# ### NB09.G3 · Where would you stop?
#
# Drag the line to where you would stop. Only the training curve is there at first, and it only falls: what does it
# tell you? **Choose, then show the validation curve.** How much worse than the least loss is your choice?

# %% tags=["NB09.G3"]
StopLine(overfitted, stop=40, patience=10)

# %% [markdown] tags=["NB09.G3"]
# The diamond marks the weights that early stopping keeps, the dotted line the epoch in which it gives up waiting; the
# next section says how. Move the patience: in this run even a patience of 1 keeps the best weights. Why would nobody
# rely on that?

# %% [markdown] tags=["NB09.W6"]
# ### Early stopping
#
# Nobody knows during training whether the validation loss will fall again. So one waits. **Patience** says
# how many epochs in a row may pass without a new best; then training stops, and the *best* weights are
# returned, not the last ones.
#
# **With a pencil.** Patience 3, losses 0.9, 0.7, 0.7, 0.8, 0.75, 0.6. The best is the second. The third only
# equals it: that is no improvement. So it stops at the fifth, after three in a row. The 0.6 is never seen;
# that is the price.
#
# The weights change in place while training goes on. So what is kept must be a **copy**:

# %% tags=["NB09.W6"]
weights = {"w": np.array([1.0, 2.0])}
kept_by_name, kept_as_copy = weights, {"w": weights["w"].copy()}
weights["w"] -= 1.0  # training goes on
print("kept by name:", kept_by_name["w"], "  kept as a copy:", kept_as_copy["w"])

assert kept_by_name["w"].tolist() == [0, 1]
assert kept_as_copy["w"].tolist() == [1, 2]

# %% [markdown] tags=["NB09.E07"]
# ### Exercise NB09.E07: early stopping
#
# **Why it matters:** it is the cheapest of all remedies against overfitting, and has two famous slips: the
# best is overwritten, or the plateau never ends.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E07"]
class EarlyStopping:
    """Says when to stop, and keeps the parameters with the smallest score.

    EarlyStopping(patience): patience is an integer from 1 on. The attribute best is a
    copy of the parameters at the update with the smallest score so far (None before the
    first update). It does not change when the caller's arrays change later.
    """

    def __init__(self, patience):
        ### BEGIN SOLUTION
        self.patience = patience
        self.lowest = np.inf
        self.waited = 0
        self.best = None
        ### END SOLUTION

    def update(self, score, params):
        """Take the newest score, and say whether training shall stop.

        score is a float, smaller is better; params is a dict of arrays.
        Returns True when the last updates, as many as patience says and this one among
        them, have brought no score below the smallest one before them. An equal score is
        no improvement. Otherwise returns False.
        """
        ### BEGIN SOLUTION
        if score < self.lowest:
            self.lowest, self.waited = score, 0
            self.best = {name: np.array(value) for name, value in params.items()}
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% [markdown] tags=["NB09.E07"]
# <details>
# <summary>Hint</summary>
#
# Keep four things: the patience, the smallest score, the number of updates since, and the copy. `np.inf` is a
# good first smallest score. Copy each array of the dict: a new dict with the old arrays is not enough.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E07"]
check("NB09.E07")

# %% [markdown] tags=["NB09.W6"]
# In the package: `trainer.fit(..., validation=(X_val, y_val), patience=10)`; `history.best_epoch` says which
# weights were kept.

# %% tags=["NB09.W6"]
model = nn.MLP([2, 32, 32, 2], "relu", rng=0)
optimizer = optim.Adam(model.parameters(), lr=0.01)
trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
history = trainer.fit(X, y, epochs=120, validation=held_out, patience=10)
print(history)

assert trainer.evaluate(*held_out)["loss"] == min(history.val_loss)

# %% [markdown] tags=["NB09.W6"]
# ### Dropout
#
# Set each hidden value to 0 with probability $p$, anew for every example of every batch. No unit can rely on
# a neighbour, which may be gone next time. Each mask makes another, thinner network, and all of them share
# their weights: an ensemble for the price of one. 4096 units have $2^{4096}$ masks. How many is that?

# %% tags=["NB09.W6"]
digits = 4096 * np.log10(2)
print(f"2 to the 4096 is about 10 to the {digits:.1f}")

assert int(digits) == 1233

# %% [markdown] tags=["NB09.W6"]
# Averaging over that many networks is out of the question. And a single one? Take a unit $w_1 x_1 + w_2 x_2$
# with $w_1 x_1 = 6$ and $w_2 x_2 = -4$, and drop each input with $p = \tfrac12$. Four masks are equally
# likely:
#
# | mask | value |
# |:-|-:|
# | both dropped | 0 |
# | only $x_1$ kept | 6 |
# | only $x_2$ kept | −4 |
# | both kept | 2 |
#
# Their mean is 1: *half* of the full sum. So a network that drops in training and keeps all at the end would
# see sums that are twice as large as those it was trained with. One of the two sides must be rescaled. With
# $p = \tfrac12$ one cannot see by what: is it $p$, or $1 - p$?

# %% tags=["NB09.W6"]
terms = np.array([6.0, -4.0])
masks = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
print("p = 0.5: values", masks @ terms, "mean", np.mean(masks @ terms))

assert np.mean(masks @ terms) == 0.5 * terms.sum() == 1

p = 0.2
chances = np.prod(np.where(masks == 1, 1 - p, p), axis=1)
mean = chances @ (masks @ terms)
print(f"p = 0.2: mean {mean:.1f} of {terms.sum():.1f}: the factor is 1 - p = {1 - p}")

assert np.isclose(mean, (1 - p) * terms.sum())

# %% [markdown] tags=["NB09.W6"]
# The factor is the probability to **keep**, $1 - p$. Two ways to put it right:
#
# - at the end: keep all, and multiply by $1 - p$;
# - in training: divide what is kept by $1 - p$, and do nothing at the end. All libraries do this.
#
# In PyTorch and here: `nn.Dropout(p=0.2)`; `model.train()` switches it on, `model.eval()` makes it the
# identity. Forgetting `eval()` is a common slip: predictions then change from call to call.

# %% tags=["NB09.W6"]
layer = nn.Dropout(p=0.2, rng=0)
ones = np.ones(8)
print("training:  ", layer(ones))
print("training:  ", layer(ones), " a new mask")
print("evaluation:", layer.eval()(ones))

assert np.all(layer(ones) == ones)

# %% [markdown] tags=["NB09.W6"]
# **Is the full network the mean of the thin ones?** For a linear unit, exactly. Behind a ReLU no longer.
# Scaled by 2, the four masks give 0, 12, −8 and 4; a ReLU makes 0, 12, 0 and 4 of them.

# %% tags=["NB09.W6"]
mean_of_relu = np.mean(relu(2 * masks @ terms))
relu_of_mean = relu(np.mean(2 * masks @ terms))
print("mean over the masks:", mean_of_relu, "  the full unit:", relu_of_mean)

assert mean_of_relu == 4
assert relu_of_mean == 2

# %% [markdown] tags=["NB09.W6"]
# So the full network only approximates the ensemble. In practice it does well.

# %% [markdown] tags=["NB09.G2"]
# ### NB09.G2 · A sampler of masks
#
# A unit with four terms, one mask after another, and the mean of all values so far. The dashed line is the unit
# without dropout. **Predict:** where does the mean go without the division by $1 - p$? Press Play, then switch the
# division off. With the ReLU behind the sum, does the mean still go to the dashed line?

# %% tags=["NB09.G2"]
DropoutSampler([6, -4, 3, 1], p=0.2, seed=0)

# %% [markdown] tags=["NB09.E06"]
# ### Exercise NB09.E06: dropout, forwards and backwards
#
# **Why it matters:** the backward pass must use the very mask of the forward pass. A mask drawn anew gives
# gradients of another network.
# *Difficulty 2 of 5, about 10 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E06"]
def dropout_forward(x, p, train, rng):
    """Drop entries of x, and scale the others so that the mean stays.

    x is an array of any shape, p the probability to drop an entry (from 0 to below 1),
    train a bool, rng a np.random.Generator: all chance comes from it.
    Returns the pair (y, mask), both of the shape of x, with y = x * mask.
    In training the mask holds 0 or 1 / (1 - p), drawn for each entry by itself. Without
    training it holds ones.
    """
    ### BEGIN SOLUTION
    if not train:
        return x.copy(), np.ones_like(x)
    mask = (rng.random(x.shape) >= p) / (1 - p)
    return x * mask, mask
    ### END SOLUTION


def dropout_backward(g, mask):
    """Cotangent of x, for the cotangent g of y; mask is what dropout_forward returned."""
    ### BEGIN SOLUTION
    return g * mask
    ### END SOLUTION


# %% [markdown] tags=["NB09.E06"]
# <details>
# <summary>Hint</summary>
#
# `rng.random(x.shape)` gives numbers evenly spread from 0 to 1: which share of them lies at or above $p$? The
# scale is part of the mask, so the backward pass needs no $p$: what is the local slope of
# $y = x \cdot \text{mask}$?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E06"]
check("NB09.E06")

# %% [markdown] tags=["NB09.W7"]
# ## NB09.W7 · It does not learn. Where do you look?
#
# Before you train for hours, try this for a minute: **take fewer than 30 examples and learn them by heart.**
# Any sound network can; it has far more weights than examples. All of them should come out right. Do not hold
# anything out: this is a test of the machinery, not of what it has learned.
#
# If it fails, look in this order:
#
# | look at | symptom | likely cause | try |
# |:-|:-|:-|:-|
# | step size | the loss grows or leaps | steps too long | a third, a tenth |
# | step size | the loss falls evenly, very slowly | steps too short | three times, ten times |
# | start | all units of a layer are alike; the loss stands still | constant weights | draw them |
# | gradients | `nan` or `inf`, norms that grow towards the input | explosion; a `nan` in the data | fan-in scale; look at the data |
# | gradients | norms that shrink towards the input, or exact zeros | vanishing; dead units | other activation, residual blocks |
#
# `diagnose` reads these from a history, and `history.norms` holds the gradient's norm in each layer.

# %% [markdown] tags=["NB09.G5"]
# ### NB09.G5 · The symptom board
#
# Seven networks on the same data; six of them are ill. Look at a curve and at the gradients, and **name the illness
# before you ask:** `diagnose` says whether you are right. Then choose a treatment, and the network is trained once
# more. Which treatment heals which?

# %% tags=["NB09.G5"]
SymptomBoard()

# %% [markdown] tags=["NB09.G5"]
# Six of the seven, by hand: how they are trained, and what `diagnose` reads from their histories.

# %% tags=["NB09.G5"]
X, y = data.moons(200, noise=0.15, rng=0)


def recorded(sizes, activation, lr, momentum=0.0, init=None, X=X, y=y, epochs=30, **fit):
    """Train once, and return the history; what went bad is in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the history says it too
        model = nn.MLP(sizes, activation, init=init, rng=0)
        optimizer = optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
        return trainer.fit(X, y, epochs=epochs, **fit)


large = functools.partial(nn.init.normal, std=1.0)
board = {
    "sound": recorded([2, 16, 16, 2], "tanh", 0.1),
    "long steps": recorded([2, 16, 16, 2], "tanh", 4.0, momentum=0.9),
    "short steps": recorded([2, 16, 16, 2], "tanh", 1e-4),
    "weights start at 0": recorded([2, 16, 16, 2], "relu", 0.1, init="zeros"),
    "weights start large": recorded([2, 64, 64, 64, 64, 64, 2], "relu", 0.1, init=large),
    "eight sigmoid layers": recorded([2, *[16] * 8, 2], "sigmoid", 0.1),
}

for name, history in board.items():
    gradients = history.norms["gradient"]
    first, *_, last = gradients.values()
    print(f"{name}: {', '.join(diagnose(history).symptoms) or 'nothing to report'}")
    print(f"    gradient at the start, first layer {first[0]:.1e}, last {last[0]:.1e}")

assert [diagnose(history).symptoms[:1] for history in board.values()] == [
    [],
    ["rate too high"],
    ["rate too low"],
    ["symmetry"],
    ["exploding gradients"],
    ["vanishing gradients"],
]

# %% [markdown] tags=["NB09.W7"]
# A loss that stays at $\ln 2$ has two owners on this board, and only the gradients tell them apart: exact
# zeros there, ever smaller numbers here. And a `nan` among the data? It would spoil every weight in one step;
# so the trainer refuses it:

# %% tags=["NB09.W7"]
spoilt = X.copy()
spoilt[3, 1] = np.nan
try:
    recorded([2, 16, 2], "tanh", 0.1, X=spoilt)
except backprop_course.UsageError as error:
    print(error)

after_one_step = grad(lambda w: np.mean((spoilt @ w - y) ** 2))(np.zeros(2))
print("\nwithout that guard, the gradient is", after_one_step)

assert np.isnan(after_one_step).all()

# %% [markdown] tags=["NB09.W7"]
# ### A model to try the check on
#
# The exercise below is handed a model with two methods. This one wraps a network of ours; the check has
# others.


# %% tags=["NB09.W7"]
class SmallModel:
    """A network with its loss and its optimiser: one tanh layer, squared error."""

    def __init__(self, lr, init=None, seed=0):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nn.SymmetryWarning)
            self.net = nn.MLP([2, 16, 1], "tanh", init=init, rng=seed)
        self.optimizer = optim.SGD(self.net.parameters(), lr=lr)

    def loss(self, X, y):
        """The mean squared error on these examples; changes nothing."""
        return float(np.mean((self.net(X).value[:, 0] - y) ** 2))

    def step(self, X, y):
        """Take one step of training on these examples; return the loss before it."""
        loss = np.mean((self.net(X)[:, 0] - y) ** 2)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return float(loss.value)


few_X, few_y = X[:12], y[:12].astype(float)
small = SmallModel(lr=0.1)
print(f"loss before the first step {small.step(few_X, few_y):.3f}")
print(f"loss after it              {small.loss(few_X, few_y):.3f}")

# %% [markdown] tags=["NB09.E08"]
# ### Exercise NB09.E08: learn it by heart
#
# **Why it matters:** most bugs show within a minute this way. The verdict must not be fooled by the unit of
# the loss, and not by a `nan`: a comparison with `nan` is never true.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB09-E08", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB09.E08"]
def overfit_check(model, X, y, steps):
    """Train a model on a few examples, and say whether it learns them by heart.

    model.loss(X, y) returns the mean loss, a float, and changes nothing;
    model.step(X, y) takes one step of training and returns the loss before that step.
    X (N, d) and y (N,) are the examples: all of them are used in every step, none is held
    out. Exactly steps steps are taken; once a loss is not finite, it may stop at once.
    Compare the first loss (before any step) with the last one (after all steps).
    Returns a dict with the keys "ok", a bool, and "reason", one of
    "not finite"      if a loss is nan or infinite,
    "fits"            if the last loss is at most a tenth of the first: ok is True,
    "grows"           if the last loss is above the first,
    "does not fall"   otherwise.
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        losses.append(model.step(X, y))
        if not np.isfinite(losses[-1]):
            return {"ok": False, "reason": "not finite"}
    losses.append(model.loss(X, y))
    first, last = losses[0], losses[-1]
    if not np.isfinite(last):
        return {"ok": False, "reason": "not finite"}
    if last <= 0.1 * first:
        return {"ok": True, "reason": "fits"}
    return {"ok": False, "reason": "grows" if last > first else "does not fall"}
    ### END SOLUTION


# %% [markdown] tags=["NB09.E08"]
# <details>
# <summary>Hint</summary>
#
# Keep the losses in a list: what `step` returns, and at the end `model.loss(X, y)` once more. Ask
# `np.isfinite` first. Then compare the last with the first, not with a fixed number. In which order must the
# two other questions stand?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB09-E08-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB09.E08"]
check("NB09.E08")

# %% tags=["NB09.W7"]
with_a_nan = few_X.copy()
with_a_nan[5, 0] = np.nan
trials = {
    "sound": (SmallModel(lr=0.1), few_X, 600),
    "long steps": (SmallModel(lr=1.0), few_X, 10),
    "weights at 0": (SmallModel(lr=0.1, init="zeros"), few_X, 600),
    "a nan in X": (SmallModel(lr=0.1), with_a_nan, 600),
}
for name, (model, X_trial, steps) in trials.items():
    with np.errstate(all="ignore"):
        report = overfit_check(model, X_trial, few_y, steps)
    print(f"{name:13}", report or "write E08 first")

# %% [markdown] tags=["NB09.W7"]
# The package has the same check for a trainer: `backprop_course.overfit_check`. When it fails, it says what
# `diagnose` saw.

# %% tags=["NB09.W7"]
model = nn.MLP([2, 16, 2], "tanh", rng=0)
optimizer = optim.Adam(model.parameters(), lr=0.02)
trainer = Trainer(model, nn.cross_entropy, optimizer, progress=False)
report = backprop_course.overfit_check(trainer, X, y, examples=20)
print(report)

assert report.ok

# %% [markdown] tags=["NB09.W7"]
# ### Your own backward passes at work
#
# Can a network be trained on what you wrote in E02, E03 and E06? Below it is: ReLU, batch norm and dropout
# run forwards as ever, and backwards through your three functions. The history says how far they are from the
# engine's.

# %% tags=["NB09.W7"]
trial = np.zeros((2, 3)), np.ones((2, 3))
written = {
    "E02": activation_backward("relu", *trial) is not None,
    "E06": dropout_backward(*trial) is not None,
}
try:
    names = ("X", "xhat", "mean", "var", "inv_std", "gamma", "beta", "eps")
    cache = dict.fromkeys(names, np.ones((2, 3)))
    written["E03"] = normalize_backward(trial[1], cache, 0) is not None
except Exception:  # half written: the check says more
    written["E03"] = False

if all(written.values()):
    draw = np.random.default_rng(0)
    first = [nn.Linear(2, 32, rng=draw), nn.BatchNorm(32), nn.ReLU()]
    second = [nn.Dropout(0.2, rng=draw), nn.Linear(32, 32, rng=draw), nn.ReLU()]
    model = nn.Sequential(*first, *second, nn.Linear(32, 2, rng=draw))
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
    trainer.use_backward("relu", lambda dY, X: activation_backward("relu", X, dY))
    trainer.use_backward("batch_norm", normalize_backward)
    trainer.use_backward("dropout", dropout_backward)
    print(trainer.fit(X, y, epochs=30))
else:
    print("write", " and ".join(e for e, done in written.items() if not done), "first")

# %% [markdown] tags=["NB09.W7"]
# ### Three recorded runs
#
# Three people bring you what they have recorded, and ask what is wrong. Each has points of two classes,
# cross-entropy, and descent in batches of 32. Nobody wrote down more. (If you look at the settings, cover
# them: the curves and the numbers below are meant to be enough.)

# %% tags=["NB09.W7"]
X_new, y_new = data.moons(400, noise=0.15, rng=2)
shift = np.array([-60.0, 0.0])
X_few, y_few = data.moons(60, noise=0.35, rng=3)

deep, wide = [2, *[16] * 7, 2], [2, 32, 32, 2]
a_set, b_set = (X_new, y_new), (3 * X_new + shift, y_new)
runs = {
    "A": recorded(deep, "sigmoid", 0.2, epochs=60, validation=a_set),
    "B": recorded(wide, "relu", 0.1, X=3 * X + shift, epochs=60, validation=b_set),
    "C": recorded(wide, "relu", 0.1, 0.9, None, X_few, y_few, 60, validation=held_out),
}

# %% tags=["NB09.W7"]
figure, panels = plt.subplots(1, 3, figsize=(9.4, 3.4), layout="constrained")
for axes, (name, run) in zip(panels, runs.items(), strict=True):
    epochs = range(len(run.loss) + 1)
    axes.plot(epochs, [run.first_loss, *run.loss], "-", color=BLUE, label="training")
    axes.plot(run.epochs, run.val_loss, "--", color=RED, label="validation")
    axes.axhline(np.log(2), linestyle=":", color="black", label="guessing")
    axes.set(title=f"run {name}", xlabel="epoch")
    axes.grid(alpha=0.3)
panels[0].set(ylabel="loss", ylim=(0.6, 0.8))
panels[1].set_yscale("log")
panels[2].legend(frameon=False)

for name, run in runs.items():
    print(f"run {name}: loss of the first batch {run.first_loss:.3g}")
    print(f"   training: epoch 1 {run.loss[0]:.3g}, epoch 60 {run.loss[-1]:.3g}")
    print(f"   validation: least {min(run.val_loss):.3f}, last {run.val_loss[-1]:.3f}")
    gradients = [norms for norms in run.norms["gradient"].values() if max(norms) > 0]
    for when, at in (("first", 0), ("last ", -1)):
        shown = " ".join(f"{norms[at]:.1e}" for norms in gradients)
        print(f"   gradient by layer, {when} look: {shown}")
    for layer, shares in run.norms["dead"].items():
        print(f"   ReLU layer {layer}, last look: {shares[-1]:.0%} of its units gave 0")
picture(
    figure,
    alt="Run A: training and validation loss stay at the dotted line of guessing, ln 2, "
    "with a little noise. Run B, on a logarithmic axis: the loss leaps up in the "
    "first epoch and then lies on the line of guessing. Run C: the training loss "
    "falls towards 0, the validation loss falls at first, then climbs again.",
)

# %% [markdown] tags=["NB09.R1"]
# ### Reflection NB09.R1: diagnose three recorded runs
#
# For each of the runs A, B and C write down: which illness it has, which numbers say so, which other illness
# looks alike and what rules it out, and what you would change *first*. Two of the runs end at the same loss
# for different reasons: how do you tell them apart? A few sentences a run will do.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB09-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB09.R1"]
# **A** has vanishing gradients. The loss stays at $\ln 2$ from the start. The gradient's norm shrinks by a
# factor of about 4 with each layer towards the input, so the first layers get next to nothing. It is not a
# step size that is too small: the last layer's gradient has a sound size, and a longer step would not help
# the first layers. It is not symmetry, for then the hidden layers' gradients would be exactly 0 or their
# units alike. First change: another activation (ReLU or tanh with a matching start); then residual blocks or
# normalisation, or fewer layers.
#
# **B** has dead units, because the inputs were not standardised. The loss of the first batch is far above
# $\ln 2$, so large numbers reached the outputs. The first steps were huge, and after them all or nearly all
# units give 0 for every example; the hidden layers' gradients are exactly 0. From then on only the output
# bias moves. It ends at $\ln 2$ like A, but A's gradients are small and not zero, and A never leapt. First
# change: standardise the inputs (mean 0, deviation 1, by the training part's numbers); then a shorter step;
# leaky ReLU would keep a way back.
#
# **C** overfits. The training loss falls towards 0; the validation loss falls for some epochs, turns, and
# ends above its least value. Training itself is sound: gradients are finite in all layers. A step size that
# is too long would show in the training loss. First change: stop early and keep the best weights; more data
# would be better; a smaller network, dropout or a penalty on the weights help too.
#
# **What a good answer says.** For each run one point for the illness, one for numbers that support it (not
# only the shape of the curve), one for a first change that fits. One more point for telling A from B by the
# gradients: small ones against exact zeros. Naming the cause of B (inputs not scaled) is better than naming
# the symptom (dead units), but both are right. No point is lost for other remedies that would work.

# %% tags=["NB09.W7"]
show_diagnosis = False  # make it True when you have written down your own

found = {name: diagnose(run).symptoms for name, run in runs.items()}
print(found if show_diagnosis else "write down your diagnosis first")

illnesses = {"vanishing gradients", "dead units", "overfitting"}
assert illnesses <= set().union(*found.values())

# %% [markdown] tags=["NB09.W8"]
# ## NB09.W8 · What is left to chance?
#
# Even a sound network may end badly. Descent finds *a* place where the gradient is 0; nobody promises a good
# one. It takes many steps, and has many settings that interact. NB06.W6 showed it for XOR: with two hidden
# units most starts fail. Here are ten starts.

# %% tags=["NB09.W8"]
X_xor, y_xor = data.xor()
targets = y_xor[:, None].astype(float)
ends = []
for seed in range(10):
    wide_start = functools.partial(nn.init.normal, std=1.0)
    model = nn.MLP([2, 2, 1], "relu", init=wide_start, rng=seed)
    trainer = Trainer(
        *(model, nn.binary_cross_entropy, optim.SGD(model.parameters(), lr=0.5)),
        **dict(norms=False, progress=False),
    )
    ends.append(trainer.fit(X_xor, targets, epochs=1000, batch_size=4).loss[-1])
print("loss after 1000 steps:", np.sort(ends).round(2))
print(f"{sum(end < 0.05 for end in ends)} of 10 starts found a solution")

assert 0 < sum(end < 0.05 for end in ends) < 10

# %% [markdown] tags=["NB09.W8"]
# So one starts several times. There are two ways to use the results: keep the best on held-out data, or let
# all of them **vote**. Networks that make different mistakes outvote each other's. Here are seven small
# networks for handwritten digits, trained on 180 of them.

# %% tags=["NB09.W8"]
X, y = data.digits()
(X_train, y_train), (X_rest, y_rest) = data.split(X, y, (0.1, 0.9), rng=0)

votes, shares = [], []
for seed in range(7):
    model = nn.MLP([64, 16, 10], "relu", rng=seed)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    trainer = Trainer(model, nn.cross_entropy, optimizer, rng=seed, progress=False)
    trainer.fit(X_train, y_train, epochs=40)
    votes.append(trainer.predict(X_rest).argmax(axis=1))
    shares.append(np.mean(votes[-1] == y_rest))

counts = np.array([np.sum(np.array(votes) == digit, axis=0) for digit in range(10)])
voted = np.mean(counts.argmax(axis=0) == y_rest)
print("each by itself:", np.round(shares, 3), f" mean {np.mean(shares):.3f}")
print(f"by vote:        {voted:.3f}")

assert voted > np.mean(shares)

# %% [markdown] tags=["NB09.W8"]
# ### What do hidden layers come to represent?
#
# A network for classes ends with a linear layer, and a linear layer can only cut with straight lines. So the
# hidden layers must move the points until straight cuts are enough. Below, a network with a last hidden layer
# of *two* units, so that one can look at it.

# %% tags=["NB09.W8"]
X, y = data.spirals(300, turns=0.75, rng=0)
model = nn.MLP([2, 24, 24, 2, 2], "tanh", rng=0)
optimizer = optim.Adam(model.parameters(), lr=0.01)
trainer = Trainer(model, nn.cross_entropy, optimizer, rng=0, progress=False)
trainer.fit(X, y, epochs=150)
hidden = model[:-1](X).value  # all layers but the last

figure, panels = plt.subplots(1, 2, figsize=(8.0, 3.8), layout="constrained")
shown = {"the inputs": X, "the last hidden layer": hidden}
for axes, (title, points) in zip(panels, shown.items(), strict=True):
    for label, marker, color in ((0, "o", BLUE), (1, "x", RED)):
        of_class = points[y == label]
        axes.plot(*of_class.T, marker, color=color, markersize=4, label=f"class {label}")
    axes.set(title=title)
    axes.grid(alpha=0.3)

weight, bias = model[-1].weight.value, model[-1].bias.value
across, offset = weight[:, 1] - weight[:, 0], bias[1] - bias[0]
line = np.linspace(-1.1, 1.1, 2)
cut = -(across[0] * line + offset) / across[1]
panels[1].plot(line, cut, "--", color="black", label="the cut")
panels[1].set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1))
panels[1].legend(frameon=False, loc="center left")
right_side = np.mean((hidden @ across + offset > 0) == y)
print(f"{right_side:.0%} of the points lie on their side of the line")
picture(
    figure,
    alt="Left: two spiral arms wound into each other, circles and crosses. Right: the "
    "same points after the hidden layers: circles in one corner, crosses in another, "
    "and a dashed straight line between them.",
)

# %% [markdown] tags=["NB09.W8"]
# The spiral has been unwound. In networks for pictures the first layers come to respond to edges, later ones
# to textures and parts, the last to whole things. Nobody put that in: it is what the gradients ask for.
#
# **To close, a demonstration.** Google's *Teachable Machine* (look for it by name; it needs a camera and the
# network, so nothing here depends on it) trains the last layers of a picture network in your browser. Give
# each of two classes 20 pictures. Then try to break it, with what you know now: too few examples, a
# validation set that is too like the training set, classes that differ only in the background.

# %% [markdown]
# ## Recap
#
# 1. A mini-batch is an honest sample of the gradient; rows and labels are shuffled together, and no example
#    is left out.
# 2. Centred, scaled inputs let one step size suit all weights; normalisation layers do the same inside, and
#    gradients come back on three paths.
# 3. A gradient is a product over the layers: activations, fan-in scaled weights and residual blocks keep its
#    size.
# 4. Dropout divides by the probability to keep, $1 - p$, in training; early stopping keeps a copy of the best
#    weights.
# 5. First learn a handful of examples by heart; if that fails, look at step size, start, gradients, in this
#    order.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapters 3 and 5. A. Griewank and A.
# Walther, *Evaluating Derivatives*, chapter 3, for the products of Jacobians. PyTorch documentation,
# "torch.nn.init", "BatchNorm2d", "Dropout". JAX documentation, "Pseudorandom numbers". The lecture texts on
# batching, normalisation, activations, residual connections, initialisation and dropout.
#
# **Next.** NB10 turns the question round: the network trains badly because a *gradient* is wrong. How do you
# find out which?
