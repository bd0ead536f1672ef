# %% [markdown]
# # NB06 · Backprop through networks
#
# A layer sees many examples at once and uses the same weights for all of them. What do its gradients look like,
# and where does the sum over the examples come from?
#
# **Goals.** After this unit you can
#
# - read a batch as a matrix with one example in each row, and name the shape of every array;
# - say why a bias gradient sums over the rows;
# - put the factor $1/N$ of a mean loss in the one place where it belongs;
# - write the backward pass of an affine layer for a whole batch.
#
# **You need** error signals and the sum over paths (NB04), and the matrix product (NB00).
#
# **Time:** about 40 minutes to read, and three hours for all exercises; two sessions are a good pace.

# %% tags=["NB06.setup"]
import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import numerical_gradient
from backprop_course.widgets import picture

rng = np.random.default_rng(6)  # the only source of chance in this notebook

# %% [markdown]
# ## One example at a time
#
# First two layers, then a list of them, and a single vector $x$ all along. Here $W$ is (out, in), as the lecture texts have
# it: $z = Wx + b$, and $w_{ij}$ leads from input $j$ to output $i$. The hidden units are sigmoids.


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# %% [markdown] tags=["NB06.E01"]
# ### Exercise NB06.E01: two layers forwards
#
# **Why it matters:** the backward pass uses what the forward pass has computed, so one writes that first and
# keeps every intermediate result.
# *Difficulty 1 of 5, about 5 minutes, 1 point, a quarter for each result.*
#
# $$
# z = W_1 x + b_1, \qquad h = \sigma(z), \qquad y = W_2 h + b_2, \qquad
# \mathcal{L} = \tfrac12 \sum_k (y_k - t_k)^2 .
# $$
#
# The output is linear.


# %% nbgrader={"grade": false, "grade_id": "NB06-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E01"]
def two_layer_forward(p, x, t):
    """Every result of a net with two inputs, two hidden units and two outputs.

    p is a dict with the keys W1 (2, 2), b1 (2,), W2 (2, 2) and b2 (2,); W is (out, in).
    x (2,) is the input, t (2,) the target.
    Returns a dict with the keys z (2,), h (2,), y (2,) and L, a number.
    L is half the sum of the squared errors.
    """
    ### BEGIN SOLUTION
    z = p["W1"] @ x + p["b1"]
    h = sigmoid(z)
    y = p["W2"] @ h + p["b2"]
    return {"z": z, "h": h, "y": y, "L": 0.5 * np.sum((y - t) ** 2)}
    ### END SOLUTION


# %% [markdown] tags=["NB06.E01"]
# <details>
# <summary>Hint</summary>
#
# One line for each formula, in this order. `p["W1"] @ x` is a matrix times a vector: each row of the matrix gives one
# number.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E01"]
check("NB06.E01")

# %% [markdown] tags=["NB06.E02"]
# ### Exercise NB06.E02: two layers backwards
#
# **Why it matters:** this is backpropagation in its smallest form. More layers repeat the same two steps.
# *Difficulty 3 of 5, about 15 minutes, 4 points, one for each parameter.*
#
# Start at the loss: $\bar y = y - t$, because the factor $\frac12$ cancels the 2 of the square. Then go back through one
# step of the forward pass at a time, and multiply what arrives by the local slopes. Sizes are $d$ inputs, $h$ hidden
# units and $k$ outputs now.


# %% nbgrader={"grade": false, "grade_id": "NB06-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E02"]
def two_layer_backward(p, cache, t):
    """Error signals of all parameters, for the loss with the factor 1/2.

    p is a dict with the keys W1 (h, d), b1 (h,), W2 (k, h) and b2 (k,); W is (out, in).
    cache is what the forward pass has kept, a dict with the keys x (d,), z (h,), h (h,),
    y (k,) and L. t (k,) is the target.
    Returns a dict with the keys W1, b1, W2 and b2, each of the shape of its parameter.
    """
    ### BEGIN SOLUTION
    y_bar = cache["y"] - t
    h_bar = p["W2"].T @ y_bar
    z_bar = h_bar * cache["h"] * (1 - cache["h"])
    return {
        "W1": np.outer(z_bar, cache["x"]),
        "b1": z_bar,
        "W2": np.outer(y_bar, cache["h"]),
        "b2": y_bar,
    }
    ### END SOLUTION


