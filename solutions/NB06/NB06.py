# %% [markdown]
# # NB06 · Backprop through networks
#
# A network has layers, a layer has many weights, and a batch has many examples. NB04 needed one rule for all of
# this: upstream × local = downstream. What does the rule look like when whole arrays travel along the edges?
#
# **Goals.** After this unit you can
#
# - go back through two layers in indices and in matrices, and name the shape of every array;
# - say what caching saves, and count it;
# - write the four equations of backpropagation and put them into one loop, for any depth, with a penalty;
# - go back through a batch: rows are examples, bias gradients sum over the rows, and one factor $1/N$ is enough;
# - fit XOR from many starts, and prove what a network cannot do;
# - go back through a skip connection.
#
# **You need** the matrix product and the notation (NB00), layers (NB01), a descent (NB02), Jacobians (NB03), error
# signals and the sum over paths (NB04), and the cross-entropy from logits (NB05). An error signal that is sent backwards
# is what NB03 called a **cotangent**; hints use that word.
#
# **Time:** about 90 minutes to read, and three hours for all exercises. Two sessions are a good pace: NB06.W1 to
# NB06.W4, then NB06.W5 to NB06.W7.

# %% tags=["NB06.setup"]
import time
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import binary_cross_entropy_with_logits, data, grad
from backprop_course import numerical_gradient, optim, relu, sigmoid, trace, vjp
from backprop_course.widgets import GraphStepper, NetworkLab, ProductCounter
from backprop_course.widgets import picture, quiz

rng = np.random.default_rng(6)  # chance comes from here; parts that start anew say so

BLUE, RED, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

# %% [markdown] tags=["NB06.W1"]
# ## NB06.W1 · Two layers: what is new?
#
# Training a network means: choose one set of weights for every unit in every layer, by gradient descent. Two words
# must be kept apart.
#
# - The **loss** $\mathcal{L}$ belongs to *one* example.
# - The **cost** $\mathcal{J}$ belongs to the training set. It is the average of the losses. (Where a text adds the
#   losses up instead, every gradient is $N$ times as large: see NB06.W5.)
#
# $$
# \mathcal{J} = \frac1N \sum_{n=1}^{N} \mathcal{L}_n, \qquad
# W_i \leftarrow W_i - \alpha\,\frac{\partial\mathcal{J}}{\partial W_i} \quad\text{for every layer } i .
# $$
#
# The derivative of a sum is the sum of the derivatives. So one example is enough to begin with. We take a small
# network apart first, then any number of layers (NB06.W4). That the rule holds in *every* graph without a circle you
# have seen in NB04.
#
# ### The smallest network with everything in it
#
# Two inputs, two hidden sigmoid units, two linear outputs, one example $x$ with target $t$. For the first unit of each
# layer:
#
# $$
# \begin{aligned}
# z_1 &= w^{(1)}_{11} x_1 + w^{(1)}_{12} x_2 + b^{(1)}_1, & h_1 &= \sigma(z_1), \\
# y_1 &= w^{(2)}_{11} h_1 + w^{(2)}_{12} h_2 + b^{(2)}_1, &
# \mathcal{L} &= \tfrac12\bigl((y_1-t_1)^2 + (y_2-t_2)^2\bigr) .
# \end{aligned}
# $$
#
# The second unit of each layer looks the same; write down its $z_2$, $h_2$ and $y_2$ before you go on. The upper index
# says which layer, and $w_{ij}$ leads **from input $j$ to output $i$**. (Some texts hide the bias as a weight $w_{i0}$
# of an input that is always 1. This course keeps it apart.)
#
# All units of a layer at once: the network is a **composition of functions**, each fed by the one before.
#
# $$
# x \;\longmapsto\; z = W_1 x + b_1 \;\longmapsto\; h = \sigma(z) \;\longmapsto\; y = W_2 h + b_2
# \;\longmapsto\; \mathcal{L} = \tfrac12 \lVert y - t\rVert^2 .
# $$
#
# **Layout.** Here $W$ has the shape (out, in), as the product $Wx$ with a single vector wants it. This holds up to
# NB06.W4. From NB06.W5 on examples come in batches, and the layout changes; the text says so when it happens.

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

# %% [markdown] tags=["NB06.W1"]
# ### With numbers
#
# The same in index form, one sum for each unit. Take the pencil for $z$.

# %% tags=["NB06.W1"]
W1, b1 = np.array([[0.5, -0.3], [0.8, 0.2]]), np.array([0.1, -0.1])
W2, b2 = np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([0.0, 0.2])
x, t = np.array([1.0, 2.0]), np.array([1.0, 0.0])

z = [sum(W1[i, j] * x[j] for j in range(2)) + b1[i] for i in range(2)]
h = [1 / (1 + np.exp(-z[i])) for i in range(2)]
y = [sum(W2[k, i] * h[i] for i in range(2)) + b2[k] for k in range(2)]
L = sum((y[k] - t[k]) ** 2 for k in range(2)) / 2

for i in range(2):
    print(f"unit {i + 1}:   z = {z[i]:.6f}   h = {h[i]:.6f}   y = {y[i]:.6f}")
print(f"loss:     {L:.6f}")

assert [round(value, 6) for value in z] == [0, 1.1]
assert [round(value, 6) for value in h] == [0.5, 0.750260]
assert [round(value, 6) for value in y] == [-0.250260, 1.950520]
assert round(L, 6) == 2.683840

# %% [markdown] tags=["NB06.W1"]
# ### Backwards, in indices
#
# Which edges leave $h_i$? One to *each* output, because every output unit looks at every hidden unit. NB04 says: add
# over the edges. A weight has one edge only, a bias too.
#
# $$
# \begin{aligned}
# \bar y_k &= y_k - t_k
#   && \text{the } \tfrac12 \text{ cancels the } 2 \\
# \bar w^{(2)}_{ki} &= \bar y_k\, h_i, \qquad \bar b^{(2)}_k = \bar y_k \\
# \bar h_i &= \sum_k \bar y_k\, w^{(2)}_{ki}
#   && \text{one term for each edge} \\
# \bar z_i &= \bar h_i\,\sigma'(z_i), \qquad \sigma'(z_i) = h_i\,(1-h_i) \\
# \bar w^{(1)}_{ij} &= \bar z_i\, x_j, \qquad \bar b^{(1)}_i = \bar z_i
# \end{aligned}
# $$
#
# The sum is the only thing that is new. In the forward pass $w^{(2)}_{ki}$ carried $h_i$ to $y_k$. On the way back the
# same weight carries $\bar y_k$ to $h_i$.

# %% tags=["NB06.W1"]
y_bar = [y[k] - t[k] for k in range(2)]
h_bar = [sum(y_bar[k] * W2[k, i] for k in range(2)) for i in range(2)]
z_bar = [h_bar[i] * h[i] * (1 - h[i]) for i in range(2)]

for i in range(2):
    print(f"h_bar[{i}] = {h_bar[i]:9.6f}   z_bar[{i}] = {z_bar[i]:9.6f}")

assert [round(value, 6) for value in h_bar] == [-0.275, 5.151301]
assert [round(value, 6) for value in z_bar] == [-0.06875, 0.965199]


def two_layer_loss(W1, b1, W2, b2, x, t):
    z = W1 @ x + b1
    h = sigmoid(z)
    y = W2 @ h + b2
    L = 0.5 * np.sum((y - t) ** 2)
    return L


measured = numerical_gradient(lambda W1: two_layer_loss(W1, b1, W2, b2, x, t), W1)
print(f"\nmeasured gradient of W1:\n{measured}")

assert np.allclose(measured, [[z_bar[i] * x[j] for j in range(2)] for i in range(2)])

