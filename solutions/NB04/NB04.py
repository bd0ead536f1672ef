# %% [markdown]
# # NB04 · Computation graphs and backprop by hand
#
# A loss depends on its weights through a chain of small steps. Each weight needs its own slope. Must each
# weight also have its own derivation?
#
# **Goals.** After this unit you can
#
# - read a program as a computation graph, forwards and backwards;
# - give every value its error signal, with one rule: upstream × local = downstream;
# - add the signals that meet where a value is used more than once.
#
# **You need** the sigmoid (NB01), the squared error (NB02), and the chain rule in one variable (NB03).
#
# **Time:** about 130 minutes. Paper and pencil help.

# %% tags=["NB04.setup"]
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import numerical_gradient, sigmoid, trace
from backprop_course.widgets import (
    GranularitySwitch,
    GraphStepper,
    PathHighlighter,
    picture,
    quiz,
)

rng = np.random.default_rng(4)  # the only source of chance in this notebook

# %% [markdown] tags=["NB04.W1"]
# ## NB04.W1 · One loss, two slopes
#
# One example with feature $x$ and target $t$ goes through one neuron, and the squared error compares:
#
# $$
# z = wx + b, \qquad y = \sigma(z), \qquad \mathcal{L} = \tfrac12 (y - t)^2 .
# $$
#
# This is *logistic least squares*. We want $\partial\mathcal{L}/\partial w$ and
# $\partial\mathcal{L}/\partial b$ at $w = 2$, $b = -1$, $x = 1.5$, $t = 0$.
#
# First the values, from left to right. The pencil gives $z$ at once; a calculator gives the rest.

# %% tags=["NB04.W1"]
w, b, x, t = 2.0, -1.0, 1.5, 0.0

z = w * x + b
y = sigmoid(z)
L = 0.5 * (y - t) ** 2

print(f"z = {z:.6f}\ny = {y:.6f}\nL = {L:.6f}")

assert z == 2
assert round(y, 6) == 0.880797
assert round(L, 6) == 0.387902

# %% [markdown] tags=["NB04.W1"]
# ### The long way
#
# Put everything into one formula and differentiate it, as in a calculus class.
#
# $$
# \begin{aligned}
# \frac{\partial\mathcal{L}}{\partial w}
#   &= \frac{\partial}{\partial w}\,\tfrac12\bigl(\sigma(wx+b)-t\bigr)^2 \\
#   &= \bigl(\sigma(wx+b)-t\bigr)\,\frac{\partial}{\partial w}\,\sigma(wx+b) \\
#   &= \bigl(\sigma(wx+b)-t\bigr)\,\sigma'(wx+b)\,\frac{\partial}{\partial w}(wx+b) \\
#   &= \bigl(\sigma(wx+b)-t\bigr)\,\sigma'(wx+b)\,x .
# \end{aligned}
# $$
#
# The slope for $b$ takes the same lines once more. Only the last factor differs: $1$ in place of $x$. With
# $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$ both are ready to compute.

# %% tags=["NB04.W1"]
long_w = (sigmoid(w * x + b) - t) * sigmoid(w * x + b) * (1 - sigmoid(w * x + b)) * x
long_b = (sigmoid(w * x + b) - t) * sigmoid(w * x + b) * (1 - sigmoid(w * x + b)) * 1

print(f"slope for w: {long_w:.6f}\nslope for b: {long_b:.6f}")

# %% [markdown] tags=["NB04.W1"]
# Right, but wasteful. The same $\sigma(wx+b)$ was computed six times. The two lines agree in every factor
# but the last. And a third weight would need a third line. A network composes many such functions. Its slopes are
# still routine for a calculus class. What it needs is book-keeping.
#
# %% [markdown] tags=["NB04.R1"]
# ### Reflection NB04.R1: what is wrong with the long way?
#
# The result of the long way is right. List what makes it a bad way of working all the same: for you with a pencil, for
# a program, and for somebody who changes the loss tomorrow. Three to five sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB04-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB04.R1"]
# The formulas grow with every function that is put inside another, so they are long to write and easy to get wrong.
# The same expressions come back: $\sigma(wx+b)$ stands six times in two lines, and each time it is computed again.
# The lines for $w$ and for $b$ repeat each other up to the last factor, so the work grows with the number of weights
# although nearly all of it is shared. And nothing can be used again: with another loss, or another unit in place of
# $wx + b$, every line has to be derived anew, although most of the steps have not changed.
#
# **What a good answer says.** (1) The expressions are long, and slips are easy. (2) Work is repeated, within a line
# and from one weight to the next. (3) Nothing is modular: one change of the program means a new derivation of
# everything.

# %% [markdown] tags=["NB04.W1"]
# ### The shared factor
#
# Keep the intermediate values instead of substituting them. Then the chain rule reads
#
# $$
# \frac{\partial\mathcal{L}}{\partial w}
#   = \underbrace{\frac{\partial\mathcal{L}}{\partial y}\,\frac{\partial y}{\partial z}}_{\text{shared}}
#     \,\frac{\partial z}{\partial w},
# \qquad
# \frac{\partial\mathcal{L}}{\partial b}
#   = \underbrace{\frac{\partial\mathcal{L}}{\partial y}\,\frac{\partial y}{\partial z}}_{\text{shared}}
#     \,\frac{\partial z}{\partial b} .
# $$
#
# The picture says the same. A node is a value. An edge leads from a value to one that is computed directly
# from it. From $w$ and from $b$ the way to $\mathcal{L}$ is one way from $z$ on.