# %% [markdown] tags=["NB06.E02"]
# <details>
# <summary>Hint</summary>
#
# Find $\bar h$ and $\bar z$ on the way. $\bar h$ has $h$ entries and $\bar y$ has $k$; which way round does $W_2$ have to
# stand? Entry $(i, j)$ of a weight's gradient is what arrives at output $i$ times what went in at input $j$.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E02"]
check("NB06.E02")

# %% [markdown] tags=["NB06.E03"]
# ### Exercise NB06.E03: a small net for regression
#
# **Why it matters:** without matrices every path can be followed with a finger, and every slope has a name.
# *Difficulty 2 of 5, about 12 minutes, 3 points.*
#
# One input, two hidden units, one linear output:
#
# $$
# \hat y = w_3\,\sigma(w_1 x) + w_4\,\sigma(w_2 x) + b, \qquad \mathcal{L} = \tfrac12 (y - \hat y)^2 .
# $$
#
# From the loss one path leads to each weight. Write down the links of each path, then multiply.


# %% nbgrader={"grade": false, "grade_id": "NB06-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E03"]
def regression_net_grads(theta, x, y):
    """Gradient of the loss, which has the factor 1/2.

    theta (5,) holds w1, w2, w3, w4 and b, in this order; x and y are numbers.
    Returns the gradient, an array of shape (5,) in the same order.
    """
    ### BEGIN SOLUTION
    w1, w2, w3, w4, b = theta
    h1, h2 = sigmoid(w1 * x), sigmoid(w2 * x)
    yhat_bar = w3 * h1 + w4 * h2 + b - y
    z1_bar = yhat_bar * w3 * h1 * (1 - h1)
    z2_bar = yhat_bar * w4 * h2 * (1 - h2)
    return np.array([z1_bar * x, z2_bar * x, yhat_bar * h1, yhat_bar * h2, yhat_bar])
    ### END SOLUTION


# %% [markdown] tags=["NB06.E03"]
# <details>
# <summary>Hint</summary>
#
# The slope of $\frac12 (y - \hat y)^2$ for $\hat y$ is $\hat y - y$; mind the sign. The path to $w_1$ passes through $w_3$
# and through the sigmoid whose input is $w_1 x$.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E03"]
check("NB06.E03")

# %% [markdown] tags=["NB06.E04"]
# ### Exercise NB06.E04: the four equations
#
# **Why it matters:** a net of any depth needs no new idea, only a loop. What arrives at one layer is computed once and
# serves all that lie below.
# *Difficulty 4 of 5, about 20 minutes, 5 points, half for the weights and half for the biases.*
#
# Every layer is a sigmoid, the last one too: $z^l = W^l a^{l-1} + b^l$ and $a^l = \sigma(z^l)$ with $a^0 = x$. The loss is
# $\frac12 \sum_k (a^L_k - y_k)^2$. With $\delta^l = \bar z^l$ the four equations are
#
# $$
# \delta^L = (a^L - y) \odot \sigma'(z^L), \qquad
# \delta^l = \bigl((W^{l+1})^\top \delta^{l+1}\bigr) \odot \sigma'(z^l), \qquad
# \bar b^l = \delta^l, \qquad
# \bar w^l_{ij} = \delta^l_i\, a^{l-1}_j .
# $$
#
# Lists count from 0: `Ws[0]` is the first layer's matrix, and `as_[0]` is $x$, so `as_` is longer than `zs` by one.


# %% nbgrader={"grade": false, "grade_id": "NB06-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E04"]
def bp_equations(Ws, zs, as_, y):
    """Gradients of all weights and biases for one example; the loss has the factor 1/2.

    Ws is the list of weights in layer order, each (out, in); zs holds what goes into
    the sigmoids, as_ what comes out of them, with the input before: as_[0] is x.
    y is the target, of the shape of as_[-1].
    Returns the tuple (dW, db): two lists in layer order, each entry of the shape
    of its parameter.
    """
    ### BEGIN SOLUTION
    dW, db = [], []
    arriving = as_[-1] - y
    for layer in reversed(range(len(Ws))):
        s = sigmoid(zs[layer])
        delta = arriving * s * (1 - s)
        dW.insert(0, np.outer(delta, as_[layer]))
        db.insert(0, delta)
        arriving = Ws[layer].T @ delta
    return dW, db
    ### END SOLUTION