# %% [markdown] tags=["NB06.W1"]
# ### Backwards, in matrices
#
# Nobody writes index loops for a large network. Each line above is one operation on arrays:
#
# $$
# \overline{W}_2 = \bar y\,h^\top, \qquad \bar h = W_2^\top \bar y, \qquad
# \bar z = \bar h \odot \sigma'(z), \qquad \overline{W}_1 = \bar z\,x^\top,
# $$
#
# with $\bar b_2 = \bar y$ and $\bar b_1 = \bar z$, and $\odot$ for the product entry by entry. Where does the transpose
# come from? $\bar h_i$ adds over $k$, the *first* index of $w_{ki}$. A matrix product adds over the second. So the
# matrix is turned.
#
# With all sizes equal to 2 a missing transpose goes through without an error. Choose sizes that differ, $d=3$ inputs,
# $h=4$ hidden units, $k=2$ outputs, and the shapes tell you what fits. This is a **shape ledger**:
#
# | value | shape | its bar | computed as | shapes |
# |:-|:-|:-|:-|:-|
# | $y$ | (2,) | $\bar y$ | $y-t$ | (2,) − (2,) |
# | $W_2$ | (2, 4) | $\overline{W}_2$ | $\bar y\,h^\top$ | (2, 1) times (1, 4) |
# | $h$ | (4,) | $\bar h$ | $W_2^\top\bar y$ | (4, 2) times (2,) |
# | $z$ | (4,) | $\bar z$ | $\bar h\odot\sigma'(z)$ | (4,) and (4,) |
# | $W_1$ | (4, 3) | $\overline{W}_1$ | $\bar z\,x^\top$ | (4, 1) times (1, 3) |
#
# The second and the fourth column belong together: **a bar always has the shape of its value.** In NumPy $\bar y\,h^\top$
# of two vectors is `np.outer(y_bar, h)`; a bare `*` or `@` of two vectors is something else.

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

# %% [markdown] tags=["NB06.G1"]
# ### NB06.G1 · Step through two layers
#
# The network of this part, with whole arrays on the edges. Click on the graph, or tab to it; → takes a step, ← goes
# back. Below it stands a ledger of shapes, which fills in as you go: of each value, of its bar, and of the product that
# brought the bar. (The tiny number in $z$ is a zero with a rounding error.)
# **Before each step backwards, say the shape that will arrive.** Then change the sizes at the top of the cell and run it
# again.

# %% tags=["NB06.G1"]
inputs, hidden, outputs = 2, 2, 2  # with 2, 2, 2 the numbers are those of NB06.W1

if (inputs, hidden, outputs) == (2, 2, 2):
    values = (W1, b1, W2, b2, x, t)
else:
    shapes = [(hidden, inputs), (hidden,), (outputs, hidden), (outputs,), (inputs,)]
    values = tuple(rng.normal(size=shape) for shape in [*shapes, (outputs,)])

GraphStepper(two_layer_loss, *values, ledger=True)

# %% [markdown] tags=["NB06.W1"]
# ### Another end, the same middle
#
# A classifier with one hidden layer ends in one probability and the binary cross-entropy:
#
# $$
# h = \sigma(W_1^\top x), \qquad \hat y = \sigma(u) \;\text{ with }\; u = w_2^\top h, \qquad
# \mathcal{L} = -\,y\log\hat y - (1-y)\log(1-\hat y) .
# $$
#
# (In $W_1^\top x$ the matrix $W_1$ is (in, out). Both layouts are in use, so look at the shapes.) What changes?
# Only the first bar. By NB05 loss and sigmoid fuse to $\bar u = \hat y - y$. From there
# $\bar w_2 = \bar u\,h$, $\bar h = \bar u\,w_2$, $\bar z = \bar h\odot\sigma'(z)$, and the last one, shaped like this
# $W_1$, is $\overline{W}_1 = x\,\bar z^\top$. In the picture the cross-entropy is written by the logit, as in NB05:
# $\mathcal{L} = \mathrm{softplus}(u) - u\,y$, where $\mathrm{softplus}(u) = \ln(1+e^u)$.


# %% tags=["NB06.W1"]
def classifier(W1, w2, x):
    z = W1.T @ x
    h = sigmoid(z)
    u = w2 @ h
    loss = binary_cross_entropy_with_logits(u, 1.0)  # the label is 1
    return loss


V, w2, x3 = rng.normal(size=(3, 2)), rng.normal(size=2), rng.normal(size=3)
hidden_out = sigmoid(V.T @ x3)
u_bar = sigmoid(w2 @ hidden_out) - 1.0
z_bar = u_bar * w2 * hidden_out * (1 - hidden_out)

measured_V = numerical_gradient(lambda V: classifier(V, w2, x3), V)
measured_w = numerical_gradient(lambda w2: classifier(V, w2, x3), w2)
assert np.allclose(measured_V, np.outer(x3, z_bar))
assert np.allclose(measured_w, u_bar * hidden_out)

picture(
    trace(classifier, V, w2, x3),
    alt="Computation graph of a classifier. W1, transposed, meets x in a product that "
    "gives z; the sigmoid gives h; h meets w2 in a product that gives u; softplus "
    "of u, less u times the label, gives the loss.",
)

# %% [markdown] tags=["NB06.W2"]
# ## NB06.W2 · Twenty-four layers: how much work is it?
#
# The last layer is easy: it is a linear unit, and NB02 had its gradient. What about the weights in the first of 24
# layers? And must somebody derive formulas anew for each architecture?
#
# No. Three ingredients are enough, and you have met all of them:
#
# 1. **gradient descent**, which needs one gradient for each weight (NB02);
# 2. **the chain rule**, which gives it as a product of Jacobians (NB03);
# 3. **memoisation**: keep what has been computed, and do not compute it again. Algorithms with this idea are called
#    dynamic programming.
#
# The first two alone would be too slow. The third makes it work. Together they train nearly every neural network in use
# today.
#
# ### A generic network
#
# Layers are counted from 0 here, and biases are left out:
#
# $$
# h_0 = x, \qquad h_{i+1} = f_i(W_i h_i) \;\text{ for } 0\le i\le L-1, \qquad
# y = u^\top h_L, \qquad \mathcal{L} = \ell(y, y^\ast) .
# $$
#
# The parameters are $W_0,\dots,W_{L-1}$ and $u$. Forwards this is one matrix product after the other, $L$ of them. The
# forward pass costs $O(L)$: it grows no faster than the depth $L$ itself.
#
# ### Directly: every chain from its start
#
# Write $J_a(b)$ for the Jacobian of $a$ with respect to $b$. Where $b$ is a matrix, its entries count as one long vector,
# row after row; so $J_{h_{i+1}}(W_i)$ has a row for each entry of $h_{i+1}$ and a column for each weight. The chain rule
# gives, from the top layer down,
#
# $$
# \begin{aligned}
# \nabla_{W_{L-1}}\mathcal{L} &= \bigl(J_{\mathcal{L}}(y)\,J_y(h_L)\,J_{h_L}(W_{L-1})\bigr)^\top \\
# \nabla_{W_{L-2}}\mathcal{L} &= \bigl(J_{\mathcal{L}}(y)\,J_y(h_L)\,J_{h_L}(h_{L-1})\,J_{h_{L-1}}(W_{L-2})\bigr)^\top \\
# \nabla_{W_{L-i}}\mathcal{L} &= \bigl(J_{\mathcal{L}}(y)\,J_y(h_L)\,J_{h_L}(h_{L-1})\cdots
#   J_{h_{L-i+2}}(h_{L-i+1})\,J_{h_{L-i+1}}(W_{L-i})\bigr)^\top
# \end{aligned}
# $$
#
# The chains grow, and they all begin alike.
#
# ### With a cache: keep what the chains share
#
# Give the shared beginning a name. $\delta_i$ is the row $J_{\mathcal{L}}(h_i)$, the error signal at layer $i$:
#
# $$
# \delta_L = J_{\mathcal{L}}(y)\,J_y(h_L), \qquad
# \delta_i = \delta_{i+1}\,J_{h_{i+1}}(h_i) \;\text{ for } 1\le i\le L-1,
# \qquad
# \nabla_{W_i}\mathcal{L} = \bigl(\,\underbrace{\delta_{i+1}}_{\text{upstream}}\,
#   \underbrace{J_{h_{i+1}}(W_i)}_{\text{local}}\,\bigr)^\top .
# $$
#
# The last formula is NB04.W3 again: **upstream × local**. A layer looks up what arrives from the layer above, and
# multiplies with what it knows itself. The gradient of a layer depends on all layers nearer to the *output*.
#
# Let a program count. Each `@` of two Jacobians counts 1.