# %% tags=["NB04.W1"]
def logistic_least_squares(w, b, x, t):
    z = w * x + b
    y = sigmoid(z)
    L = 0.5 * (y - t) ** 2
    return L


picture(
    trace(logistic_least_squares, w, b, x, t),
    alt="Computation graph of logistic least squares. w and x meet in a product, "
    "b is added to give z, the sigmoid gives y, and the squared difference of y and t "
    "gives the loss on the right.",
)

# %% [markdown] tags=["NB04.W1"]
# ### Bar notation
#
# Write $\bar v$ ("v bar") for the slope of the loss with respect to a value $v$ of the program:
#
# $$
# \bar v = \frac{\partial\mathcal{L}}{\partial v} .
# $$
#
# $\bar v$ is the **error signal** of $v$. It is a number which the program holds, just as it holds $v$.
# (Other texts write $\delta$; PyTorch keeps it in `v.grad`.) The bars are found from right to left, each from
# the one before:
#
# $$
# \begin{aligned}
# \bar{\mathcal{L}} &= 1 \\
# \bar y &= \bar{\mathcal{L}}\,(y - t) \\
# \bar z &= \bar y\,\sigma'(z) = \bar y\; y\,(1 - y) \\
# \bar w &= \bar z\, x \\
# \bar b &= \;?
# \end{aligned}
# $$
#
# The last line is left for you. Nothing is derived twice, and a weight more is one line more.
#
# **Can a bar be measured?** Yes: it is the slope of *the rest of the program*. Cut the program at $v$, nudge
# $v$, and watch the loss. `numerical_gradient` (NB03) nudges both ways.


# %% tags=["NB04.W1"]
def loss_from_y(y):
    return 0.5 * (y - t) ** 2


def loss_from_z(z):
    return loss_from_y(sigmoid(z))


y_measured = numerical_gradient(loss_from_y, y)
z_measured = numerical_gradient(loss_from_z, z)
w_measured = numerical_gradient(lambda w: loss_from_z(w * x + b), w)
b_measured = numerical_gradient(lambda b: loss_from_z(w * x + b), b)

print(f"y bar = {y_measured:.6f}   (y - t          = {y - t:.6f})")
print(f"z bar = {z_measured:.6f}   (times y(1 - y) = {(y - t) * y * (1 - y):.6f})")
print(f"w bar = {w_measured:.6f}   (the long way   = {long_w:.6f})")
print(f"b bar = {b_measured:.6f}   (the long way   = {long_b:.6f})")

assert round(y_measured, 6) == round(y - t, 6) == 0.880797
assert round(z_measured, 6) == round((y - t) * y * (1 - y), 6) == 0.092478
assert round(w_measured, 6) == round(long_w, 6) == 0.138717
assert round(b_measured, 6) == round(long_b, 6) == 0.092478

# %% [markdown] tags=["NB04.E01"]
# ### Exercise NB04.E01: four bars
#
# **Why it matters:** these four lines are backpropagation. Every larger network repeats them.
# *Difficulty 1 of 5, about 5 minutes, 2 points.*
#
# Write the bars as code. Let each line use the bar found before it.


# %% nbgrader={"grade": false, "grade_id": "NB04-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E01"]
def logistic_ls_grads(w, b, x, t):
    """Error signals of L = (y - t)**2 / 2 with y = sigmoid(z) and z = w*x + b.

    All arguments are floats.
    Returns a dict of floats with the keys "y_bar", "z_bar", "w_bar" and "b_bar".
    """
    ### BEGIN SOLUTION
    y = sigmoid(w * x + b)
    y_bar = y - t
    z_bar = y_bar * y * (1 - y)
    return {"y_bar": y_bar, "z_bar": z_bar, "w_bar": z_bar * x, "b_bar": z_bar}
    ### END SOLUTION


# %% [markdown] tags=["NB04.E01"]
# <details>
# <summary>Hint</summary>
#
# Begin forwards: compute $z$ and $y$. Then go backwards and keep $\bar y$ and $\bar z$ in variables.
# For $\bar b$ ask: by how much does $z$ change when $b$ changes by one?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E01"]
check("NB04.E01")

# %% [markdown] tags=["NB04.W2"]
# ## NB04.W2 · The same program in nine steps
#
# How small can a step be? Take the program of NB04.W1 apart until each line does one thing only: one product,
# one sum, one exponential. Nine lines are left. (There is no $t_2$; its place is taken by $z$.) Read from above, they
# take one training example to its loss: this is the *forward pass*.


# %% tags=["NB04.W2"]
t1 = w * x
z = t1 + b
t3 = -z
t4 = np.exp(t3)
t5 = 1 + t4
y = 1 / t5
t6 = y - t
t7 = t6**2
L = t7 / 2

print(f"t3 = {t3:.6f}, t4 = {t4:.6f}, t5 = {t5:.6f}")
print(f"y  = {y:.6f}, t6 = {t6:.6f}, L  = {L:.6f}")

assert np.isclose(y, sigmoid(w * x + b))
assert np.isclose(L, logistic_least_squares(w, b, x, t))

# %% [markdown] tags=["NB04.W2"]
# ### Source code is a graph
#
# Each line computes one value from earlier ones. So the nine lines *are* a computation graph: a node for each line,
# and an edge for each value that a line reads. The engine of this course makes the picture by watching the lines
# run.


