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
# **Time:** about 40 minutes.

# %% tags=["NB06.setup"]
import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import numerical_gradient
from backprop_course.widgets import picture

rng = np.random.default_rng(6)  # the only source of chance in this notebook

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