# %% tags=["NB06.W2"]
def small_network(widths):
    """Return weights for layers of these widths, and what each layer puts out."""
    Ws = [rng.normal(size=(o, i)) for i, o in zip(widths, widths[1:], strict=False)]
    hs = [rng.normal(size=widths[0])]
    for W in Ws:
        hs.append(np.tanh(W @ hs[-1]))
    return Ws, hs


def output_jacobian(Ws, hs, i):
    """J of h[i + 1] with respect to h[i]; tanh' is 1 - tanh**2."""
    return (1 - hs[i + 1] ** 2)[:, None] * Ws[i]


def weight_jacobian(Ws, hs, i):
    """J of h[i + 1] with respect to the entries of W[i], row after row."""
    return np.kron(np.diag(1 - hs[i + 1] ** 2), hs[i])


depth = 24
Ws, hs = small_network([3] * (depth + 1))
u, slope = rng.normal(size=(1, 3)), np.array([[0.7]])  # J_y(h_L) is u as a row; J_L(y)

directly, direct = 0, []
for i in range(depth):
    row, count = slope @ u, 1
    for above in range(depth - 1, i, -1):
        row, count = row @ output_jacobian(Ws, hs, above), count + 1
    direct.append(row @ weight_jacobian(Ws, hs, i))
    directly += count + 1

delta, cached, shared = slope @ u, 1, []
for i in reversed(range(depth)):
    shared.insert(0, delta @ weight_jacobian(Ws, hs, i))
    cached += 1
    if i > 0:
        delta, cached = delta @ output_jacobian(Ws, hs, i), cached + 1

print(f"{depth} layers: {directly} products directly, {cached} with a cache")

assert np.allclose(direct, shared)  # the same gradients
assert directly == 324
assert cached == 48

# %% [markdown] tags=["NB06.W2"]
# The gradients are the same; the work is not. Directly it grows with the *square* of the depth, with a cache with the
# depth itself.
#
# ### Spot the slip
#
# Two lines from a page of notes on this subject. Each has something wrong in it. Find it; then open the answers.
#
# $$
# \text{(a)}\quad \nabla_{W_0}\mathcal{L} = \bigl(J_{\mathcal{L}}(W_{L-3})\bigr)^\top, \qquad\qquad
# \text{(b)}\quad \delta_i = \delta_{i+1}\,J_{h_i}(h_{i-1}) \;\text{ for } 0\le i\le L-1 .
# $$
#
# <details>
# <summary>Answer to (a)</summary>
#
# The gradient for $W_0$ is $\bigl(J_{\mathcal{L}}(W_0)\bigr)^\top$. The index $L-3$ would be right for a network with three
# layers only. The shapes give it away as soon as the widths differ.
#
# </details>
#
# <details>
# <summary>Answer to (b)</summary>
#
# To get from layer $i+1$ down to layer $i$ one needs the Jacobian between these two: $J_{h_{i+1}}(h_i)$. The line takes the
# one of the layer below. It also lets $i$ begin at 0, where $h_{-1}$ would be needed; the lowest row that a weight asks
# for is $\delta_1$, so $1\le i\le L-1$.
#
# </details>
#
# What would a program say to them? The next cell runs both, once where all widths are equal and once where they differ.


# %% tags=["NB06.W2"]
def lowest_delta(top, Ws, hs, shift):
    """The row delta_1 from the row delta_L; shift 0 is right, shift 1 is line (b)."""
    row = top
    for i in range(len(Ws) - 1, 0, -1):
        row = row @ output_jacobian(Ws, hs, i - shift)
    return row


def loss_of_first_weights(W0, top, Ws, hs):
    a = np.tanh(W0 @ hs[0])
    for W in Ws[1:]:
        a = np.tanh(W @ a)
    return (top @ a)[0]


for widths in ([3, 3, 3, 3, 3], [2, 3, 4, 5, 6]):
    Ws, hs = small_network(widths)
    top = rng.normal(size=(1, widths[-1]))
    delta = lowest_delta(top, Ws, hs, shift=0)
    gradient = (delta @ weight_jacobian(Ws, hs, 0)).reshape(Ws[0].shape)
    the_rest = {"top": top, "Ws": Ws, "hs": hs}
    measured = numerical_gradient(partial(loss_of_first_weights, **the_rest), Ws[0])

    assert np.allclose(gradient, measured)
    print(f"widths {widths}:")
    print(f"  (a) the gradient for W_0 has shape {gradient.shape}, W_(L-3) {Ws[1].shape}")
    try:
        wrong = lowest_delta(top, Ws, hs, shift=1)
        print(f"  (b) runs, and is off by up to {np.abs(wrong - delta).max():.2f}")
        assert not np.allclose(wrong, delta)
    except ValueError:
        print("  (b) stops: the shapes do not fit")

# %% [markdown] tags=["NB06.W2"]
# With equal widths both slips go through and give wrong numbers in silence. This is why the checks of this course let all
# sizes differ, and why you should do so when you test your own code.
#
# ### What does one backward pass cost?
#
# Now in single multiply-adds. Forwards each weight is used in one: $w_{ij}$ times $x_j$, added to a sum. Backwards it
# takes two: one for $\overline{W} = \bar z\,x^\top$, one for $W^\top \bar z$. So **one backward pass costs about as much as
# two forward passes**. (Slightly less in fact, as nobody needs $\bar x$ of the first layer. Both are $O(L)$, whatever the
# factor.) The engine counts for us:


# %% tags=["NB06.W2"]
def deep(x, *Ws):
    for W in Ws:
        x = np.tanh(W @ x)
    return np.sum(x)


for depth, width in [(1, 10), (2, 10), (4, 10), (4, 20), (4, 40)]:
    Ws = [rng.normal(size=(width, width)) for _ in range(depth)]
    cost = trace(deep, rng.normal(size=width), *Ws).cost()
    forward, backward = cost.multiply_adds, cost.vjp
    print(f"depth {depth}, width {width:2}: {forward:6,} forward, {backward:7,} backward")
    assert forward == depth * width**2
    assert backward == 2 * forward

# %% [markdown] tags=["NB06.W2"]
# Twice the depth, twice the cost: it is **linear in the depth**. Twice the width, four times the cost: it is **quadratic
# in the width**. The price of the cache is memory: every $h_i$ must be kept until the backward pass has used it.

# %% [markdown] tags=["NB06.E11"]
# ### Exercise NB06.E11: counting products
#
# **Why it matters:** the same gradients cost a number of products that grows with the square of the depth, or with the
# depth. That is all that caching does, and it is what makes deep networks affordable.
# *Difficulty 2 of 5, about 8 minutes, 1 point.*
#
# Count the products of two Jacobians as NB06.W2 does, for the gradients of $W_0,\dots,W_{L-1}$ together: if every layer
# multiplies its own chain from the loss on,
#
# $$
# J_{\mathcal{L}}(y)\cdot J_y(h_L)\cdot J_{h_L}(h_{L-1})\cdots J_{h_{i+2}}(h_{i+1})\cdot J_{h_{i+1}}(W_i) ,
# $$
#
# and if each layer takes $\delta_{i+1}$ from the layer above. Return a number for any depth, without a network.


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

# %% [markdown] tags=["NB06.G2"]
# ### NB06.G2 · Count the products
#
# Each row is the chain of one layer's gradient, from the loss on the left to the weights. A cell is one product. Click on
# the staircase, or tab to it; → does one product after the other. Hatched cells do again what a row above has already
# computed: a cache saves just these. Switch it on, then move the depth. **Which part of the picture grows like a square,
# and which like a line?**

# %% tags=["NB06.G2"]
ProductCounter(6)

# %% [markdown] tags=["NB06.Q1"]
# ### Quiz NB06.Q1: how many products?

# %% tags=["NB06.Q1"]
quiz("NB06.Q1")

# %% [markdown] tags=["NB06.Q2"]
# ### Quiz NB06.Q2: backpropagation and gradient descent

# %% tags=["NB06.Q2"]
quiz("NB06.Q2")