# %% tags=["NB04.W2"]
def in_nine_steps(w, b, x, t):
    t1 = w * x
    z = t1 + b
    t3 = -z
    t4 = np.exp(t3)
    t5 = 1 + t4
    y = 1 / t5
    t6 = y - t
    t7 = t6**2
    L = t7 / 2
    return L


graph = trace(in_nine_steps, w, b, x, t)
computed = [node for node in graph.nodes if node.kind == "compute"]
print(f"{len(computed)} steps of {len({node.function for node in computed})} kinds:")
print(", ".join(f"{node.name} = {node.function}" for node in computed))

assert len(computed) == 9

picture(
    graph,
    alt="Computation graph of the nine steps: a long chain from w times x through z, "
    "t3, t4, t5, y, t6 and t7 to L. b enters at z, and t enters at t6.",
)

# %% [markdown] tags=["NB04.W2"]
# Every evaluation of a function is such a graph, walked in an order in which each node finds its inputs ready. The
# kinds of steps are few: sums, products, powers, `exp`. They are called **primitives**. A table with one gradient
# rule for each kind is enough for every program made of them. Even the operators of Python are only short names for
# primitives. Here is the sigmoid at 1.5 twice, with operators and with calls:

# %% tags=["NB04.W2"]
with_operators = 1 / (1 + np.exp(-1.5))
with_calls = np.reciprocal(np.add(1, np.exp(np.negative(1.5))))
print(f"{with_operators:.6f} and {with_calls:.6f}")

assert round(with_operators, 6) == round(with_calls, 6) == 0.817574

# %% [markdown] tags=["NB04.W2"]
# ### The bars, from the last line to the first
#
# Nobody has to know the slope of the sigmoid any more. Each line has a slope that fits on one line of paper, and
# the bars follow from the last line to the first. Begin with the pencil: $\bar{\mathcal{L}} = 1$, and
# $\mathcal{L} = t_7/2$ makes $\bar t_7 = \tfrac12$.
#
# Can the others still be measured? Cut the program after a line, nudge the value, and run the rest.

# %% tags=["NB04.W2"]
chain = {
    "z": lambda t1: t1 + b,
    "t3": lambda z: -z,
    "t4": lambda t3: np.exp(t3),
    "t5": lambda t4: 1 + t4,
    "y": lambda t5: 1 / t5,
    "t6": lambda y: y - t,
    "t7": lambda t6: t6**2,
    "L": lambda t7: t7 / 2,
}
names = ["t1", *chain]


def rest(name, value):
    """Run the lines behind the one that computes `name`."""
    for later in names[names.index(name) + 1 :]:
        value = chain[later](value)
    return value


value, bars = w * x, {}
for name in names:
    value = value if name == "t1" else chain[name](value)
    bars[name] = numerical_gradient(partial(rest, name), value)
bars["x"] = numerical_gradient(lambda x: rest("t1", w * x), x)

for name in ["x", *names][::-1]:
    print(f"bar of {name:2} = {bars[name]:9.6f}")

assert round(bars["t7"], 6) == 0.5
assert round(bars["t6"], 6) == round(bars["y"], 6) == 0.880797
assert round(bars["t5"], 6) == round(bars["t4"], 6) == -0.683325
assert round(bars["t3"], 6) == -0.092478
assert round(bars["z"], 6) == round(bars["t1"], 6) == 0.092478
assert round(bars["x"], 6) == 0.184956

# %% [markdown] tags=["NB04.W2"]
# $\bar t_4$ is negative: a larger $t_4$ makes $y$ smaller, and with it the loss. $\bar x$ is a bar like the others.
# Nobody trains $x$, but a layer below would need it.

# %% [markdown] tags=["NB04.E03"]
# ### Exercise NB04.E03: thirteen bars
#
# **Why it matters:** a program that differentiates programs does just this, line by line, and nothing else.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*
#
# Write the program once more, then its lines backwards. Each bar earns its own share.


# %% nbgrader={"grade": false, "grade_id": "NB04-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E03"]
def primitive_bars(w, b, x, t):
    """Error signals of every value in the nine steps of logistic least squares.

    The steps: t1 = w*x, z = t1 + b, t3 = -z, t4 = exp(t3), t5 = 1 + t4, y = 1/t5,
    t6 = y - t, t7 = t6**2, L = t7/2. All arguments are floats.
    Returns a dict of floats with the keys "t1_bar", "z_bar", "t3_bar", "t4_bar",
    "t5_bar", "y_bar", "t6_bar", "t7_bar", "L_bar" for the steps, and "w_bar", "b_bar",
    "x_bar", "t_bar" for the arguments.
    """
    ### BEGIN SOLUTION
    t4 = np.exp(-(w * x + b))
    t5 = 1 + t4
    t6 = 1 / t5 - t
    bar = {"L_bar": 1.0}
    bar["t7_bar"] = bar["L_bar"] / 2
    bar["t6_bar"] = bar["t7_bar"] * 2 * t6
    bar["y_bar"], bar["t_bar"] = bar["t6_bar"], -bar["t6_bar"]
    bar["t5_bar"] = -bar["y_bar"] / t5**2
    bar["t4_bar"] = bar["t5_bar"]
    bar["t3_bar"] = bar["t4_bar"] * t4
    bar["z_bar"] = -bar["t3_bar"]
    bar["t1_bar"], bar["b_bar"] = bar["z_bar"], bar["z_bar"]
    bar["w_bar"], bar["x_bar"] = bar["t1_bar"] * x, bar["t1_bar"] * w
    return bar
    ### END SOLUTION