# %% [markdown] tags=["NB06.E04"]
# <details>
# <summary>Hint</summary>
#
# Walk over the layers from the last to the first and keep one vector: what arrives at the layer's output. With lists that
# count from 0, the input of layer `i` is `as_[i]`, and its output is `as_[i + 1]`.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E04"]
check("NB06.E04")

# %% [markdown] tags=["NB06.E05"]
# ### Exercise NB06.E05: the loop with a penalty
#
# **Why it matters:** regularised training adds a second path from the loss to every weight (NB04). It joins the
# gradient of the weights and leaves what is passed on alone.
# *Difficulty 3 of 5, about 15 minutes, 4 points.*
#
# The same layers, now with $g$ handed in: the gradient for the top layer's output, whatever the loss. Added to the loss is
# $\frac{\lambda}{2} \sum_l \lVert W^l \rVert^2$, and if asked for the same with every $b^l$.


# %% nbgrader={"grade": false, "grade_id": "NB06-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E05"]
def backprop_with_penalty(Ws, bs, cache, g, lam, penalise_bias=False):
    """Gradients with the penalty (lam / 2) times the sum of squares, for one example.

    Ws and bs are lists in layer order, W (out, in); every layer is a sigmoid.
    cache is a dict: cache["hs"] is the list [x, h1, h2, ...], longer by one than
    cache["zs"], the list [z1, z2, ...]. g has the shape of the last h.
    The biases are in the penalty only if penalise_bias is true.
    Returns the tuple (dW, db, g0): two lists in layer order, and the gradient for x.
    """
    ### BEGIN SOLUTION
    dW, db = [], []
    for layer in reversed(range(len(Ws))):
        h = cache["hs"][layer + 1]
        delta = g * h * (1 - h)
        dW.insert(0, np.outer(delta, cache["hs"][layer]) + lam * Ws[layer])
        db.insert(0, delta + lam * bs[layer] if penalise_bias else delta)
        g = Ws[layer].T @ delta
    return dW, db, g
    ### END SOLUTION


# %% [markdown] tags=["NB06.E05"]
# <details>
# <summary>Hint</summary>
#
# First write the loop without the penalty. Then ask of each parameter: does it appear in the penalty, and with which
# derivative? The input $x$ does not.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E05"]
check("NB06.E05")

# %% [markdown] tags=["NB06.W5"]
# ## NB06.W5 · Batches: rows are examples
#
# A network is hardly ever shown one example at a time. It gets $N$ of them, stacked as the rows of a matrix $X$.
# An affine layer maps all rows at once:
#
# $$
# Y = XW + b, \qquad y_{nj} = \sum_i x_{ni}\,w_{ij} + b_j .
# $$
#
# | array | shape | index |
# |:-|:-|:-|
# | $X$ inputs | $(N, d)$ | example $n$, feature $i$ |
# | $W$ weights | $(d, k)$ | from feature $i$ to output $j$ |
# | $b$ biases | $(k,)$ | output $j$ |
# | $Y$ outputs | $(N, k)$ | example $n$, output $j$ |
#
# **The layout changes here.** For a single vector one writes $Wx$ with $W$ of shape (out, in). From now on examples
# are rows and $W$ is (in, out), so that $XW$ needs no transpose. Both say the same; look at the shapes to know
# which one you have before you.
#
# Three examples, one feature, two outputs. Every size differs from every other, so that no mistake in a
# shape can hide.

# %% tags=["NB06.W5"]
X = np.array([[1.0], [2.0], [-1.0]])
W = np.array([[3.0, -2.0]])
b = np.array([0.5, 1.0])

Y = X @ W + b  # b is added to every row
print(Y)

assert Y.tolist() == [[3.5, -1], [6.5, -3], [-2.5, 3]]

# %% [markdown] tags=["NB06.W5"]
# ### Who feeds whom?
#
# Take one row of $Y$. It is computed from the same row of $X$, from no other row, and from *all* of $W$ and $b$.

# %% tags=["NB06.W5"]
N, d, k, row = 5, 3, 2, 1