# %% [markdown] tags=["NB06.W3"]
# ## NB06.W3 · A network with five parameters, path by path
#
# Without matrices every path can be followed with a finger. Take a network for regression: one input, two sigmoid hidden
# units, one linear output.
#
# Two names help, as in NB00: $\text{in}_j$ is what goes *into* the activation of unit $j$, and $\text{out}_j$ what comes
# *out* of it. In general a unit with two inputs has
#
# $$
# \text{in}_j = x_1 w_{1j} + x_2 w_{2j} + b_j, \qquad \text{out}_j = \sigma(\text{in}_j) .
# $$
#
# (Mind the indices: here $w_{kj}$ leads *from* input $k$ *to* unit $j$. NB06.W1 had them the other way round.)
#
# So $\text{out}_j$ is a composite function of inputs and weights, and that is why we need the chain rule:
#
# $$
# \frac{d\,\text{out}_j}{d\,\text{in}_j} = \sigma(\text{in}_j)\bigl(1-\sigma(\text{in}_j)\bigr), \qquad
# \frac{\partial\,\text{in}_j}{\partial w_{kj}} = x_k, \qquad
# \frac{\partial\,\text{out}_j}{\partial w_{kj}} = \sigma(\text{in}_j)\bigl(1-\sigma(\text{in}_j)\bigr)\,x_k .
# $$
#
# Our network has one input, and its only bias is at the output:
#
# $$
# \text{in}_1 = w_1 x, \quad \text{in}_2 = w_2 x, \qquad
# \hat y = w_3\,\text{out}_1 + w_4\,\text{out}_2 + b, \qquad
# \mathcal{L} = \tfrac12 (y-\hat y)^2 .
# $$
#
# The procedure is always the same: **construct the loss, derive the gradient, descend.** The loss is there.
#
# ### Derive the gradient
#
# Let $e = y - \hat y$. The first link of every path is
#
# $$
# \frac{\partial\mathcal{L}}{\partial\hat y} = \tfrac12\cdot 2\,(y-\hat y)\cdot(-1) = -e .
# $$
#
# Mind this sign: it comes from differentiating $-\hat y$. Then, path by path,
#
# $$
# \begin{aligned}
# \frac{\partial\mathcal{L}}{\partial b} &= -e\cdot 1 = -e \\
# \frac{\partial\mathcal{L}}{\partial w_3} &= -e\cdot\text{out}_1, \qquad
# \frac{\partial\mathcal{L}}{\partial w_4} = -e\cdot\text{out}_2 \\
# \frac{\partial\mathcal{L}}{\partial w_1} &=
#   \frac{\partial\mathcal{L}}{\partial\hat y}\,
#   \frac{\partial\hat y}{\partial\,\text{out}_1}\,
#   \frac{d\,\text{out}_1}{d\,\text{in}_1}\,
#   \frac{\partial\,\text{in}_1}{\partial w_1}
#   = -e\; w_3\; \sigma(\text{in}_1)\bigl(1-\sigma(\text{in}_1)\bigr)\; x .
# \end{aligned}
# $$
#
# The path to $w_2$ is the twin of the last one: it passes through $w_4$ and $\text{in}_2$. Stacked,
#
# $$
# \nabla_\theta\mathcal{L} =
# \begin{bmatrix}
# -x\,e\,w_3\,\sigma(\text{in}_1)(1-\sigma(\text{in}_1)) \\
# -x\,e\,w_4\,\sigma(\text{in}_2)(1-\sigma(\text{in}_2)) \\
# -\text{out}_1\,e \\
# -\text{out}_2\,e \\
# -e
# \end{bmatrix},
# \qquad \theta = (w_1, w_2, w_3, w_4, b) .
# $$
#
# ### With numbers


# %% tags=["NB06.W3"]
def predict(theta, x):
    w1, w2, w3, w4, b = theta
    return w3 * sigmoid(w1 * x) + w4 * sigmoid(w2 * x) + b


theta = np.array([0.5, -1.0, 2.0, 1.0, 0.25])
x, y = 1.5, 2.0


def regression_loss(theta):
    return 0.5 * (y - predict(theta, x)) ** 2


yhat = predict(theta, x)
e = y - yhat
measured = numerical_gradient(regression_loss, theta)
print(f"yhat = {yhat:.6f}   e = {e:.6f}")
print("measured slopes of w1, w2, w3, w4, b:", np.round(measured, 6))

assert round(yhat, 6) == 1.790783
assert round(e, 6) == 0.209217
assert np.round(measured, 6).tolist() == [
    -0.136762,
    -0.046806,
    -0.142096,
    -0.038167,
    -0.209217,
]

# %% [markdown] tags=["NB06.W3"]
# All five are negative: the prediction is too low, and each parameter raises it. Check two of them with a calculator:
# the slope for $b$ is $-e$, and that for $w_3$ is $-e\,\sigma(0.75)$.
#
# **Descend.** Go a little way against the gradient, and the loss must fall.

# %% tags=["NB06.W3"]
for rate in (0.0, 0.1, 0.2, 0.3):
    stepped = theta - rate * measured
    loss = regression_loss(stepped)
    print(f"learning rate {rate}: yhat = {predict(stepped, x):.3f}, loss = {loss:.6f}")

assert regression_loss(theta - 0.1 * measured) < regression_loss(theta)

# %% [markdown] tags=["NB06.E03"]
# ### Exercise NB06.E03: a small net for regression
#
# **Why it matters:** without matrices every path can be followed with a finger, and every slope has a name.
# *Difficulty 2 of 5, about 12 minutes, 3 points.*
#
# Write the five entries of NB06.W3 as code, for
#
# $$
# \hat y = w_3\,\sigma(w_1 x) + w_4\,\sigma(w_2 x) + b, \qquad \mathcal{L} = \tfrac12 (y - \hat y)^2 .
# $$
#
# What two paths share is computed once.


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

# %% [markdown] tags=["NB06.W4"]
# ## NB06.W4 · Any number of layers: four equations and a loop
#
# Five parameters are five paths. A deep network has more paths than anyone can draw. What is the pattern that repeats?
#
# Let $z^l = W^l a^{l-1} + b^l$ go into the activation of layer $l$, and $a^l = f(z^l)$ come out of it, with $a^0 = x$. There
# is still one example; in these equations its loss is usually called $C$. The **error of unit $j$ in layer $l$** is
#
# $$
# \delta^l_j = \frac{\partial C}{\partial z^l_j}, \qquad\text{in bars: } \delta^l = \bar z^l .
# $$
#
# It stands *before* the activation, unlike the $\delta_i$ of NB06.W2; that is a choice, and a handy one, as you will see.
# Four equations say everything:
#
# | name | equation | in words |
# |:-|:-|:-|
# | BP1 | $\delta^L = \nabla_a C \odot f'(z^L)$ | begin at the top: slope of the loss, through the activation |
# | BP2 | $\delta^l = \bigl((W^{l+1})^\top\delta^{l+1}\bigr)\odot f'(z^l)$ | one layer down: through the weights, through the activation |
# | BP3 | $\dfrac{\partial C}{\partial b^l_j} = \delta^l_j$ | a bias adds to $z$: its slope is the error |
# | BP4 | $\dfrac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k\,\delta^l_j$ | activation coming in × error going out |
#
# For the squared error $\tfrac12\lVert a^L-y\rVert^2$ the slope is $\nabla_a C = a^L - y$, so BP1 reads
# $\delta^L = (a^L-y)\odot f'(z^L)$. You know all four: NB06.W1 had them for two layers. There $f'$ was 1 at the top, as
# the output was linear. An affine layer and an activation, each with its backward step: with these two, every fully
# connected network is covered.
#
# ### The five-parameter network once more
#
# Two layers, $W^1 = (w_1, w_2)^\top$ of shape (2, 1) and $W^2 = (w_3, w_4)$ of shape (1, 2). The output is linear, so
# $f' = 1$ there. The equations, one after the other:

# %% tags=["NB06.W4"]
theta = np.array([0.5, -1.0, 2.0, 1.0, 0.25])
x, y = 1.5, 2.0
W_1, W_2, b_2 = theta[:2].reshape(2, 1), theta[2:4].reshape(1, 2), theta[4:]

a_0 = np.array([x])
z_1 = W_1 @ a_0
a_1 = sigmoid(z_1)
yhat = W_2 @ a_1 + b_2