# %% [markdown] tags=["NB04.E03"]
# <details>
# <summary>Hint</summary>
#
# For each line ask: what is its slope with respect to each value on its right-hand side? Multiply it by the bar of
# the value on its left-hand side. A difference sends a minus sign to its second term.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E03"]
check("NB04.E03")

# %% [markdown] tags=["NB04.W3"]
# ## NB04.W3 · What must one node know?
#
# Look at one step of the backward pass alone: $\bar z = \bar y \cdot \sigma'(z)$. The node needs two numbers.
# One arrives from **upstream**, the side of the loss: how much the loss cares about the node's output. The
# other is **local**: how much the output cares about the input. Their product goes **downstream**.
#
# $$
# \underbrace{\bar v_{\text{in}}}_{\text{downstream}}
#   = \underbrace{\bar v_{\text{out}}}_{\text{upstream}}
#     \times \underbrace{\frac{\partial v_{\text{out}}}{\partial v_{\text{in}}}}_{\text{local}}
# $$
#
# The node need not know what lies upstream. This is why any program can be differentiated piece by piece. On a chain
# $x \to y \to \mathcal{L}$ of any two functions it reads $\bar x = \bar y\,\frac{\partial y}{\partial x}$, whatever
# the functions are.
#
# **Smallest case.** $y = x^2$ and $\mathcal{L} = 2y$. Two nodes, two products.

# %% tags=["NB04.W3"]
for point in rng.normal(size=5):
    y_bar = 1 * 2  # upstream 1, and L = 2y has the local slope 2
    x_bar = y_bar * (2 * point)  # upstream y_bar, and y = x*x has the local slope 2x
    print(f"x = {point:9.6f}   x_bar = {x_bar:9.6f}   4x = {4 * point:9.6f}")
    assert np.isclose(x_bar, 4 * point)
    assert np.isclose(x_bar, numerical_gradient(lambda x: 2 * x**2, point))

# %% [markdown] tags=["NB04.W3"]
# **Four inputs that matter, and one that does not.** Take $f = (x_1 + x_2)\,x_3 - x_4$ at $(5, 4, 3, 2)$. The
# function is also handed an $x_5$ and does not use it. What is its slope?


# %% tags=["NB04.W3"]
def five_inputs(x1, x2, x3, x4, x5):
    a = x1 + x2
    m = a * x3
    f = m - x4
    return f


picture(
    trace(five_inputs, 5.0, 4.0, 3.0, 2.0, 1.0),
    alt="Computation graph of (x1 + x2) times x3 minus x4. x1 and x2 meet in a sum, "
    "the sum meets x3 in a product, and x4 is taken off. No edge leaves x5.",
)

# %% [markdown] tags=["NB04.W3"]
# Forwards, then backwards. Cover the right-hand column and predict it.
#
# | node | local slopes |
# |:-|:-|
# | sum $a = x_1 + x_2$ | 1 and 1: it passes the upstream number on to both |
# | product $m = a\,x_3$ | $x_3$ for $a$, and $a$ for $x_3$: each factor is scaled by *the other* |
# | difference $f = m - x_4$ | 1 and −1 |

# %% tags=["NB04.W3"]
x1, x2, x3, x4, x5 = 5.0, 4.0, 3.0, 2.0, 1.0
a = x1 + x2
m = a * x3
f = m - x4

f_bar = 1.0
m_bar, x4_bar = f_bar * 1, f_bar * -1
a_bar, x3_bar = m_bar * x3, m_bar * a
x1_bar, x2_bar = a_bar * 1, a_bar * 1
x5_bar = 0.0  # no way leads from x5 to f: a sum without terms

print(f"a = {a}, m = {m}, f = {f}")
print("bars of x1 to x5:", x1_bar, x2_bar, x3_bar, x4_bar, x5_bar)

assert (a, m, f) == (9, 27, 25)
assert (x1_bar, x2_bar, x3_bar, x4_bar, x5_bar) == (3, 3, 9, -1, 0)

measured = numerical_gradient(lambda x: five_inputs(*x), np.array([x1, x2, x3, x4, x5]))
assert np.allclose(measured, [x1_bar, x2_bar, x3_bar, x4_bar, x5_bar])

# %% [markdown] tags=["NB04.W3"]
# The slope for $x_5$ is the number 0. It is not missing: the loss has a slope there, and it is flat.
#
# ### When a value is used twice
#
# Let $y = x^2$ feed two nodes, $u = 3y$ and $v = \sin y$, and let $\mathcal{L} = uv$. A nudge of $y$ reaches the
# loss twice, once through $u$ and once through $v$. Both effects happen, so they **add**:
#
# $$
# \bar y \;=\; \bar u\,\frac{\partial u}{\partial y} \;+\; \bar v\,\frac{\partial v}{\partial y}
# \;=\; \bar u \cdot 3 \;+\; \bar v \cdot \cos y .
# $$
#
# In general: **the bar of a value is the sum over all edges that leave it, upstream × local.**


# %% tags=["NB04.W3"]
def fan_out(x):
    y = x**2
    u = 3 * y
    v = np.sin(y)
    L = u * v
    return L


x = 2.0
y = x**2
u, v = 3 * y, np.sin(y)
L = u * v