sizes = {"figsize": (7, 3), "width_ratios": [k, d, k, k]}
figure, panels = plt.subplots(1, 4, layout="constrained", **sizes)
for axes, name, shape, used in [
    (panels[0], "Y  (N, k)", (N, k), row),
    (panels[1], "= X  (N, d)", (N, d), row),
    (panels[2], "@ W  (d, k)", (d, k), slice(None)),
    (panels[3], "+ b  (k,)", (1, k), slice(None)),
]:
    shade = np.zeros(shape)
    shade[used] = 1
    axes.pcolormesh(shade, cmap="Blues", vmin=0, vmax=2, edgecolors="black", linewidth=1)
    axes.set(title=name, aspect="equal")
    axes.set(xlim=(-0.1, shape[1] + 0.1), ylim=(N + 0.1, -0.1))
    axes.axis("off")
picture(
    figure,
    alt="The layer Y = X W + b as four grids of cells. Shaded are one row of Y and what "
    "it is computed from: the same row of X, every cell of W and every cell of b.",
)

# %% [markdown] tags=["NB06.W5"]
# Now count the edges that leave a value, as in NB04.
#
# - $b_j$ is used in **every row**. $N$ edges leave it, each with the local slope 1.
# - $w_{ij}$ is used in every row too. The local slope in row $n$ is $x_{ni}$.
# - $x_{ni}$ is used in one row, but for every output. The local slope towards output $j$ is $w_{ij}$.
#
# One term for each edge, upstream × local:
#
# $$
# \bar b_j = \sum_n \bar y_{nj}, \qquad
# \bar w_{ij} = \sum_n x_{ni}\,\bar y_{nj}, \qquad
# \bar x_{ni} = \sum_j \bar y_{nj}\,w_{ij} .
# $$
#
# The sums over the examples are sums over paths. Nothing else makes them: the rows share $W$ and $b$.
#
# A program cannot write a bar over a name, so `dY` stands for $\bar Y$ (PyTorch: `grad_output`), and `dX`, `dW`, `db`
# for the others. Suppose that the next layer sent this `dY`. Do one entry of each with the pencil first.

# %% tags=["NB06.W5"]
dY = np.array([[0.5, -1.0], [1.0, 0.0], [2.0, 0.25]])

dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros_like(b)
for n in range(3):
    for j in range(2):
        db[j] += dY[n, j]
        for i in range(1):
            dW[i, j] += X[n, i] * dY[n, j]
            dX[n, i] += dY[n, j] * W[i, j]

print(f"db = {db}\ndW = {dW}\ndX =\n{dX}")

assert db.tolist() == [3.5, -0.75]
assert dW.tolist() == [[0.5, -1.25]]
assert dX.tolist() == [[3.5], [3.0], [5.5]]

# %% [markdown] tags=["NB06.W5"]
# A gradient always has the shape of its variable. That is the first thing to look at, and `db` of shape $(N, k)$ is
# the first thing to go wrong.
#
# **Does it agree with measurement?** The layer alone has no loss. Any number with the upstream signal `dY` will do, and
# $\sum_{nj} \bar y_{nj}\,y_{nj}$ is the simplest: its slope for $y_{nj}$ is $\bar y_{nj}$.


# %% tags=["NB06.W5"]
def number(X, W, b):
    return np.sum(dY * (X @ W + b))


assert np.allclose(numerical_gradient(lambda X: number(X, W, b), X), dX)
assert np.allclose(numerical_gradient(lambda W: number(X, W, b), W), dW)
assert np.allclose(numerical_gradient(lambda b: number(X, W, b), b), db)
print("dX, dW and db agree with central differences")

# %% [markdown] tags=["NB06.W5"]
# ### One factor 1/N
#
# The loss of a batch is usually the **mean** over its examples, $\mathcal{L} = \frac1N \sum_n \ell_n$. (The course does
# so unless it says otherwise.) Where does the $\frac1N$ go?
#
# It is the local slope of the mean, so it enters once, at the loss:
# $\bar y_{nj} = \frac1N\,\partial \ell_n / \partial y_{nj}$. From there every product carries it along. A layer that
# divides again has divided twice.
#
# Try the three candidates on the bias, with $\ell_n = \frac12 \sum_j (y_{nj} - t_{nj})^2$ on a random batch.

# %% tags=["NB06.W5"]
N = 4
X, T = rng.normal(size=(N, 3)), rng.normal(size=(N, 2))
W, b = rng.normal(size=(3, 2)), rng.normal(size=2)