delta_2 = yhat - y  # BP1, with f' = 1
delta_1 = (W_2.T @ delta_2) * a_1 * (1 - a_1)  # BP2
by_equations = np.concatenate([delta_1 * a_0, delta_2 * a_1, delta_2])  # BP4, BP4, BP3

print("W2 transposed has shape", W_2.T.shape, "and delta 2 has", delta_2.shape)
print("by the four equations:", np.round(by_equations, 6))
print("measured:             ", np.round(measured, 6))

assert np.allclose(by_equations, measured)

# %% [markdown] tags=["NB06.W4"]
# The two derivations agree, in every entry and in sign. Note the transpose: $W^2$ is a row, and $(W^2)^\top$ a column, so
# that one error at the top becomes two below. Without it the shapes would not fit.

# %% [markdown] tags=["NB06.R1"]
# ### Reflection NB06.R1: the page that came out negative
#
# Somebody else does the same with the four equations, and writes:
#
# $$
# \delta^L = \frac{\partial C}{\partial\hat y}
#  = \frac{\partial}{\partial\hat y}\,\tfrac12 (y-\hat y)^2 = (y-\hat y) = e, \qquad
# \frac{\partial C}{\partial b} = e, \quad
# \frac{\partial C}{\partial W^2} = \begin{bmatrix}\text{out}_1\,e & \text{out}_2\,e\end{bmatrix}, \quad\dots
# $$
#
# All shapes fit. Compare with NB06.W3. Which step is wrong, and how do you mend it? Why is then *every* entry of the
# gradient wrong, and in the same way? What would descent do with this gradient, and which test finds the slip at once?
# Four to six sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB06-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB06.R1"]
# The slip is in the derivative of the square. With respect to $\hat y$ the inner derivative of $y-\hat y$ is $-1$, so
# $\partial C/\partial\hat y = -(y-\hat y) = -e = \hat y-y$. The page has lost that factor. Every other bar is a product that
# begins with $\delta^L$, since all paths to the loss pass through $\hat y$; one lost sign there turns the sign of all five
# entries and changes nothing else. Descent with this gradient goes uphill: the loss rises at every step, however small.
# No test of shapes or of sizes can see it, but a comparison with central differences can: the ratio is exactly $-1$ in
# every entry. With $-e$ in place of $e$ the two derivations agree.
#
# **What a good answer says.** (1) $\partial C/\partial\hat y = -(y-\hat y)$: the inner derivative $-1$ is missing, and putting
# it back mends all. (2) All entries carry the factor $\delta^L$, so all change sign together. (3) Descent becomes ascent,
# and a numerical check (ratio −1) finds it, or a look at whether the loss falls.

# %% [markdown] tags=["NB06.W4"]
# Write your answer before you run the next cell, which puts the two pages side by side.
#
# <details>
# <summary>The slip in one line</summary>
#
# The derivative of $y-\hat y$ with respect to $\hat y$ is $-1$. So $\delta^L = -(y-\hat y) = -e$, and both derivations agree.
#
# </details>

# %% tags=["NB06.W4"]
top = y - yhat  # as on that page
below = (W_2.T @ top) * a_1 * (1 - a_1)
on_that_page = np.concatenate([below * a_0, top * a_1, top])
print("that page / measured:", on_that_page / measured)

assert np.allclose(on_that_page / measured, -1)

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

# %% [markdown] tags=["NB06.W4"]
# ### One running gradient
#
# BP2 uses only the error of the layer just above. So the loop needs one variable, call it $g$, which changes its meaning
# as it travels: gradient of what a layer puts out, then of what went into its activation, then of what the layer below
# puts out. Let the loss have a penalty too, $J = C + \lambda\,\Omega$.
#
# > $g \leftarrow \nabla_{\hat y} J$, the slope at the top output $\hat y = a^L$
# >
# > for $k = L, L-1, \dots, 1$:
# >
# > 1. $g \leftarrow g \odot f'(z^k)$ — through the activation
# > 2. $\nabla_{b^k} J = g + \lambda\,\nabla_{b^k}\Omega$ — the bias, with its penalty if it has one
# > 3. $\nabla_{W^k} J = g\,(h^{k-1})^\top + \lambda\,\nabla_{W^k}\Omega$ — the weights, with their penalty
# > 4. $g \leftarrow (W^k)^\top g$ — on to the layer below
#
# (In some books $a^k$ is what goes *into* the activation and $h^k$ what comes out. We keep $z$ for the first, and $h$ is
# another name for $a$.)
#
# $\Omega$ is a penalty as in NB04.W5, here $\Omega = \tfrac12\sum_k\lVert W^k\rVert^2$, with the gradient $W^k$ for $W^k$.
# Two things are easy to get wrong.
#
# - The penalty joins the *gradients*. It does not join $g$: the layer below does not feel it, because its outputs do not
#   appear in $\Omega$.
# - Step 4 needs the weights with which the forward pass was made. Update $W^k$ only after $g$ has passed.
#
# One layer of the loop, measured, and then with the second of the two errors:

# %% tags=["NB06.W4"]
lam, rate = 0.1, 0.5
W = rng.normal(size=(4, 3))
h_below, g_top = sigmoid(rng.normal(size=3)), rng.normal(size=4)
out = sigmoid(W @ h_below)


def penalised(W, h):
    return np.sum(g_top * sigmoid(W @ h)) + lam * np.sum(W**2) / 2


g = g_top * out * (1 - out)
dW = np.outer(g, h_below) + lam * W
passed_on = W.T @ g
updated_too_early = (W - rate * dW).T @ g

print("passed on:              ", passed_on)
print("measured for h below:   ", numerical_gradient(lambda h: penalised(W, h), h_below))
print("with W updated too early:", updated_too_early)

assert np.allclose(numerical_gradient(lambda W: penalised(W, h_below), W), dW)
assert np.allclose(numerical_gradient(lambda h: penalised(W, h), h_below), passed_on)
assert not np.allclose(updated_too_early, passed_on)

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
# So far one example went through at a time, and in NB04 every value was a single number. Both are done for clarity, and
# both would be slow. A network gets $N$ examples at once, stacked as the rows of a matrix $X$, and an affine layer maps
# all rows in one product:
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
# **The layout changes here.** For a single vector one writes $Wx$ with $W$ of shape (out, in), as in NB06.W1 to NB06.W4.
# From now on examples are rows and $W$ is (in, out), so that $XW$ needs no transpose. Why change at all? A data set is a
# table with one example in each row, and arrays in NumPy are stored row by row. Both layouts say the same, and the new
# matrix is the old one transposed; look at the shapes to know which one you have before you. (NB06.W7 has a single
# vector again, and (out, in) with it.)
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
# The sums over the examples are sums over paths. Nothing else makes them: the rows share $W$ and $b$. Read the other way
# round: **the gradient of the loss of a data set is the sum of the gradients of its points.**
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

# %% [markdown] tags=["NB06.W5"]
# ### All rows at once, or one after the other?
#
# The sums can be taken by a loop over the examples, which calls the backward step of one example $N$ times and adds up. Or
# the whole data set runs through forward and backward *once*, as matrices. The numbers are the same. The time is not: try
# it.

# %% tags=["NB06.W5"]
N = 2000
X, upstream = rng.normal(size=(N, 20)), rng.normal(size=(N, 10))

began = time.perf_counter()
one_by_one = np.zeros((20, 10))
for x_n, y_bar_n in zip(X, upstream, strict=True):
    one_by_one += np.outer(x_n, y_bar_n)
loop = time.perf_counter() - began

began = time.perf_counter()
at_once = np.einsum("ni,nj->ij", X, upstream)  # the sum over n, in one call
call = time.perf_counter() - began

print(f"loop over {N} examples: {1000 * loop:.1f} ms, one call: {1000 * call:.1f} ms")

assert np.allclose(one_by_one, at_once)

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
# This is the generic network of NB06.W2 for a batch: keep what arrives, go down layer by layer, upstream × local. Put the
# affine layer into a loop. Between two affine layers stands an activation, ReLU or sigmoid; behind the last one stands
# none. The slope of the ReLU at exactly 0 is 0 in this course.
#
# The head does not matter. The classifier of NB06.W1, for a batch $h=\sigma(XW_1)$ and $\hat y=\sigma(hw_2)$, is such a
# network with $k=1$: cross-entropy and last sigmoid fuse, so that `dY` is $(\hat y-y)/N$ as a column.


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