u_bar, v_bar = v, u  # a product: each factor is scaled by the other
through_u = u_bar * 3
through_v = v_bar * np.cos(y)
y_bar = through_u + through_v
x_bar = y_bar * 2 * x

print(f"L = {L:.6f}")
print(f"y_bar = {through_u:.6f} (through u) + {through_v:.6f} (through v) = {y_bar:.6f}")
print(f"x_bar = {x_bar:.6f}")

assert round(L, 6) == -9.081630
assert round(y_bar, 6) == -10.114131
assert round(x_bar, 6) == -40.456524
assert np.isclose(numerical_gradient(fan_out, x), x_bar)

# %% [markdown] tags=["NB04.W3"]
# What if one path is forgotten? The tangent to the curve shows it. Only the sum touches.

# %% tags=["NB04.W3"]
figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
near = np.linspace(1.88, 2.12, 200)
step = np.array([-0.1, 0.1])
axes.plot(near, fan_out(near), color="black", linewidth=2.5, label="the loss")
for y_slope, style, color, label in [
    (y_bar, "-", "#0072B2", "both paths"),
    (through_u, "--", "#D55E00", "path through u only"),
    (through_v, ":", "#009E73", "path through v only"),
]:
    tangent = L + y_slope * 2 * x * step
    axes.plot(x + step, tangent, style, color=color, linewidth=2, label=label)
axes.plot(x, L, "o", color="black")
axes.set(xlabel="x", ylabel="L", title="Only the sum of both paths is the slope at x = 2")
axes.legend(frameon=False)
picture(
    figure,
    alt="The loss near x = 2: a falling curve, and three straight lines through its "
    "point at x = 2. The line with the slope of both paths touches the curve; the "
    "lines with one path only are too flat and cut through it.",
)

# %% [markdown] tags=["NB04.E04"]
# ### Exercise NB04.E04: one number for each input
#
# **Why it matters:** a gradient has one entry for each input, whether the input is used or not.
# *Difficulty 1 of 5, about 4 minutes, 1 point.*


# %% nbgrader={"grade": false, "grade_id": "NB04-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E04"]
def five_input_grads(x):
    """Error signals of the five inputs of f = (x1 + x2)*x3 - x4.

    x is an array of shape (5,): x1 to x5 in order; f does not use x5.
    Returns x_bar, an array of shape (5,).
    """
    ### BEGIN SOLUTION
    a_bar = x[2]
    return np.array([a_bar, a_bar, x[0] + x[1], -1.0, 0.0])
    ### END SOLUTION


# %% [markdown] tags=["NB04.E04"]
# <details>
# <summary>Hint</summary>
#
# The cell above does it for one point. Put the five entries of `x` in the places of its numbers, and collect the
# five bars in one array.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E04"]
check("NB04.E04")

# %% [markdown] tags=["NB04.G1"]
# ### NB04.G1 · Step through the graph
#
# This is the graph of NB04.W1. Click on it, or tab to it; then press → to take a step and ← to go back. First the
# values come in from the left. Then the error signals return, one edge at a time: upstream × local = downstream.
# **Say the next number before you press.** Then change an input, in the row above the graph, and look at the same
# step again: which numbers move when `w` does, and which when `t` does?

# %% tags=["NB04.G1"]
GraphStepper(logistic_least_squares, 2.0, -1.0, 1.5, 0.0)

# %% [markdown] tags=["NB04.G1"]
# Here is the graph with four inputs of NB04.W3. In this one each number stays hidden until you have typed it.

# %% tags=["NB04.G1"]
GraphStepper(five_inputs, 5.0, 4.0, 3.0, 2.0, 1.0, predict=True)

# %% [markdown] tags=["NB04.G2"]
# ### NB04.G2 · All ways from here to there
#
# A bar is a sum over edges. Unroll it as far as it goes, and it is a sum over *routes*: multiply the local slopes
# along each way from a value to the loss, then add up the ways. **Before you run it:** which edge belongs to every
# way? Its slope is a shared factor, and the backward pass multiplies by it once.
#
# Click on the graph, or tab to it; → and ← go through the routes. Then begin at `y`, or end at `u`.

# %% tags=["NB04.G2"]
PathHighlighter(fan_out, 2.0)

# %% [markdown] tags=["NB04.G2"]
# One of the ways through `skip` has no function on it at all. **What does it add?** Answer first, then look at its
# product. And `ladder` has two ways past each of its seven rungs: how many routes are there in all?


# %% tags=["NB04.G2"]
def skip(x):
    a = 2 * x
    h = np.tanh(a)
    y = h + x
    return y


def ladder(x):
    for _ in range(7):
        x = x * 1.1 + np.sin(x)
    return x


program, point = skip, 0.3  # change me: ladder, or a function of your own
PathHighlighter(program, point)

# %% [markdown] tags=["NB04.G2"]
# With every rung the number of routes doubles, and the number of edges grows by four. So nobody lists routes: the
# walk back adds up what meets at a value *before* it multiplies on.