def mean_loss(b):
    return np.sum(0.5 * (X @ W + b - T) ** 2) / N


measured = numerical_gradient(mean_loss, b)
error = X @ W + b - T  # the slope of one example's loss
for name, candidate in [
    ("no factor", error.sum(axis=0)),
    ("once, at the loss", (error / N).sum(axis=0)),
    ("again in the layer", (error / N).sum(axis=0) / N),
]:
    print(f"{name:18}  candidate / measured = {candidate / measured}")

assert np.allclose((error / N).sum(axis=0), measured)

# %% [markdown] tags=["NB06.W5"]
# A constant ratio of $N$ or $1/N$ always means the same thing: a mean and a sum were confused. It is worth
# remembering, because gradient descent still runs then, with a learning rate that is off by the factor $N$.

# %% [markdown] tags=["NB06.E06"]
# ### Exercise NB06.E06: the affine layer backwards
#
# **Why it matters:** every dense layer of every network does this, in every step of its training.
# *Difficulty 3 of 5, about 12 minutes, 3 points, one for each gradient.*
#
# Turn the sums above into NumPy expressions without a loop. The mean has been taken already: `dY` brings its
# factor with it.


# %% nbgrader={"grade": false, "grade_id": "NB06-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E06"]
def affine_backward(dY, X, W):
    """Error signals of X, W and b for Y = X @ W + b.

    dY (N, k), X (N, d) and W (d, k) are float arrays, which stay as they are.
    Rows are examples, W is (in, out).
    Returns the tuple (dX, dW, db) with the shapes (N, d), (d, k) and (k,).
    No factor 1/N: sum over the examples.
    """
    ### BEGIN SOLUTION
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)
    ### END SOLUTION


# %% [markdown] tags=["NB06.E06"]
# <details>
# <summary>Hint</summary>
#
# In each sum, which index is summed over, and which two remain? A matrix product sums over the inner size. Write the
# shapes side by side, such as $(N, k)$ and $(d, k)$ for `dX` of shape $(N, d)$, and turn a factor until the inner
# sizes agree.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E06"]
check("NB06.E06")

# %% [markdown] tags=["NB06.E07"]
# ### Exercise NB06.E07: a network of any depth
#
# **Why it matters:** this is the backward pass of a real network. Only size and the kind of layers are added later.
# *Difficulty 4 of 5, about 25 minutes, 6 points, half for each activation.*
#
# Put the affine layer into a loop. Between two affine layers stands an activation, ReLU or sigmoid; behind the last one
# stands none. The slope of the ReLU at exactly 0 is 0 in this course.


# %% nbgrader={"grade": false, "grade_id": "NB06-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E07"]
def mlp_backward(params, cache, dY):
    """Gradients of all weights and biases of a network, for a batch.

    params is a list of (W, b) in layer order, W (in, out) and b (out,).
    cache is a dict: cache["hs"] is [X, h1, h2, ...], what each layer receives;
    cache["zs"] is [z1, z2, ...], what it computes, zs[i] = hs[i] @ W + b. Both are as
    long as params. cache["activation"] is "relu" or "sigmoid". The last layer is
    linear: its output is zs[-1]. dY (N, k) is the gradient for that output.
    Returns a list of (dW, db) in layer order (the check calls it grads_relu or
    grads_sigmoid). No factor 1/N: sum over the examples.
    """
    ### BEGIN SOLUTION
    grads = []
    for layer in reversed(range(len(params))):
        h = cache["hs"][layer]
        grads.insert(0, (h.T @ dY, dY.sum(axis=0)))
        if layer > 0:
            slope = h > 0 if cache["activation"] == "relu" else h * (1 - h)
            dY = dY @ params[layer][0].T * slope
    return grads
    ### END SOLUTION


# %% [markdown] tags=["NB06.E07"]
# <details>
# <summary>Hint</summary>
#
# In each turn of the loop: the two gradients of this layer, then what arrives at its input, then through the activation
# below. A ReLU is on where its input is positive, and there its output is positive too.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E07"]
check("NB06.E07")

# %% [markdown]
# ## Eight parameters for XOR
#
# Two inputs, two hidden units with ReLU, one sigmoid output without a bias. $W$ is (in, hidden) and rows are examples:
# $H = \mathrm{relu}(XW + c)$, $\hat y = \sigma(Hw)$. The loss is the mean binary cross-entropy.