# %% [markdown] tags=["NB06.W6"]
# ## NB06.W6 · XOR: is the network large enough?
#
# Exclusive or: two bits come in, and the answer is 1 if exactly one of them is 1.
#
# | $x_1$ | $x_2$ | $y$ |
# |:-|:-|:-|
# | 0 | 0 | 0 |
# | 0 | 1 | 1 |
# | 1 | 0 | 1 |
# | 1 | 1 | 0 |
#
# No straight line separates the two classes. It was shown in 1969 that a unit without a hidden layer can only learn what
# a line separates, and for many years that was taken as the end of such networks (NB01). A hidden layer bends the line.
# The textbook example has **eight parameters**: a matrix $W$ (2, 2), hidden biases $c$ (2,), output weights $w$ (2,).
#
# $$
# H = \mathrm{relu}(XW + c), \qquad u = Hw, \qquad \hat y = \sigma(u), \qquad
# \mathcal{L} = \text{mean binary cross-entropy}.
# $$
#
# Rows are examples, $W$ is (in, hidden), and the output has **no bias**.
#
# ### The gradients
#
# The cross-entropy of one example has the slope
#
# $$
# \frac{d\mathcal{L}}{d\hat y} = -\left(\frac{y}{\hat y} - \frac{1-y}{1-\hat y}\right) .
# $$
#
# From here one path leads to each parameter. For the output weight $w_1$, with $\text{out}_1$ for what the first hidden
# unit puts out, a page of notes has this:
#
# $$
# \frac{\partial\mathcal{L}}{\partial w_1} = \frac{d\mathcal{L}}{d\hat y}\;\text{out}_1 .
# $$
#
# **Spot the slip.** Follow the path from $\hat y$ to $w_1$ with a finger. Which link is not in the formula?
#
# <details>
# <summary>Answer</summary>
#
# The path leads through the output's sigmoid: $\hat y = \sigma(u)$ and $u = w_1\,\text{out}_1 + w_2\,\text{out}_2$. The link
# $d\hat y/du = \hat y(1-\hat y)$ is missing. With it,
#
# $$
# \frac{\partial\mathcal{L}}{\partial w_1}
#  = \frac{d\mathcal{L}}{d\hat y}\;\hat y(1-\hat y)\;\text{out}_1 = (\hat y-y)\,\text{out}_1 ,
# $$
#
# and nothing is divided any more. The same link belongs into the paths to all other parameters.
#
# </details>
#
# The numbers decide:

# %% tags=["NB06.W6"]
out1, out2, w = 1.5, 0.5, np.array([0.8, -1.2])
label = 1.0


def loss_of_w(w):
    return binary_cross_entropy_with_logits(w[0] * out1 + w[1] * out2, label)


yhat = sigmoid(w[0] * out1 + w[1] * out2)
slope = -(label / yhat - (1 - label) / (1 - yhat))
measured = numerical_gradient(loss_of_w, w)[0]
print(f"measured:                {measured:.6f}")
print(f"the line of the notes:   {slope * out1:.6f}")
print(f"with the missing link:   {slope * yhat * (1 - yhat) * out1:.6f}")
print(f"(yhat - y) * out1:       {(yhat - label) * out1:.6f}")

assert not np.isclose(slope * out1, measured)
assert np.isclose(slope * yhat * (1 - yhat) * out1, measured)
assert np.isclose((yhat - label) * out1, measured)

# %% [markdown] tags=["NB06.E08"]
# ### Exercise NB06.E08: the gradients of the XOR network
#
# **Why it matters:** a classifier with a hidden layer, from the loss down to the last bias, is what most networks are.
# *Difficulty 3 of 5, about 15 minutes, 4 points.*
#
# The paths, for one example. With $\text{in}_j$ and $\text{out}_j$ of hidden unit $j$:
#
# | parameter | its path, from the loss on |
# |:-|:-|
# | $w_1,\ w_2$ | $\dfrac{d\mathcal{L}}{d\hat y}\cdot\dfrac{d\hat y}{du}\cdot\dfrac{\partial u}{\partial w_j}$ |
# | $c_1,\ c_2$ | $\dfrac{d\mathcal{L}}{d\hat y}\cdot\dfrac{d\hat y}{du}\cdot\dfrac{\partial u}{\partial\,\text{out}_j}\cdot\dfrac{d\,\text{out}_j}{d\,\text{in}_j}\cdot\dfrac{\partial\,\text{in}_j}{\partial c_j}$ |
# | $W_{11},\ W_{21},\ W_{12},\ W_{22}$ | the same, but with $\dfrac{\partial\,\text{in}_j}{\partial W_{ij}}$ as the last link |
#
# Finish them, and then write them for a whole batch. The first two links fuse (NB05): what arrives at $u = Hw$ is
# $(\hat y - y) / N$. Where the input of a ReLU is exactly 0, its slope counts as 0.


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

# %% [markdown] tags=["NB06.W6"]
# ### Does the textbook's solution fit?
#
# A textbook gives weights by which these eight parameters "solve" XOR: $W$ full of ones, $c=(0,-1)$, $w=(1,-2)$. What is
# the loss there?

# %% tags=["NB06.W6"]
X, y = data.xor()
y = y.astype(float)
textbook = {"W": np.ones((2, 2)), "c": np.array([0.0, -1.0]), "w": np.array([1.0, -2.0])}


def logits(p, X):
    return relu(X @ p["W"] + p["c"]) @ p["w"] + p.get("b", 0.0)


def xor_loss(p):
    return binary_cross_entropy_with_logits(logits(p, X), y)


print("u:        ", logits(textbook, X))
print("yhat:     ", np.round(sigmoid(logits(textbook, X)), 3))
print(f"mean loss: {xor_loss(textbook):.4f}")

assert round(xor_loss(textbook), 4) == 0.5032

# %% [markdown] tags=["NB06.W6"]
# The textbook reads $u$ itself as the answer: 0, 1, 1, 0. Through a sigmoid the two zeros become $\hat y = \tfrac12$. These
# points sit exactly on the fence. That is no fault of the weights: they were made for another output. So let the loss
# choose. Surely descent finds eight numbers that put all four points on their sides?
#
# Try many starts. `optim.minimize` (NB02) runs each of them to its end.


# %% tags=["NB06.W6"]
def from_many_starts(output_bias, starts=40):
    chance = np.random.default_rng(6)
    found = []
    for _ in range(starts):
        shapes = {"W": (2, 2), "c": (2,), "w": (2,)}
        start = {name: chance.normal(size=shape) for name, shape in shapes.items()}
        if output_bias:
            start["b"] = np.zeros(())
        found.append(optim.minimize(xor_loss, start, max_steps=200, keep_path=False).x)
    return sorted(found, key=xor_loss)


def strictly_right(p):
    """How many of the four points lie on their side of the fence, and not on it."""
    return int(np.sum(np.sign(logits(p, X)) == 2 * y - 1))


eight = from_many_starts(output_bias=False)
for p in eight[:8]:
    print(f"loss {xor_loss(p):.4f}   strictly right: {strictly_right(p)} of 4")
most = max(strictly_right(p) for p in eight)
print(f"lowest loss {xor_loss(eight[0]):.4f}; at most {most} points strictly right")

assert round(xor_loss(eight[0]), 4) == 0.1733
assert most == 3

# %% [markdown] tags=["NB06.W6"]
# Not one start gets all four points. The best losses pile up at one value, and it looks familiar:

# %% tags=["NB06.W6"]
print(f"best loss found: {xor_loss(eight[0]):.5f}")
print(f"ln(2) / 4:       {np.log(2) / 4:.5f}")

assert np.isclose(xor_loss(eight[0]), np.log(2) / 4, atol=1e-4)