# %% [markdown] tags=["NB04.R2"]
# ### Reflection NB04.R2: a program that differentiates programs
#
# You have seen a graph by hand, and the rule of a node. Now sketch, in words or in Python without details, a program
# that takes any function made of primitives and returns all its slopes. What does it record on the way forward? What
# does it need for each primitive? In which order does it go backward, and what does it add up? Compare your sketch
# with NB04.W4, and again with NB07. Five to eight sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB04-R2", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB04.R2"]
# Going forward, the program runs the function on numbers that are wrapped, so that each primitive leaves a record:
# which primitive it was, on which earlier values it worked, and what came out. The records are the nodes of a graph.
# For each primitive there is one rule, written once by hand: given the bar of the output and the values of inputs
# and output, it returns what goes to each input. Going backward, the program sets all bars to 0 and the bar of the
# result to 1. Then it takes the nodes in reverse order of their computation, so that the bar of a node is whole
# before it is used. For each it calls the rule and adds the results to the bars of the inputs. At the end the bars
# of the arguments are the slopes. The program never sees a formula of the whole function.
#
# **What a good answer says.** (1) A record of the run: operation, inputs, values. (2) A table with one rule for each
# primitive, which knows nothing of the rest. (3) Seed 1, reverse order, contributions added. (4) Values of the
# forward pass are kept because the rules need them.

# %% [markdown] tags=["NB04.W4"]
# ## NB04.W4 · Which node comes next?
#
# Every step so far was written by hand, in an order that we chose. A program that does it for any graph needs two
# things: an order of the nodes, and one loop.
#
# - **Forwards** a node can be computed as soon as its parents are. A list in which every node stands behind all its
#   parents is a **topological order**.
# - **Backwards** a node can pass its bar on as soon as all nodes that *use* it have delivered theirs. The same list,
#   read from its end, has that property.
#
# So the forward pass goes through the list as it stands, parents first. The backward pass goes through the same list
# reversed.
#
# ### The algorithm
#
# Three kinds of nodes occur. *Inputs* are data, such as $x$ and $t$. *Parameters* are what we train, such as $w$ and
# $b$. *Compute nodes* are what the program calculates from other nodes. Each node holds two numbers: its value $v_i$
# and its bar $\bar v_i$. Let $v_1, \dots, v_N$ be all of them in topological order, $v_N$ being the loss.
#
# 1. **Forward.** For $i = 1, \dots, N$: compute $v_i$ from its parents, and keep it.
# 2. **Reset.** Set all bars to 0. Then set $\bar v_N = 1$. (In the other order the seed would be wiped out again.)
# 3. **Backward.** For $i = N, \dots, 1$: to the bar of each parent add $\bar v_i$ × (slope of $v_i$ for this parent).
#
# When the walk arrives at $v_i$, all its terms have arrived:
#
# $$
# \bar v_i = \sum_{j \,\text{uses}\, i} \bar v_j \, \frac{\partial v_j}{\partial v_i} .
# $$
#
# Three things follow.
#
# - **Modular.** A node knows the slopes for its own parents and nothing else. So nodes can be written one by one, and put
#   together freely. The algorithm does not care what the graph looks like: a line, a network, a program with branches.
# - **Stored, not derived again.** Values and bars are kept and used by all who need them. Computer science calls this
#   dynamic programming.
# - **Linear.** Either pass uses each edge once. So a backward pass costs about as much as a forward pass, however many
#   paths lead through the graph. How many are there? Put diamonds one behind another: each doubles the number.


# %% tags=["NB04.W4"]
def diamonds(x):
    for _ in range(20):
        x = np.sin(x) + np.cos(x)  # two ways from each x to the next
    return x


graph = trace(diamonds, 0.5)
walked, paths = len(graph.contributions()), 2**20
print(f"20 diamonds: {walked} edges walked, {paths} paths")

assert walked == 80
assert np.isclose(graph.backward()[0], numerical_gradient(diamonds, 0.5))

# %% [markdown] tags=["NB04.Q1"]
# ### Quiz NB04.Q1: forwards and backwards

# %% tags=["NB04.Q1"]
quiz("NB04.Q1")

# %% [markdown] tags=["NB04.W4"]
# ### Too early
#
# What if the backward walk does *not* follow the reversed order? Take the fan-out of NB04.W3 again. Its node $y$ has
# two users. Suppose that the walk comes to $y$ when only the share through $u$ has arrived, and hands that on.

# %% tags=["NB04.W4"]
too_early = through_u * 2 * x  # sent to x before the share through v was there
print(f"x bar, sent too early: {too_early:.6f}")
print(f"x bar, sent in order:  {x_bar:.6f}")

assert np.isclose(too_early + through_v * 2 * x, x_bar)

# %% [markdown] tags=["NB04.W4"]
# Nothing crashes, and $\bar y$ itself ends up right. Only what lies below $y$ is wrong: a slip that is hard to see.

# %% [markdown] tags=["NB04.Q2"]
# ### Quiz NB04.Q2: visited too early

# %% tags=["NB04.Q2"]
quiz("NB04.Q2")

# %% [markdown] tags=["NB04.E05"]
# ### Exercise NB04.E05: an order for any graph
#
# **Why it matters:** every framework does this before it goes backward. Long programs make long chains, so it must
# not depend on how deep a graph is.
# *Difficulty 4 of 5, about 15 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB04-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E05"]
def topological_order(parents):
    """List the nodes of a graph such that each stands behind all its parents.

    parents is a dict that maps every node to a tuple of its parents, which is empty for
    an input and may hold a node twice. Keys come in any order; there may be several
    nodes that no other one uses, and chains of several thousand nodes.
    Returns order, a list in which every node stands once.
    Raises ValueError if there is a cycle.
    """
    ### BEGIN SOLUTION
    waiting_for = {node: len(above) for node, above in parents.items()}
    users = {node: [] for node in parents}
    for node, above in parents.items():
        for parent in above:
            users[parent].append(node)
    order = [node for node in parents if waiting_for[node] == 0]
    for node in order:  # the list grows while it is read
        for user in users[node]:
            waiting_for[user] -= 1
            if waiting_for[user] == 0:
                order.append(user)
    if len(order) < len(parents):
        raise ValueError("the graph has a cycle")
    return order
    ### END SOLUTION