# %% [markdown] tags=["NB06.E08"]
# ### Exercise NB06.E08: the gradients of the XOR network
#
# **Why it matters:** a classifier with a hidden layer, from the loss down to the last bias, is what most networks are.
# *Difficulty 3 of 5, about 15 minutes, 4 points.*
#
# The loss and the sigmoid fuse (NB05): what arrives at $u = Hw$ is $(\hat y - y) / N$.


# %% nbgrader={"grade": false, "grade_id": "NB06-E08", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E08"]
def xor_grads(W, c, w, X, y):
    """Gradients of the mean loss, for H = relu(X @ W + c) and yhat = sigmoid(H @ w).

    W is (2, 2), (in, hidden); c (2,) and w (2,); X (N, 2) and y (N,), labels 0 and 1,
    for any N.
    Returns the tuple (dW, dc, dw) with the shapes (2, 2), (2,) and (2,).
    """
    ### BEGIN SOLUTION
    H = np.maximum(X @ W + c, 0)
    u_bar = (sigmoid(H @ w) - y) / len(y)
    Z_bar = np.outer(u_bar, w) * (H > 0)
    return X.T @ Z_bar, Z_bar.sum(axis=0), H.T @ u_bar
    ### END SOLUTION


# %% [markdown] tags=["NB06.E08"]
# <details>
# <summary>Hint</summary>
#
# First the forward pass, keeping $H$. Then `u_bar` of shape $(N,)$, from it the gradient for $H$ of shape $(N, 2)$, and
# through the ReLU. The rest is the affine layer of NB06.E06.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E08-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E08"]
check("NB06.E08")

# %% [markdown] tags=["NB06.E09"]
# ### Exercise NB06.E09: fitting XOR
#
# **Why it matters:** gradient descent finds a minimum, not the best one. Here most starts end in a poor one, and
# backpropagation is not to blame.
# *Difficulty 4 of 5, about 30 minutes, 4 points, half for each network.*
#
# Without an output bias no choice of the eight parameters gets the mean loss below $(\ln 2) / 4$, about $0.173$: reach less
# than $0.18$. With a ninth parameter $b$, $u = Hw + b$, the loss can go to 0: reach less than $0.05$. About one start in ten
# gets there, so draw `restarts` of them (the check asks for 100), let all descend, and return the best.
#
# A call has a few seconds. A loop over starts is slow; give every array one more axis in front, with one entry for each
# start. `@` then multiplies the matrices of all starts at once.


# %% nbgrader={"grade": false, "grade_id": "NB06-E09", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E09"]
def fit_xor(output_bias, restarts, seed):
    """The best of many descents on the four points of XOR.

    output_bias says whether there is a ninth parameter b; restarts is the number of
    starts, 1 or more; seed is an int, from which all chance comes.
    Returns the tuple (params, loss): a dict with the keys W (2, 2), c (2,), w (2,) and,
    with an output bias, b, a number; and their mean loss, a number.
    """
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = np.array([0.0, 1.0, 1.0, 0.0])
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    W, c = rng.normal(size=(restarts, 2, 2)), rng.normal(size=(restarts, 1, 2))
    w, b = rng.normal(size=(restarts, 2, 1)), np.zeros((restarts, 1, 1))
    for _ in range(800):
        H = np.maximum(X @ W + c, 0)
        u_bar = (sigmoid(H @ w + b) - y[:, None]) / 4
        Z_bar = u_bar @ w.transpose(0, 2, 1) * (H > 0)
        W = W - X.T @ Z_bar
        c = c - Z_bar.sum(axis=1, keepdims=True)
        w = w - H.transpose(0, 2, 1) @ u_bar
        if output_bias:
            b = b - u_bar.sum(axis=1, keepdims=True)
    u = (np.maximum(X @ W + c, 0) @ w + b)[:, :, 0]
    losses = np.mean(np.logaddexp(0, u) - y * u, axis=1)
    best = np.argmin(losses)
    params = {"W": W[best], "c": c[best, 0], "w": w[best, :, 0]}
    if output_bias:
        params["b"] = b[best, 0, 0]
    return params, losses[best]
    ### END SOLUTION