# %% [markdown] tags=["NB06.W6"]
# ln 2 is the loss of one point on the fence, with $\hat y=\tfrac12$. The other three have none left. Is this bad luck, or
# a law? **Think before you read on:** which signs must the two output weights have? Which unit makes $u$ negative, and
# where else does it act?
#
# ### It is a law
#
# **Claim.** Without an output bias no choice of the eight parameters puts all four points strictly on their sides:
# $u>0$ at $(0,1)$ and $(1,0)$, and $u<0$ at $(0,0)$ and $(1,1)$.
#
# *Proof.* The logit is $u = w_1\,\mathrm{relu}(p) + w_2\,\mathrm{relu}(q)$ with affine functions $p$ and $q$ of the input.
#
# 1. **The signs of $w_1$ and $w_2$ differ.** If both are $\ge 0$ then $u\ge 0$ everywhere, and class 0 is never reached. If
#    both are $\le 0$, class 1 is never reached. So one is positive and one negative; let $w_1>0>w_2$.
# 2. **The sizes do not matter.** $w_1\,\mathrm{relu}(p) = \mathrm{relu}(w_1 p)$ for $w_1>0$, and $w_1 p$ is affine too. So let
#    $u = \mathrm{relu}(p) - \mathrm{relu}(q)$.
# 3. **Class 1.** At $(0,1)$ and $(1,0)$ we need $\mathrm{relu}(p) > \mathrm{relu}(q) \ge 0$. Hence $p>0$ there, and
#    $p = \mathrm{relu}(p) > \mathrm{relu}(q) \ge q$. Add the two points: $p_{01}+p_{10} > q_{01}+q_{10}$.
# 4. **Class 0.** At $(0,0)$ and $(1,1)$ it is the other way round: $q_{00}+q_{11} > p_{00}+p_{11}$.
# 5. **Both cannot be.** The two pairs of points have the same middle, $(\tfrac12,\tfrac12)$. For an affine function
#    $p_{01}+p_{10} = p_{00}+p_{11}$: either is twice its value in the middle. The same holds for $q$. So step 3 says that
#    the sum of $p$ is the larger one, and step 4 that the sum of $q$ is. That is a contradiction. ∎
#
# **And the loss?** One point at least is not strictly right. If it belongs to class 1 then $u\le 0$ there, and its loss is
# $\ln(1+e^{-u}) \ge \ln 2$; for class 0 likewise. The other losses are not negative. So the mean is at least $(\ln 2)/4$.
# Can one come arbitrarily close? Yes: three points far out on their sides, the fourth on the fence.

# %% tags=["NB06.W6"]
for k in (1, 3, 10):
    close = {"W": k * np.array([[1.0, 3.0], [1.0, 3.0]]), "c": k * np.array([0.0, -3.0])}
    close["w"] = np.array([1.0, -1.0])
    above = xor_loss(close) - np.log(2) / 4
    print(f"k = {k:2}: u = {logits(close, X)}, loss - ln(2)/4 = {above:.1e}")

assert 0 < above < 1e-4

# %% [markdown] tags=["NB06.W6"]
# What came of each start? The picture shows the last losses, sorted, for eight parameters and for nine, where the ninth is
# an output bias $b$, $u = Hw + b$.

# %% tags=["NB06.W6"]
nine = from_many_starts(output_bias=True)
assert xor_loss(nine[0]) < 0.01
assert strictly_right(nine[0]) == 4

figure, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
for found, style, color, label in [
    (eight, "o", RED, "eight parameters"),
    (nine, "s", BLUE, "nine: with an output bias"),
]:
    losses = [xor_loss(p) for p in found]
    axes.plot(range(1, 41), losses, style, color=color, label=label, fillstyle="none")
axes.axhline(np.log(2) / 4, linestyle="--", color="black", linewidth=1)
axes.text(40, np.log(2) / 4 + 0.015, "(ln 2)/4", ha="right")
axes.set(xlabel="start, sorted by its result", ylabel="mean loss at the end")
axes.set(ylim=(-0.03, 0.75), title="Forty descents each, and the floor")
axes.legend(frameon=False, loc="upper left")
picture(
    figure,
    alt="Final losses of forty starts, sorted, for two networks. With eight parameters "
    "the lowest points lie on a dashed line at a quarter of ln 2 and none lies "
    "below it. With nine the lowest lie at zero. In both cases most starts end far "
    "higher, at about 0.5 or 0.69.",
)

# %% [markdown] tags=["NB06.W6"]
# With the ninth parameter the loss goes to 0. But most starts do not get there, in either network. They end in a place
# where the gradient vanishes and the loss is poor. Mostly a hidden unit is off at all four points, and then no gradient
# reaches its weights. Or both are on at all four, and the network is no more than a line. Backpropagation has computed each
# of these gradients correctly. **A gradient shows the way down from where you stand, and nothing more.** So one starts
# several times, and keeps the best.

# %% [markdown] tags=["NB06.E09"]
# ### Exercise NB06.E09: fitting XOR
#
# **Why it matters:** gradient descent finds a minimum, not the best one. Here most starts end in a poor one, and
# backpropagation is not to blame.
# *Difficulty 4 of 5, about 30 minutes, 4 points, half for each network.*
#
# Without an output bias no choice of the eight parameters gets the mean loss below $(\ln 2) / 4$, about $0.173$: reach less
# than $0.18$. With a ninth parameter $b$, $u = Hw + b$, the loss can go to 0: reach less than $0.05$. About one start in
# six gets there, so draw `restarts` of them (the check asks for 100), let all descend, and return the best. The check's
# lines `params` and `loss` ask whether the loss is that of the parameters, `best` whether it is low enough; the lines
# ending in `_with_bias` ask the same of the network with $b$.
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

# %% [markdown] tags=["NB06.G3"]
# ### NB06.G3 · Train XOR yourself
#
# First one start at a time. The network is the one of NB06.W6, without an output bias. **Press Run, then "New start",** and
# again: where does a run get stuck? Look at the two hidden units over the plane: one that is pale at all four points is
# off there, and no gradient reaches its weights ("Backward: gradients" shows it). "Try 100 starts" counts the starts that
# succeed; press one of its squares to open that start. Then set "output bias" to "with", and try three and four units.

# %% tags=["NB06.G3"]
settings = {"hidden": [2], "activations": "relu", "output_bias": False}
NetworkLab("XOR", batch=4, rate=1.0, steps=200, **settings)

# %% [markdown] tags=["NB06.G3"]
# Now the same as a table: plain descent from many starts at once, by the engine's gradient. Settings stand at the top.
# Change `seed` to draw new starts. Compare: two, three, four hidden units; with an output bias and without. **With three units even networks
# without an output bias succeed now and then. How can they?** (A hidden unit that is on at all four points can stand in
# for a bias.)

# %% tags=["NB06.G3"]
hidden_units = (2, 3, 4)
starts, steps, learning_rate, seed = 100, 1000, 1.0, 6


def train(hidden, output_bias):
    """Return the share of starts that get all four points strictly right."""
    chance = np.random.default_rng(seed)
    P = {"W": chance.normal(size=(starts, 2, hidden)), "c": np.zeros((starts, 1, hidden))}
    P |= {"w": chance.normal(size=(starts, hidden, 1)), "b": np.zeros((starts, 1, 1))}

    def scores(P):
        return (relu(X @ P["W"] + P["c"]) @ P["w"] + P["b"])[..., 0]

    def total(P):
        return binary_cross_entropy_with_logits(scores(P), labels, reduction="sum") / 4

    labels = np.tile(y, (starts, 1))
    gradient = grad(total)
    for _ in range(steps):
        slopes = gradient(P)
        for name in P if output_bias else ("W", "c", "w"):
            P[name] = P[name] - learning_rate * slopes[name]
    return np.mean(np.all(np.sign(scores(P)) == 2 * y - 1, axis=1))


shares = {bias: [train(n, bias) for n in hidden_units] for bias in (True, False)}

figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
for bias, offset, color, hatch in [(True, -0.2, BLUE, ""), (False, 0.2, "white", "///")]:
    label = "with an output bias" if bias else "without"
    place = np.arange(len(hidden_units)) + offset
    look = {"color": color, "hatch": hatch, "edgecolor": "black", "label": label}
    bars = axes.bar(place, shares[bias], 0.36, **look)
    axes.bar_label(bars, [f"{share:.0%}" for share in shares[bias]])