# %% [markdown] tags=["NB04.E05"]
# <details>
# <summary>Hint</summary>
#
# Count for each node the parents that are still to be listed. Whose count is 0 is ready. Listing a node lowers the
# count of those that use it; a parent that stands twice in a tuple counts twice. What is left over at the end, if
# there is a cycle?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E05"]
check("NB04.E05")

# %% [markdown] tags=["NB04.E06"]
# ### Exercise NB04.E06: backwards through any graph
#
# **Why it matters:** this loop is the whole algorithm. In NB07 the slopes become functions; the loop stays.
# *Difficulty 3 of 5, about 12 minutes, 4 points.*


# %% nbgrader={"grade": false, "grade_id": "NB04-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E06"]
def graph_backward(order, parents, local_grads, seed):
    """Error signal of every node of a graph.

    order is a list of all nodes in topological order; its last node is the loss.
    parents maps each node to a tuple of its parents, and local_grads maps each node to
    a list of floats: its slope with respect to each parent, in the same order. A parent
    may occur twice, with a slope each time. seed is the bar of the loss, a float.
    Returns bars, a dict that maps every node to its bar: 0.0 where no path leads to the
    loss.
    """
    ### BEGIN SOLUTION
    bars = dict.fromkeys(order, 0.0)
    bars[order[-1]] = seed
    for node in reversed(order):
        for parent, slope in zip(parents[node], local_grads[node], strict=True):
            bars[parent] += bars[node] * slope
    return bars
    ### END SOLUTION


# %% [markdown] tags=["NB04.E06"]
# <details>
# <summary>Hint</summary>
#
# Begin with 0.0 for every node, and with the seed for the last one. Then walk through the order from its end. A node
# that you arrive at is complete: send upstream × local along each of its edges.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E06"]
check("NB04.E06")

# %% [markdown] tags=["NB04.W5"]
# ## NB04.W5 · A penalty adds a second path
#
# Large weights are often punished: to the loss one adds $\lambda R$ with $R = \tfrac12 w^2$.
#
# $$
# \mathcal{L}_{\text{reg}} = \mathcal{L} + \lambda R, \qquad R = \tfrac12 w^2 .
# $$
#
# What does this change? Look at the graph before you calculate. Which values have gained an edge?


# %% tags=["NB04.W5"]
def regularised(w, b, x, t, lam):
    z = w * x + b
    y = sigmoid(z)
    L = 0.5 * (y - t) ** 2
    R = 0.5 * w**2
    L_reg = L + lam * R
    return L_reg


w, b, x, t, lam = 2.0, -1.0, 1.5, 0.0, 0.1

picture(
    trace(regularised, w, b, x, t, lam),
    alt="Computation graph of the loss with a penalty. Two edges leave w: one into the "
    "product with x as before, one into the square that becomes the penalty. One edge "
    "leaves b. Both branches meet in the last sum.",
)

# %% [markdown] tags=["NB04.W5"]
# Two edges leave $w$ now, so two terms add up in $\bar w$. The sum at the end hands 1 to both branches, and the factor
# $\lambda$ makes $\bar R = \lambda$:
#
# $$
# \bar w = \underbrace{\bar z\,x}_{\text{through } z} + \underbrace{\bar R\,w}_{\text{through } R},
# \qquad \bar R = \lambda .
# $$
#
# From $b$ no new edge leaves. Its bar stays what it was. The measurement agrees:

# %% tags=["NB04.W5"]
through_z = numerical_gradient(lambda w: logistic_least_squares(w, b, x, t), w)
through_R = lam * w
w_bar = numerical_gradient(lambda w: regularised(w, b, x, t, lam), w)
b_bar = numerical_gradient(lambda b: regularised(w, b, x, t, lam), b)

print(f"w bar = {w_bar:.6f} = {through_z:.6f} (through z) + {through_R:.6f} (through R)")
print(f"b bar = {b_bar:.6f}")

assert np.isclose(w_bar, through_z + through_R)
assert round(w_bar, 6) == 0.338717
assert round(b_bar, 6) == 0.092478  # as without the penalty

# %% [markdown] tags=["NB04.E02"]
# ### Exercise NB04.E02: two paths to one weight
#
# **Why it matters:** a forgotten path is an easy slip in a backward pass written by hand. The loss may fall all the
# same, so the slip hides well.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB04-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E02"]
def reg_logistic_ls_grads(w, b, x, t, lam):
    """Error signals of w and b for L_reg = (y - t)**2 / 2 + lam * w**2 / 2.

    Here y = sigmoid(w*x + b). All arguments are floats.
    Returns the pair (w_bar, b_bar) of floats.
    """
    ### BEGIN SOLUTION
    y = sigmoid(w * x + b)
    z_bar = (y - t) * y * (1 - y)
    return z_bar * x + lam * w, z_bar
    ### END SOLUTION


# %% [markdown] tags=["NB04.E02"]
# <details>
# <summary>Hint</summary>
#
# The data part is that of E01. Count the edges that leave $w$, and those that leave $b$. One term for each edge.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E02"]
check("NB04.E02")