# %% [markdown] tags=["NB06.E09"]
# <details>
# <summary>Hint</summary>
#
# Start with `restarts = 1` and the gradients of NB06.E08, a learning rate of 1 and some hundred steps. Then give `W` the
# shape `(restarts, 2, 2)`, `c` the shape `(restarts, 1, 2)` and `w` the shape `(restarts, 2, 1)`; `transpose(0, 2, 1)`
# takes the place of `.T`. After the last step there is one loss for each start.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E09-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E09"]
check("NB06.E09")

# %% [markdown] tags=["NB06.E10"]
# ### Exercise NB06.E10: a skip connection
#
# **Why it matters:** networks with hundreds of layers can be trained because the gradient finds a short way back.
# *Difficulty 2 of 5, about 10 minutes, 3 points.*
#
# One example again, and $W$ is (out, in): $y = x + W_2\,\mathrm{relu}(W_1 x)$. The input is used twice, so two paths lead
# back to it.


# %% nbgrader={"grade": false, "grade_id": "NB06-E10", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E10"]
def skip_backward(W1, W2, x, dy):
    """Error signal of x for y = x + W2 @ relu(W1 @ x).

    W1 is (h, d), W2 (d, h), x (d,), and dy (d,) is what arrives at y.
    Returns dx (d,).
    """
    ### BEGIN SOLUTION
    branch = W2.T @ dy
    branch = branch * (W1 @ x > 0)
    return dy + W1.T @ branch
    ### END SOLUTION


# %% [markdown] tags=["NB06.E10"]
# <details>
# <summary>Hint</summary>
#
# Walk back through the branch alone, one step at a time, last step first. Then add what comes along the other path.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E10-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E10"]
check("NB06.E10")

# %% [markdown] tags=["NB06.E11"]
# ### Exercise NB06.E11: counting products
#
# **Why it matters:** the same gradients cost a number of products that grows with the square of the depth, or with the
# depth. That is all that caching does, and it is what makes deep networks affordable.
# *Difficulty 2 of 5, about 8 minutes, 1 point.*
#
# By the chain rule the gradient of the weights of layer $l$ is a product of Jacobians, from the loss down:
#
# $$
# \frac{\partial \mathcal{L}}{\partial y} \cdot \frac{\partial y}{\partial z^L} \cdot
# \frac{\partial z^L}{\partial z^{L-1}} \cdots \frac{\partial z^{l+1}}{\partial z^l} \cdot
# \frac{\partial z^l}{\partial W^l} .
# $$
#
# Count the products of two factors that all $L$ layers need together: if every layer multiplies its own chain from the
# loss on, and if each layer takes $\partial \mathcal{L} / \partial z^{l+1}$ from the layer above.


# %% nbgrader={"grade": false, "grade_id": "NB06-E11", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB06.E11"]
def count_products(L, cached):
    """Products of two Jacobians that the gradients of all weights need.

    L is the number of layers, 1 or more; cached says whether the products are kept.
    Returns the count, an int.
    """
    ### BEGIN SOLUTION
    if cached:
        return 2 * L
    return L * (L + 3) // 2
    ### END SOLUTION


# %% [markdown] tags=["NB06.E11"]
# <details>
# <summary>Hint</summary>
#
# Write the chains for $L = 2$ in full. How many multiplication dots has each? With a cache, how many dots are new in the
# second chain?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB06-E11-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB06.E11"]
check("NB06.E11")

# %% [markdown]
# ## Recap
#
# 1. Rows are examples: $X$ is $(N, d)$, $W$ is $(d, k)$, and $Y = XW + b$ is $(N, k)$.
# 2. A gradient has the shape of its variable.
# 3. Rows share $W$ and $b$, so their gradients are sums over the rows: a sum over paths.
# 4. Rows do not share inputs, so each row of $\bar X$ comes from its own row of $\bar Y$.
# 5. The factor $1/N$ of a mean enters once, at the loss.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapter 2, on the matrix form for a mini-batch.
# A. Griewank and A. Walther, *Evaluating Derivatives*, chapter 3. PyTorch documentation, `torch.nn.Linear`, for a library
# that stores $W$ as (out, in). JAX documentation, "The Autodiff Cookbook", on vector-Jacobian products.
#
# **Next.** In NB07 you build an engine that writes such backward passes for you.