axes.set_xticks(range(len(hidden_units)), [f"{n} units" for n in hidden_units])
axes.set(ylabel="starts with all four right", ylim=(0, 1))
axes.set(title=f"Of {starts} starts, {steps} steps each")
axes.legend(frameon=False, loc="upper left")
picture(
    figure,
    alt="Bars: the share of starts that get all four points right, for two, three and "
    "four hidden units. It grows with the units. Without an output bias it is zero "
    "for two units and smaller throughout.",
)

# %% tags=["NB06.G3"]
for n, share in zip(hidden_units, shares[False], strict=True):
    assert n > 2 or share == 0  # up to two units this is the law of NB06.W6

print("share of starts that succeed:")
for i, n in enumerate(hidden_units):
    having, lacking = shares[True][i], shares[False][i]
    print(f"  {n} units: {having:.2f} with an output bias, {lacking:.2f} without")

# %% [markdown] tags=["NB06.W6"]
# This is common practice far beyond XOR. There is no guarantee that descent ends in a good place. It may take many
# steps, its settings need care, and one runs it from several random starts and keeps the best network, or lets several
# of them vote. More hidden units than strictly needed make good starts more frequent.

# %% [markdown] tags=["NB06.R2"]
# ### Reflection NB06.R2: must the weights agree?
#
# You have fitted the network with nine parameters and the loss is nearly 0. Another person has done the same with another
# seed, and a textbook prints a third set of weights. Do the three agree? Must they? Give at least two ways to change
# weights without changing what the network computes, and say what one *can* compare. Four to six sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB06-R2", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB06.R2"]
# They will not agree, and they need not. The two hidden units may be exchanged: swap the columns of $W$, and the entries of
# $c$ and of $w$, and the network computes the same. A unit may also be scaled: multiply its column of $W$ and its entry of
# $c$ by some $\alpha>0$ and divide its entry of $w$ by $\alpha$; the ReLU lets the factor pass. There are also really
# different solutions, as another line may cut the square in another place and still have each point on its side. Besides,
# no finite weights are the best ones: on four points that are all right, the cross-entropy falls further when all logits
# grow, so the result depends on when one stops. The textbook's weights are not a minimum of this loss at all, for they put
# two points on the fence. What can be compared is what the network does: its predictions, its loss, the regions it cuts.
#
# **What a good answer says.** (1) No, and they need not: many settings compute the same or do equally well. (2) Two
# symmetries: exchange of hidden units, scaling of a ReLU unit by a positive factor. (3) Compare predictions or losses, not
# weights. A bonus for seeing that the weights grow without end, or that the textbook's are made for another output.

# %% [markdown] tags=["NB06.W7"]
# ## NB06.W7 · A skip connection: two ways back
#
# What if a layer's input is added to its output?
#
# $$
# y = x + W_2\,\mathrm{relu}(W_1 x) .
# $$
#
# One example again, so the layout is **(out, in) again**: $W_1$ is (h, d) and $W_2$ is (d, h), and matrices stand on the
# left of a column vector. The output must have the size of the input, or nothing could be added. Given is
# $\delta_y = \partial\mathcal{L}/\partial y$; asked is $\partial\mathcal{L}/\partial x$. First the graph.


# %% tags=["NB06.W7"]
def skip(W1, W2, x):
    z = W1 @ x
    h = relu(z)
    branch = W2 @ h
    y = x + branch
    return y


W1, W2 = np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([[0.5, 1.0], [-1.0, 2.0]])
x, dy = np.array([1.0, 2.0]), np.array([1.0, -1.0])

picture(
    trace(skip, W1, W2, x),
    alt="Computation graph of a skip connection. Two edges leave x: one into the "
    "product with W1, then through relu and the product with W2; the other straight "
    "into the last sum, where the two meet in y.",
)

# %% [markdown] tags=["NB06.W7"]
# Two edges leave $x$. So two terms add up (NB04.W3).
#
# - **The skip.** A sum hands its error signal on unchanged: $\delta_y$ itself.
# - **The branch.** Back through $W_2$, the ReLU, $W_1$. The ReLU works entry by entry, so its Jacobian is diagonal, with a 1
#   where $z>0$ and a 0 elsewhere (at exactly 0 this course takes 0). Call this matrix $R(z)$.
#
# $$
# \frac{\partial\mathcal{L}}{\partial x}
#  = \underbrace{W_1^\top\,R(W_1 x)\,W_2^\top\,\delta_y}_{\text{branch}} \;+\; \underbrace{\delta_y}_{\text{skip}} .
# $$
#
# The mask stands *between* the two matrices, as the ReLU does in the forward pass. Nobody builds the matrix $R$; a product
# entry by entry does the same. With a pencil: $z=(-1, 3)$, so only the second unit is on.

# %% tags=["NB06.W7"]
measured = numerical_gradient(lambda x: np.sum(dy * skip(W1, W2, x)), x)
through_branch = numerical_gradient(lambda x: np.sum(dy * (skip(W1, W2, x) - x)), x)
print("z:         ", W1 @ x)
print("branch:    ", np.round(through_branch, 6))
print("total:     ", np.round(measured, 6))

assert np.round(through_branch, 6).tolist() == [-2, -0.5]
assert np.round(measured, 6).tolist() == [-1, -1.5]

# %% [markdown] tags=["NB06.W7"]
# ### Why is the second way worth having?
#
# Stack many such blocks, and the same number of plain layers $y = W_2\,\mathrm{relu}(W_1 x)$ with the same weights. Send an
# error signal of length 1 down from the top. How much of it arrives?

# %% tags=["NB06.W7"]
depth, width, scale = 30, 16, 0.5
blocks = scale * rng.normal(size=(depth, 2, width, width)) / np.sqrt(width)

arriving = {}
for name, keep in [("plain", 0.0), ("with skip", 1.0)]:
    value, ways_back = rng.normal(size=width), []
    for A, B in blocks:
        # The engine runs one block and remembers how to go back through it.
        block = partial(lambda A, B, keep, x: keep * x + B @ relu(A @ x), A, B, keep)
        value, way_back = vjp(block, value)
        ways_back.append(way_back)
    g = np.ones(width) / np.sqrt(width)
    arriving[name] = [np.linalg.norm(g)]
    for way_back in reversed(ways_back):
        (g,) = way_back(g)
        arriving[name].append(np.linalg.norm(g))

assert arriving["plain"][-1] < 1e-6 < 0.1 < arriving["with skip"][-1]

figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
axes.semilogy(arriving["with skip"], "-", color=BLUE, linewidth=2, label="with skip")
axes.semilogy(arriving["plain"], "--", color=RED, linewidth=2, label="plain")
axes.set(xlabel="blocks passed on the way back", ylabel="length of the error signal")
axes.set(title="A skip keeps the signal alive")
axes.legend(frameon=False)
axes.grid(alpha=0.3)
picture(
    figure,
    alt="Length of the error signal on its way back through thirty blocks, logarithmic. "
    "With skip connections it stays near its first size. Without them it falls "
    "along a straight line by many powers of ten.",
)

# %% [markdown] tags=["NB06.W7"]
# Without the skip each block multiplies the signal by something small, and a product of thirty small factors is next to
# nothing. The skip adds the signal itself at every block.

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

# %% [markdown]
# ## Recap
#
# 1. Two layers back: $\overline{W} = \bar z\,x^\top$, $\bar x = W^\top\bar z$, and $\odot\,\sigma'(z)$ through an activation. A bar
#    has the shape of its value.
# 2. Keep what the chains share, and the work grows with the depth instead of its square: four equations, one loop.
# 3. In a batch rows are examples. They share $W$ and $b$, so these gradients sum over the rows, and $1/N$ enters once, at
#    the loss.
# 4. A right gradient does not promise a good minimum: XOR needs an output bias and several starts.
# 5. Where a value is used twice, two signals come back and add: a skip connection is a short way home.
#
# **Further reading.** The lecture topics "backpropagation for a two-layer network", "direct and cached gradients" and
# "generic formulation for multi-layer perceptrons". M. Nielsen, *Neural Networks and Deep Learning*, chapter 2.
# A. Griewank and A. Walther, *Evaluating Derivatives*, chapter 3. PyTorch documentation, `torch.nn.Linear`, for a library
# that stores $W$ as (out, in). JAX documentation, "The Autodiff Cookbook", on vector-Jacobian products.
#
# **Next.** In NB07 you build an engine that writes such backward passes for you.