# %% [markdown] tags=["NB04.W5"]
# ### The graph of a regression with a penalty
#
# Now with arrays. A linear model $\hat y = Xw + b$ meets $N$ targets, and the squares are averaged:
#
# $$
# \mathcal{L} = \frac{1}{2N}\sum_{i=1}^{N}(\hat y_i - y_i)^2 + \frac{\lambda}{2}\sum_{j=1}^{d} w_j^2 .
# $$
#
# **Draw its graph before you look.** A node may hold an array, so five boxes on the way from $X$, $w$ and $b$ to the
# loss are enough if the squares and their mean share one. Mark the node with two users.


# %% tags=["NB04.W5"]
def l2_regression(w, b, X, y, lam):
    yhat = X @ w + b
    error = yhat - y
    data = np.mean(error**2) / 2
    R = np.sum(w**2) / 2
    L = data + lam * R
    return L


X_small, y_small = rng.normal(size=(4, 2)), rng.normal(size=4)
regression = trace(l2_regression, np.array([1.0, -2.0]), 0.5, X_small, y_small, 0.1)

users = [node.name for node in regression.nodes if 0 in node.inputs]  # node 0 is w
print("users of w:", ", ".join(users))
assert len(users) == 2

picture(
    regression,
    alt="Computation graph of regression with a penalty. w goes into the product with X "
    "and also into a square. X w plus b gives the predictions, y is taken off, the "
    "squares are averaged and halved. The squares of w are summed, halved and "
    "multiplied by lambda. Both branches meet in the loss.",
)

# %% [markdown] tags=["NB04.W5"]
# The shape is that of the single unit: one branch through the predictions, one through the penalty. The bar of an
# array is an array of the same shape, one number for each entry. $\bar{\hat y}_i = (\hat y_i - y_i)/N$ is the bar of
# one prediction. Each weight $w_j$ is used by *every* example, with the slope $X_{ij}$. So its bar is a sum over all
# of them, and the penalty adds its own term.

# %% [markdown] tags=["NB04.E07"]
# ### Exercise NB04.E07: a regression with a penalty
#
# **Why it matters:** this is the first loss of the course that is a mean over examples and a sum of two parts. Every
# loss of a network looks like it.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB04-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB04.E07"]
def l2_regression_grads(w, b, X, y, lam):
    """Gradients of (1/(2N)) * sum((yhat - y)**2) + (lam/2) * sum(w**2).

    Here yhat = X @ w + b: X has shape (N, d) with one example in each row, w has shape
    (d,), y has shape (N,), b and lam are floats. The first part is half a mean over the
    N examples; the penalty has no factor 1/N and leaves b alone.
    Returns the pair (w_bar, b_bar): an array of shape (d,) and a float.
    """
    ### BEGIN SOLUTION
    yhat_bar = (X @ w + b - y) / len(y)
    return X.T @ yhat_bar + lam * w, yhat_bar.sum()
    ### END SOLUTION


# %% [markdown] tags=["NB04.E07"]
# <details>
# <summary>Hint</summary>
#
# Begin with the bar of the predictions: an array of shape $(N,)$, which holds the factor $1/N$ already. Each example
# adds its share to $\bar w$ and to $\bar b$. Write the shapes under the product that makes $\bar w$.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB04-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB04.E07"]
check("NB04.E07")

# %% [markdown] tags=["NB04.G3"]
# ### NB04.G3 · How fine shall it be cut?
#
# One loss, cut in four ways: as one node, line by line, as the engine records it, and with the sigmoid and the square
# written out. **Before you switch:** which numbers must be the same for all four, and which cannot be? Then step back
# through the whole and through the lines. Where has the slope of the sigmoid gone when the whole is one node?

# %% tags=["NB04.G3"]
GranularitySwitch(logistic_least_squares, 2.0, -1.0, 1.5, 0.0)

# %% [markdown] tags=["NB04.G3"]
# And here for a very negative $z$. **What will the slope be when the sigmoid is written out?**

# %% tags=["NB04.G3"]
GranularitySwitch(lambda z: sigmoid(z), -800.0)

# %% [markdown] tags=["NB04.G3"]
# Loss and slopes agree: the cut is a choice. A fine cut needs only simple rules, and keeps more values. A coarse cut
# keeps fewer and walks fewer edges, but somebody has to derive its rules. Sometimes the coarse rule is also the
# safer one: the sigmoid by way of $e^{-z}$ overflows for a very negative $z$, and one rule for the whole can avoid
# that. NB05 has an example.

# %% [markdown]
# ## Recap
#
# 1. A program is a graph: nodes are values, edges say what is computed directly from what.
# 2. $\bar v = \partial\mathcal{L}/\partial v$ is a number that the program holds for the value $v$.
# 3. Every edge does one thing: upstream × local = downstream.
# 4. Where several edges leave a value, their contributions add; where none does, the bar is 0.
# 5. Values go from left to right, bars from right to left, and no factor is computed twice.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapter 2. A. Griewank and A. Walther,
# *Evaluating Derivatives*, chapter 3. PyTorch documentation, "Autograd mechanics". JAX documentation, "The Autodiff
# Cookbook".
#
# **Next.** In NB05 the squared error makes way for a loss that fits probabilities, and its slopes become surprisingly
# short. In NB06 a whole batch passes through a layer at once. The sum over paths becomes a sum over examples.
