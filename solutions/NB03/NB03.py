# %% [markdown]
# # NB03 · Derivatives, Jacobians and three ways to differentiate
#
# A loss depends on a million weights. Its gradient says what happens when each of them is nudged. Must the program
# run a million times to find out?
#
# **Goals.** After this unit you can
#
# - use the chain rule in all its forms: for numbers, for several paths, for vectors;
# - write down a Jacobian, and say in which layout it is;
# - compare symbolic, numerical and automatic differentiation, and say where each fails;
# - build a Jacobian from products, by columns or by rows, and count what that costs;
# - write the backward rules of a matrix product and of an elementwise function.
#
# **You need** gradients and step sizes (NB02), and the notation of NB00: bars, and gradients shaped like the variable.
#
# **Time:** about 120 minutes. Paper and pencil help.

# %% tags=["NB03.setup"]
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle
from numpy.polynomial import Polynomial

from autograder import check
from backprop_course import grad, jacobian, jvp, vjp
from backprop_course.widgets import (
    ChainedArrows,
    DifferenceMicroscope,
    JacobianBuilder,
    picture,
    quiz,
)

rng = np.random.default_rng(3)  # the only source of chance in this notebook

BLUE, RED, PALE = "#0072B2", "#D55E00", "#BBDDF2"

# %% [markdown] tags=["NB03.W1"]
# ## NB03.W1 · What does a derivative promise?
#
# Write $y \to z$ if $z$ is computed from $y$. For $z(y) = 2y^2$ the **derivative** is
#
# $$
# \frac{\mathrm{d}z}{\mathrm{d}y} = \lim_{h\to0}\frac{z(y+h) - z(y)}{h} = 4y .
# $$
#
# What is it good for? It predicts what a small nudge does: $z(y + h) \approx z(y) + 4y\,h$. At $y = 3$ a nudge of
# $0.1$ should move $z$ by about $12\cdot 0.1 = 1.2$. How good is the prediction? Halve the nudge and look at what is
# left over.

# %% tags=["NB03.W1"]
y = 3.0
for h in [0.1, 0.05, 0.025]:
    moved = 2 * (y + h) ** 2 - 2 * y**2
    print(f"nudge {h:<6} moves z by {moved:.5f}, predicted {4 * y * h:.5f}")
    assert np.isclose(moved - 4 * y * h, 2 * h**2)

# %% [markdown] tags=["NB03.W1"]
# Halve the nudge, and the error of the prediction becomes a quarter of what it was. That is the promise: the error
# vanishes faster than the nudge.
#
# ### The gradient
#
# A function $f:\mathbb{R}^n\to\mathbb{R}$ of several numbers has a slope along each of them. The **gradient** holds
# these partial derivatives:
#
# $$
# \nabla f(x) = \Bigl(\frac{\partial f}{\partial x_1},\ \dots,\ \frac{\partial f}{\partial x_n}\Bigr)^{\!\top} .
# $$
#
# In formulas $x$ and $\nabla f$ are columns. In code both are arrays, and **the gradient has the shape of the variable**
# (NB00). Its promise is the same: for a small nudge $\Delta$,
# $\;f(x+\Delta) \approx f(x) + \nabla f(x)^{\top}\Delta$.
#
# **With a pencil:** $f(x_1,x_2) = x_1^2x_2 + x_2$ has the partial derivatives $2x_1x_2$ and $x_1^2 + 1$. At $(3, 2)$
# they are 12 and 10. The package's `grad` makes a function that returns the gradient. How it does so is the subject of
# this course.

# %% tags=["NB03.W1"]
gradient = grad(lambda x: x[0] ** 2 * x[1] + x[1])(np.array([3.0, 2.0]))
print(gradient)

assert gradient.tolist() == [12, 10]

# %% [markdown] tags=["NB03.Q1"]
# ### Quiz NB03.Q1: partial derivatives

# %% tags=["NB03.Q1"]
quiz("NB03.Q1")

# %% [markdown] tags=["NB03.W2"]
# ## NB03.W2 · How does a nudge travel through a chain?
#
# Let $x \to y \to z$ with $y = x^2$ and $z = \sin y$. A nudge $h$ of $x$ moves $y$ by about $2x\,h$. That is in turn a
# nudge of $y$, and it moves $z$ by about $\cos(y)$ times as much. So the slopes **multiply**:
#
# $$
# \frac{\mathrm{d}z}{\mathrm{d}x}
#   = \frac{\mathrm{d}z}{\mathrm{d}y}\cdot\frac{\mathrm{d}y}{\mathrm{d}x}
#   = \cos(y)\cdot 2x = \cos(x^2)\cdot 2x .
# $$
#
# This is the chain rule for functions put one into the other, $z(y(x))$. Mind where each slope is taken: $\cos$ at
# $y$, not at $x$.

# %% [markdown] tags=["NB03.G3"]
# ### NB03.G3 · A small change on its way
#
# Three number lines, one for each value of the chain. Drag `x` on the first, and the tip of its arrow, which is the nudge.
# A dot marks such an arrow: $\dot x$ is the nudge, $\dot y$ and $\dot z$ are what it becomes. The thick arrows are what
# the slopes predict, the dashed ones what really happens. Below stand the slopes, written $J$, and their product.
# **Guess first:** at which `x` do the slopes predict that $z$ stays where it is, although $y$ moves? Does $z$ stay there?
# What becomes of the gap between both arrows when the nudge is half as long?
#
# <details>
# <summary>Answer</summary>
#
# At $x = \sqrt{\pi/2} \approx 1.25$, so that $y = \pi/2$ and $\cos y = 0$: there the sine has its top. The thick
# arrow of $z$ is next to nothing, and a dashed one to the left remains, since from the top it goes down to either side.
# Halve the nudge, and the dashed arrow becomes about a quarter of what it was, as in NB03.W1.
#
# </details>


# %% tags=["NB03.G3"]
def square(x):
    return x**2


ChainedArrows([square, np.sin], 0.8, nudge=0.2, direction=0, view=(0, 1.6))

# %% [markdown] tags=["NB03.W2"]
# ### Two paths
#
# Now let $t$ reach $f$ in two ways: $x = \cos t$ and $y = t^2$, and $f = y + e^{xy}$. A nudge of $t$ moves $x$ and $y$,
# and both move $f$. For small nudges the two effects **add**:
#
# $$
# \frac{\mathrm{d}f}{\mathrm{d}t}
#   = \frac{\partial f}{\partial x}\,\frac{\mathrm{d}x}{\mathrm{d}t} +
#     \frac{\partial f}{\partial y}\,\frac{\mathrm{d}y}{\mathrm{d}t} .
# $$
#
# With as many paths as you like, $f(g_1(t),\dots,g_M(t))$, the sum has $M$ terms. In bar notation (a bar marks
# the slope of the result with respect to a value) it is shorter, and it reads from the result back to the input:
#
# $$
# \bar t = \bar x\,\frac{\mathrm{d}x}{\mathrm{d}t} + \bar y\,\frac{\mathrm{d}y}{\mathrm{d}t} .
# $$
#
# Here the four parts are
#
# | part | slope |
# |:-|:-|
# | $\bar x = \partial f/\partial x$ | $y\,e^{xy}$ |
# | $\bar y = \partial f/\partial y$ | $1 + x\,e^{xy}$ |
# | $\mathrm{d}x/\mathrm{d}t$ | $-\sin t$ |
# | $\mathrm{d}y/\mathrm{d}t$ | $2t$ |
#
# Take the second row slowly: $y$ stands in $f$ twice, by itself and in the exponent.


# %% tags=["NB03.W2"]
def two_paths(t):
    x, y = np.cos(t), t**2
    return y + np.exp(x * y)


slope = grad(two_paths)(1.0)  # by the package
h = 1e-6
measured = (two_paths(1 + h) - two_paths(1 - h)) / (2 * h)  # by two nudges
print(f"f(1) = {two_paths(1.0):.6f}, slope {slope:.6f}, measured {measured:.6f}")

assert round(two_paths(1.0), 6) == 2.716526
assert round(slope, 6) == 2.410479
assert np.isclose(measured, slope)

# %% [markdown] tags=["NB03.E01"]
# ### Exercise NB03.E01: two paths to one result
#
# **Why it matters:** in a network every weight of an early layer reaches the loss through many paths. All of them count.
# *Difficulty 2 of 5, about 8 minutes, 1 point.*


# %% nbgrader={"grade": false, "grade_id": "NB03-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E01"]
def total_derivative(t):
    """Value and slope of f = y + exp(x*y) with x = cos(t) and y = t**2.

    t is a float, or an array of any shape; then every entry is a point of its own.
    Returns the pair (f, dfdt), both of the shape of t: the value and its derivative with
    respect to t.
    """
    ### BEGIN SOLUTION
    x, y = np.cos(t), t**2
    e = np.exp(x * y)
    return y + e, y * e * -np.sin(t) + (1 + x * e) * 2 * t
    ### END SOLUTION


# %% [markdown] tags=["NB03.E01"]
# <details>
# <summary>Hint</summary>
#
# Compute $x$, $y$ and $e^{xy}$ first and keep them. Then one product for each path, and one sum. At $t = 1$ the cell
# above says what must come out.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E01"]
check("NB03.E01")

# %% [markdown] tags=["NB03.W3"]
# ## NB03.W3 · What is the derivative of a vector?
#
# A function $f:\mathbb{R}^n\to\mathbb{R}^m$ has $n$ inputs to nudge and $m$ outputs to watch. That makes $mn$ slopes. The
# **Jacobian** holds them in a matrix, one row for each output and one column for each input:
#
# $$
# J_f(x) = \begin{pmatrix}
#   \dfrac{\partial f_1}{\partial x_1} & \cdots & \dfrac{\partial f_1}{\partial x_n} \\
#   \vdots & & \vdots \\
#   \dfrac{\partial f_m}{\partial x_1} & \cdots & \dfrac{\partial f_m}{\partial x_n}
# \end{pmatrix},
# \qquad J_{ij} = \frac{\partial f_i}{\partial x_j} .
# $$
#
# Its promise: $f(x + \Delta) \approx f(x) + J_f(x)\,\Delta$. Row $i$ is the gradient of $f_i$, laid down:
# $\nabla f_i^{\top} = e_i^{\top}J$, where $e_i$ is the unit vector with a 1 in place $i$.
#
# **With a pencil:** $f(x_1,x_2) = (x_1x_2,\ x_1^2,\ 3x_2)$ at $(2, 5)$. Write the three rows before you run the cell.


# %% tags=["NB03.W3"]
def f(x):
    return np.stack([x[0] * x[1], x[0] ** 2, 3 * x[1]])


x = np.array([2.0, 5.0])
J_f = jacobian(f)(x)
print(J_f)

assert J_f.tolist() == [[5, 2], [4, 0], [0, 3]]

# %% [markdown] tags=["NB03.W3"]
# ### Two layouts
#
# This form, outputs down and inputs across, is the **numerator layout**. Some texts use its transpose, the *denominator
# layout*, and some change between the two. The course keeps two rules:
#
# 1. Jacobians are in numerator layout: output first, then input.
# 2. A gradient or a bar has the shape of its variable.
#
# The two differ for $m = 1$ already: the Jacobian of a number is a row, $1\times n$, and the gradient its transpose. If a
# formula of another text looks transposed here, ask first for its layout.

# %% [markdown] tags=["NB03.Q2"]
# ### Quiz NB03.Q2: special cases

# %% tags=["NB03.Q2"]
quiz("NB03.Q2")

# %% [markdown] tags=["NB03.W3"]
# ### The chain rule is a matrix product
#
# Put one function into another, $x \to y = g(x) \to z = f(y)$. Output $z_i$ depends on $x_j$ through every $y_k$. One
# path for each $k$, and the paths add:
#
# $$
# \frac{\partial z_i}{\partial x_j} = \sum_k \frac{\partial z_i}{\partial y_k}\,\frac{\partial y_k}{\partial x_j} .
# $$
#
# This is just how matrices are multiplied:
#
# $$
# J_{f\circ g}(x) = J_f\bigl(g(x)\bigr)\; J_g(x) .
# $$
#
# With $g:\mathbb{R}^d\to\mathbb{R}^n$ and $f:\mathbb{R}^n\to\mathbb{R}^m$ the shapes are
# $(m\times d) = (m\times n)(n\times d)$. The outer function stands on the left, and its Jacobian is taken at $g(x)$.
#
# **With a pencil:** follow $f$ above by $h(y) = y_1y_2 + y_3$. At $y = f(2,5) = (10, 4, 15)$ its Jacobian is the row
# $(4, 10, 1)$. Multiply it by the matrix above.


# %% tags=["NB03.W3"]
def h(y):
    return y[0] * y[1] + y[2]


J_h = jacobian(h)(f(x)).reshape(1, 3)  # the package leaves a number's axis out
product = J_h @ J_f
print(f"{J_h} times J_f is {product}")

assert J_h.tolist() == [[4, 10, 1]]
assert product.tolist() == [[60, 11]]
assert np.allclose(product[0], grad(lambda x: h(f(x)))(x))

# %% [markdown] tags=["NB03.W3"]
# The sums are still there, but the symbols for them are gone. That is why derivations are written with matrices: they are
# short, the shapes check them, and machines multiply matrices fast.
#
# ### Inputs that are matrices
#
# Weights often form a matrix. If $X$ has shape $(n, p)$ and $f(X)$ shape $(m,)$, then there are $m\cdot n\cdot p$
# slopes, in an array of shape $(m, n, p)$. In general: **the shape of the output, followed by the shape of the input.**

# %% tags=["NB03.W3"]
X = rng.standard_normal((4, 3))
print("the sums of the columns have shape", X.sum(axis=0).shape)
print("their Jacobian has shape          ", jacobian(lambda X: X.sum(axis=0))(X).shape)

assert jacobian(lambda X: X.sum(axis=0))(X).shape == (3, 4, 3)

# %% [markdown] tags=["NB03.Q3"]
# ### Quiz NB03.Q3: one chain, several forms

# %% tags=["NB03.Q3"]
quiz("NB03.Q3")

# %% [markdown] tags=["NB03.W4"]
# ## NB03.W4 · Who does the work: a formula, a nudge or the program?
#
# There are three ways to differentiate a program. Take a short one with a loop, which applies $v \leftarrow 4v(1-v)$
# $k$ times, and ask for the slope of its result.
#
# **Symbolic.** Write the whole program as one formula and differentiate it by the rules of school. For $k = 1$ this is
# $4x(1-x)$; for $k = 2$ it is $4\cdot 4x(1-x)\cdot\bigl(1 - 4x(1-x)\bigr)$. Multiplied out it is a polynomial, and
# the result is exact and can be read. But each further step doubles its length.
#
# **Numerical.** Run the program at two places close to each other, and divide:
#
# $$
# \frac{f(x+h) - f(x)}{h} \quad\text{(forward)}, \qquad \frac{f(x+h) - f(x-h)}{2h} \quad\text{(central)} .
# $$
#
# Nothing need be known about the program, it may even be a machine in a cellar. But the result is approximate. And for
# $n$ inputs it takes $2n$ runs with central differences, or $n + 1$ with forward ones.
#
# **Automatic.** Take the program line by line. Each line is a *primitive* whose derivative is known; next to each value
# keep its slope, by the chain rule:
#
# $$
# v \leftarrow 4v(1-v), \qquad \dot v \leftarrow 4(1 - 2v)\,\dot v .
# $$
#
# The dot marks the slope of a value with respect to the input. There is no large formula, and no nudge. The result is
# exact up to rounding, and the cost is that of the program times a small constant.
#
# **With a pencil:** begin at $x = 0.3$ with $\dot x = 1$. After one step $v = 0.84$ and $\dot v = 1.6$. What is $\dot v$ after
# two steps? The line $k = 2$ of the table has the answer.


# %% tags=["NB03.W4"]
def loop(x, k):
    for _ in range(k):
        x = 4 * x * (1 - x)
    return x


def loop_with_slope(x, k):
    slope = 1.0
    for _ in range(k):
        x, slope = 4 * x * (1 - x), 4 * (1 - 2 * x) * slope
    return x, slope


def loop_as_formula(k):
    return loop(Polynomial([0, 1]), k)  # the same program, run on a polynomial


x, nudge = 0.3, 1e-6
print(" k   symbolic       terms   numerical      automatic")
for k in range(1, 7):
    formula = loop_as_formula(k).deriv()
    symbolic = formula(x)
    numerical = (loop(x + nudge, k) - loop(x - nudge, k)) / (2 * nudge)
    _, automatic = loop_with_slope(x, k)
    terms = len(formula.coef)
    print(f"{k:2}   {symbolic:<13.8g}  {terms:5}   {numerical:<13.8g}  {automatic:.8g}")
    assert np.isclose(numerical, automatic)
    if k == 2:
        assert np.isclose(loop(x, k), 0.5376)
        assert np.isclose(symbolic, automatic)
        assert np.isclose(automatic, -4.352)

assert not np.isclose(symbolic, automatic)  # after six steps

# %% [markdown] tags=["NB03.W4"]
# Compare the last lines. The formula is exact on paper. Multiplied out it has huge terms of both signs, and in floating
# point they cancel badly: after six steps no digit of it is right. The program itself, with its slope beside it, is as
# accurate as ever.
#
# | way | result | cost for $n$ inputs | good for | bad for |
# |:-|:-|:-|:-|:-|
# | symbolic | exact, a formula to read | grows with the formula | short formulas, insight | loops, long programs |
# | numerical | approximate | $2n$ or $n+1$ runs | black boxes, checking | many inputs, high accuracy |
# | automatic | exact up to rounding | a small multiple of one run, for each direction | programs | black boxes |
#
# How many directions there are to go, and which way, is the question of NB03.W5. Automatic differentiation is **not** a
# numerical difference in disguise, although both return numbers: it knows no step $h$, and makes no error by one.

# %% [markdown] tags=["NB03.G1"]
# ### NB03.G1 · How small should the nudge be?
#
# Mathematics says: as small as possible. Try it. The plot shows the error of both differences for $\sin(x^2)$ over
# the step $h$, both axes in powers of ten. **Guess first:** where is the smallest error, and what happens left of it?

# %% tags=["NB03.G1"]
x = 1.3
exponents = np.arange(-15, 0)


def sine_of_square(x):
    return np.sin(x**2)


true_slope = np.cos(x**2) * 2 * x
steps = 10.0**exponents
forward = (sine_of_square(x + steps) - sine_of_square(x)) / steps
central = (sine_of_square(x + steps) - sine_of_square(x - steps)) / (2 * steps)
forward_error, central_error = np.abs(forward - true_slope), np.abs(central - true_slope)
best_step = steps[np.argmin(central_error)]
at_tiny_step = central_error[exponents == -12].item()
print(f"central ones are best at h = {best_step:.0e}, {central_error.min():.0e} off")
print(f"at h = 1e-12 they are {at_tiny_step:.0e} off")

figure, axes = plt.subplots(figsize=(6.8, 3.8), layout="constrained")
axes.loglog(steps, forward_error, "s--", color=RED, linewidth=2, label="forward")
axes.loglog(steps, central_error, "o-", color=BLUE, linewidth=2, label="central")
axes.set(xlabel="step h", ylabel="error", title=f"Slope of sin(x²) at x = {x}")
axes.grid(alpha=0.3)
axes.legend(frameon=False)
picture(
    figure,
    alt="Error over the step, both in powers of ten. From the right the error of forward "
    "differences falls by one power per power of the step, that of central ones by two. "
    "Both reach a lowest point, central ones near 1e-6 and lower, and rise again to the "
    "left, with jumps.",
)

# %% tags=["NB03.G1"]
assert x != 1.3 or 1e-7 <= best_step <= 1e-5
assert x != 1.3 or central_error.min() < 1e-9
assert x != 1.3 or at_tiny_step > 1e-8

# %% [markdown] tags=["NB03.G1"]
# Two errors pull in opposite directions.
#
# - The **truncation error** comes from the curve that the straight line ignores. It is about $h$ times a constant for
#   forward differences, and $h^2$ times a constant for central ones: there the errors of the two sides cancel.
# - The **rounding error** comes from subtracting two nearly equal numbers. Each is known to about 16 digits, so the
#   difference is off by about $10^{-16}$, and the division by $h$ makes $10^{-16}/h$ of it.
#
# For central differences the sum $h^2 + 10^{-16}/h$ is smallest for $h$ between $10^{-6}$ and $10^{-5}$. That is why
# the exercises below use $h = 10^{-6}$. They call it `eps`.

# %% [markdown] tags=["NB03.G1"]
# The microscope goes through the same steps one by one. Its errors are relative: the error over the size of the slope.
# It also has *float32*, numbers of half the length with about 7 digits. **Guess first:** is the best step there larger or
# smaller? The tolerance says how close a gradient and a difference must be to pass a check. At which steps would
# a right gradient be refused?

# %% tags=["NB03.G1"]
DifferenceMicroscope(sine_of_square, 1.3)

# %% [markdown] tags=["NB03.E02"]
# ### Exercise NB03.E02: a gradient by nudges
#
# **Why it matters:** with it you can check every gradient that you will ever derive. It is slow, but it does not share
# your slips.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*
#
# Three things are easily overlooked. `x` may have any shape. It may hold integers, which cannot be nudged by a millionth:
# work with floats. And it belongs to the caller: when you return, its entries must be what they were.


# %% nbgrader={"grade": false, "grade_id": "NB03-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E02"]
def numerical_gradient(f, x, eps=1e-6):
    """Gradient of f at x by central differences.

    f maps an array of the shape of x to a float. x is an array of any shape, of floats or
    integers, and is left as it was. eps is how far an entry is moved to either side.
    Returns gradient, an array of floats of the shape of x.
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        gradient[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% [markdown] tags=["NB03.E02"]
# <details>
# <summary>Hint</summary>
#
# `np.array(x, dtype=float)` makes a copy of floats. `np.ndindex(x.shape)` goes through the indices of an array of any
# shape; `x[index]` is the entry. Move one entry at a time, to either side. How far are the two places apart?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E02"]
check("NB03.E02")

# %% [markdown] tags=["NB03.E03"]
# ### Exercise NB03.E03: a Jacobian by nudges
#
# **Why it matters:** one nudge moves all outputs at once, so each run gives a whole column. The next part makes that
# exact.
# *Difficulty 3 of 5, about 10 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB03-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E03"]
def numerical_jacobian(f, x, eps=1e-6):
    """Jacobian of f at x by central differences, in numerator layout.

    f maps an array of the shape of x to an array of shape (m,). x is an array of any
    shape s. eps is how far an entry is moved to either side.
    Returns J, an array of shape (m, *s): the output's axis first, then the axes of x.
    For x of shape (n,) that is (m, n).
    """
    ### BEGIN SOLUTION
    x = np.array(x, dtype=float)
    J = np.zeros((len(f(x)), *x.shape))
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        J[(slice(None), *index)] = (f(x + step) - f(x - step)) / (2 * eps)
    return J
    ### END SOLUTION


# %% [markdown] tags=["NB03.E03"]
# <details>
# <summary>Hint</summary>
#
# As before, but the quotient is now an array of shape `(m,)`. For `x` of shape `(n,)` it belongs to `J[:, j]`; for any
# shape, `J[(slice(None), *index)]` says the same. `len(f(x))` is `m`.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E03"]
check("NB03.E03")

# %% [markdown] tags=["NB03.R1"]
# ### Reflection NB03.R1: which way for which program?
#
# Choose a way to differentiate for each, and give the reason in one or two sentences: (a) a closed formula of ten
# lines that will be printed in a report; (b) a simulator of which you have only the executable file, with five
# settings; (c) the loss of a network with $10^6$ weights. (For (c) you can say now what two of the ways would cost. What
# makes the third one cheap is in NB03.W5: come back after it.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB03-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB03.R1"]
# (a) Symbolic: the formula is short, so its derivative is too, and a reader wants to see it. Automatic differentiation
# would give the same numbers, but nothing to print. (b) Numerical: nothing is known about the inside, so there are no
# primitives to differentiate. Five settings take ten runs by central differences. The step must be chosen with care, all
# the more if the simulator's output is noisy or has few digits. (c) Automatic, in reverse mode: numerical differences
# would take two million runs for one gradient, and a formula of the whole network would be too long to write down. One
# backward pass costs a small multiple of one run, whatever the number of weights. A numerical check of a few
# entries is still worthwhile.
#
# **What a good answer says.** (1) Each choice with a reason that names cost, accuracy or access to the inside. (2) The
# number of runs is compared with the number of inputs in (b) and in (c). (3) It is said that the network's loss is one
# number, which is what makes reverse mode cheap, or that automatic means exact up to rounding.

# %% [markdown] tags=["NB03.W5"]
# ## NB03.W5 · From the left or from the right?
#
# A deep model is a chain. Take four links, $o = f_4(f_3(f_2(f_1(x))))$, and name the values in between:
# $x_1 = f_1(x)$, $x_2 = f_2(x_1)$, $x_3 = f_3(x_2)$, $o = f_4(x_3)$. By the chain rule
#
# $$
# J = \underbrace{\frac{\partial o}{\partial x_3}}_{m\times m_3}
#     \underbrace{\frac{\partial x_3}{\partial x_2}}_{m_3\times m_2}
#     \underbrace{\frac{\partial x_2}{\partial x_1}}_{m_2\times m_1}
#     \underbrace{\frac{\partial x_1}{\partial x}}_{m_1\times n} .
# $$
#
# ### Spot the slip
#
# Somebody writes the chain down in a hurry:
#
# $$
# J = \frac{\partial o}{\partial x_3}\cdot\frac{\partial x_3}{\partial x_2}
#     \cdot\frac{\partial x_1}{\partial x_1}\cdot\frac{\partial x_1}{\partial x} .
# $$
#
# One factor is not the Jacobian of a link. Which, and what should it be? Would the shapes have told you?
#
# <details>
# <summary>Answer</summary>
#
# The third. The factors are like a row of dominoes: what stands below in one stands above in the next, and each link
# occurs once. Behind $\partial x_3/\partial x_2$ there must follow $\partial x_2/\partial x_1$. As written,
# $\partial x_1/\partial x_1$ is the identity, and the link $f_2$ is lost. If $m_1$ and $m_2$ differ, the shapes tell:
# $m_3\times m_2$ does not fit $m_1\times m_1$. If they are equal, nothing does, and the result is simply wrong. The next
# cell shows both.
#
# </details>

# %% tags=["NB03.W5"]
for sizes in [(2, 3, 4, 5, 6), (3, 3, 3, 3, 3)]:  # n, m1, m2, m3, m
    J1, J2, J3, J4 = [rng.standard_normal((b, a)) for a, b in pairwise(sizes)]
    right = J4 @ J3 @ J2 @ J1
    identity = np.eye(sizes[1])
    if J3.shape[1] == identity.shape[0]:
        off = np.abs(J4 @ J3 @ identity @ J1 - right).max()
        print(f"sizes {sizes}: the shapes fit, and the result is off by {off:.2f}")
        assert off > 0.1
    else:
        print(f"sizes {sizes}: {J3.shape} times {identity.shape} does not fit")
        assert sizes[1] != sizes[2]

# %% [markdown] tags=["NB03.W5"]
# ### Two ways to multiply
#
# We hardly ever need $J$ itself, but products with it. Two kinds exist.
#
# | product | name | what goes in | what it gives with a unit vector |
# |:-|:-|:-|:-|
# | $J\,v$ | Jacobian-vector product, **JVP** | a nudge $v$ of the $n$ inputs | $v = e_j$: **column** $j$ |
# | $u^{\top}J$ | vector-Jacobian product, **VJP** | a weight $u$ for each of the $m$ outputs | $u = e_i$: **row** $i$ |
#
# Call the Jacobians of the links $J_1$ to $J_4$. Neither product multiplies two matrices with each other. A JVP begins on
# the right: $J_1v$, then $J_2(J_1v)$, and so on. It meets the links in the order in which the program runs: **forward
# mode**. A VJP begins on the left: $u^{\top}J_4$, then $(u^{\top}J_4)J_3$, and so on. It meets them from the last to the
# first: **reverse mode**.
#
# **With a pencil:** take $J_h = (4, 10, 1)$ and $J_f$ from NB03.W3.
#
# - JVP with $v = (1, 0)$: first $J_fv = (5, 4, 0)$, then $4\cdot5 + 10\cdot4 + 1\cdot0 = 60$. That is the first entry of
#   the result. The second takes another JVP.
# - VJP with $u = 1$: first $u^{\top}J_h = (4, 10, 1)$, then times $J_f$:
#   $(4\cdot5 + 10\cdot4,\ 4\cdot2 + 1\cdot3) = (60, 11)$. One product gives both entries.

# %% tags=["NB03.W5"]
x = np.array([2.0, 5.0])
_, first = jvp(lambda x: h(f(x)), (x,), (np.array([1.0, 0.0]),))
_, second = jvp(lambda x: h(f(x)), (x,), (np.array([0.0, 1.0]),))
_, back = vjp(lambda x: h(f(x)), x)
(row,) = back(1.0)
print(f"two JVPs give {first:g} and {second:g}; one VJP gives {row}")

assert (first, second) == (60, 11)
assert row.tolist() == [60, 11]

# %% [markdown] tags=["NB03.G3"]
# ### Both products as arrows
#
# The arrows of NB03.G3 again, now in the plane. The first link takes a radius and an angle to a point,
# $y = (x_1\cos x_2,\ x_1\sin x_2)$. The second is $z = (y_1^2 - y_2^2,\ 2y_1y_2)$.
#
# - *nudge, forward* is a JVP: $v = \dot x$ goes through $J_1$ and then $J_2$. The thin line around each point is where all
#   nudges of this length lead. It begins as a circle, and the Jacobian makes an ellipse of it.
# - *slope, back* is a VJP: $u = \bar z$ goes through $J_2$ and then $J_1$. A slope shows which way to go from a value so
#   that $\bar z\cdot z$ grows fastest.
#
# **Guess first:** (a) Where does a nudge of the angle alone move nothing? What do the slopes predict for $z$ there, and
# what happens really? (b) Go all the way back. Why are $\bar x\cdot\dot x$ and $\bar z\cdot\dot z$ one number, whichever
# way both arrows point?
#
# <details>
# <summary>Answer</summary>
#
# (a) At radius 0: the second column of $J_1$ is $(-x_1\sin x_2,\ x_1\cos x_2) = 0$. There $y = 0$, and so is $J_2$, whose
# entries are $\pm2y_1$ and $\pm2y_2$. The slopes predict that no nudge moves $z$. Really a nudge of the radius by $h$
# moves it by $h^2$. (b) Both are $u^{\top}J_2J_1v$, once multiplied from the left and once from the right.
#
# </details>


# %% tags=["NB03.G3"]
def polar(x):
    return np.stack([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])


def squared(y):
    return np.stack([y[0] ** 2 - y[1] ** 2, 2 * y[0] * y[1]])


view = ((0, 2), (-1, 1))  # of the radius and of the angle
ChainedArrows([polar, squared], (1.2, 0.5), nudge=0.5, direction=75, bar=60, view=view)

# %% [markdown] tags=["NB03.W5"]
# ### What does a whole Jacobian cost?
#
# A product of an $a\times b$ matrix and a vector takes $ab$ multiplications, each with an addition: $ab$ *multiply-adds*.
# So one product through the chain, JVP or VJP, costs
#
# $$
# C = m\,m_3 + m_3\,m_2 + m_2\,m_1 + m_1\,n .
# $$
#
# The whole Jacobian takes $n$ JVPs (one for each column), hence $n\,C$; or $m$ VJPs (one for each row), hence $m\,C$. The
# comparison is between $n$ and $m$, and a loss has $m = 1$.

# %% tags=["NB03.W5"]
n, m1, m2, m3, m = 100, 50, 40, 30, 1
per_product = m * m3 + m3 * m2 + m2 * m1 + m1 * n
print(f"one product:          {per_product:7} multiply-adds")
print(f"Jacobian by {n} JVPs: {n * per_product:7}")
print(f"Jacobian by {m} VJP:    {m * per_product:7}")

assert per_product == 8230
assert n * per_product == 823000

# %% tags=["NB03.W5"]
shapes = [(m, m3), (m3, m2), (m2, m1), (m1, n)]
names = ["∂o/∂x₃", "∂x₃/∂x₂", "∂x₂/∂x₁", "∂x₁/∂x"]

figure, axes = plt.subplots(figsize=(8.4, 3.0), layout="constrained")
place = 0
for name, (height, width) in zip(names, shapes, strict=True):
    corner = (place, -height / 2)
    axes.add_patch(Rectangle(corner, width, height, facecolor=PALE, edgecolor="black"))
    axes.text(place + width / 2, 31, f"{name}\n{height} × {width}", ha="center")
    place += width + 14
end = place - 14
for height, begin, stop, label in [
    (-40, end, 0, "JVP: from the right to the left, once for each input"),
    (-60, 0, end, "VJP: from the left to the right, once for each output"),
]:
    arrow = {"arrowstyle": "->", "color": "black", "linewidth": 2}
    axes.annotate("", (stop, height), (begin, height), arrowprops=arrow)
    axes.text(end / 2, height + 2, label, ha="center", va="bottom")
axes.set(xlim=(-4, end + 4), ylim=(-66, 52), aspect="equal")
axes.axis("off")
picture(
    figure,
    alt="The four Jacobians of the chain as rectangles in their true proportions, from a "
    "flat row of 1 by 30 on the left to a wide block of 50 by 100 on the right. An arrow "
    "from right to left stands for a JVP, one from left to right for a VJP.",
)

# %% [markdown] tags=["NB03.W5"]
# ### The price of going backwards
#
# The Jacobian of a link depends on the value that enters it. Forward mode meets the links as the program runs, so it can
# forget each value after use. Reverse mode begins at the end. It must run the whole program first, **store** the values
# $x, x_1, x_2, x_3$, and then come back:
#
# 1. Forward: for each link compute $x_k = f_k(x_{k-1})$, beginning with $x_0 = x$, and store what went in.
# 2. Backward: begin with $u$; for each link from the last to the first, $u^{\top} \leftarrow u^{\top}J_{f_k}(x_{k-1})$.
#
# Here is both, for links of the form $f_k(x) = \tanh(A_kx)$. Row $i$ of such a link's Jacobian is row $i$ of $A_k$ times
# the slope of $\tanh$, which is $1 - \tanh^2$.

# %% tags=["NB03.W5"]
sizes = [n, m1, m2, m3, m]
weights = [rng.standard_normal((b, a)) / 8 for a, b in pairwise(sizes)]


def chain(x):
    for A in weights:
        x = np.tanh(A @ x)
    return x


def forward_product(x, v):
    """J v. Keeps one value and one nudge at a time."""
    for A in weights:
        x = np.tanh(A @ x)
        v = (1 - x**2) * (A @ v)
    return v


def reverse_product(x, u):
    """u^T J, and what it kept: every value that went into a link."""
    kept = []
    for A in weights:
        kept.append(x)
        x = np.tanh(A @ x)
    for A, x in zip(reversed(weights), reversed(kept), strict=True):
        u = (u * (1 - np.tanh(A @ x) ** 2)) @ A
    return u, kept


x = rng.standard_normal(n)
v, u = rng.standard_normal(n), np.ones(m)
assert np.allclose(forward_product(x, v), jvp(chain, (x,), (v,))[1])
row, kept = reverse_product(x, u)
assert np.allclose(row, vjp(chain, x)[1](u)[0])
assert np.allclose(u @ forward_product(x, v), row @ v)  # from the left or from the right

kept_sizes = [value.size for value in kept]
print(f"reverse mode kept {sum(kept_sizes)} numbers: {kept_sizes}")
most = 2 * max(kept_sizes)
print(f"forward mode held one value and its nudge at a time, {most} numbers at most")

# %% [markdown] tags=["NB03.W5"]
# So a gradient costs about as much *time* as a few runs of the program, and as much *memory* as all values of one run
# together. For a deep network that memory is what fills the machine.
#
# Reverse mode is the clear winner for $m \ll n$. For $m = n$ both take the same number of products, and forward mode
# saves the memory. For $m > n$ forward mode wins.

# %% [markdown] tags=["NB03.G2"]
# ### NB03.G2 · Build a Jacobian, product by product
#
# A chain with 8 inputs and 3 outputs. Each product fills in a column or a row, and the costs are counted. **Guess first:**
# after how many products is the Jacobian complete, by columns and by rows? Then change the number of inputs and of
# outputs. Where do the two costs meet?
#
# For forward mode the builder counts the values and their tangents as kept at once, $2\cdot 100$ for the chain of
# NB03.W5. The text there counts the values alone, 100.

# %% tags=["NB03.G2"]
JacobianBuilder(sizes=(8, 6, 5, 3))  # inputs first

# %% [markdown] tags=["NB03.E06"]
# ### Exercise NB03.E06: a Jacobian from products
#
# **Why it matters:** this is how libraries build a Jacobian. Each product is a pass through the whole program, so not one
# too many should be made.
# *Difficulty 3 of 5, about 10 minutes, 3 points.*
#
# The check counts your calls: exactly $n$ for columns, exactly $m$ for rows.


# %% nbgrader={"grade": false, "grade_id": "NB03-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E06"]
def jacobian_from_products(product, n, m, mode):
    """Jacobian of a function with n inputs and m outputs, from products.

    mode is "columns" or "rows". For "columns" product is a JVP: it maps v of shape (n,)
    to J v of shape (m,). For "rows" it is a VJP: it maps u of shape (m,) to the product
    of u and J, of shape (n,).
    Returns J, an array of shape (m, n).
    """
    ### BEGIN SOLUTION
    if mode == "columns":
        return np.stack([product(unit) for unit in np.eye(n)], axis=1)
    return np.stack([product(unit) for unit in np.eye(m)])
    ### END SOLUTION


# %% [markdown] tags=["NB03.E06"]
# <details>
# <summary>Hint</summary>
#
# Multiply with unit vectors: they are the rows of `np.eye(n)`. `np.stack` puts arrays on top of each other, as rows; with
# `axis=1`, side by side, as columns.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E06"]
check("NB03.E06")

# %% [markdown] tags=["NB03.Q4"]
# ### Quiz NB03.Q4: when is reverse mode the wrong choice?

# %% tags=["NB03.Q4"]
quiz("NB03.Q4")

# %% [markdown] tags=["NB03.E07"]
# ### Exercise NB03.E07: count before you compute
#
# **Why it matters:** the choice between the modes can be made from the sizes alone, before anything runs.
# *Difficulty 2 of 5, about 6 minutes, 2 points.*
#
# Count the products only, not what it takes to fill in the Jacobians of the links.


# %% nbgrader={"grade": false, "grade_id": "NB03-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E07"]
def mode_cost(dims):
    """Multiply-adds for the whole Jacobian of a chain, in either mode.

    dims is a list of the sizes along the chain, the input first: [n, m1, ..., m]. Between
    two neighbours a and b there is a link with a dense Jacobian of shape (b, a).
    Returns the pair (forward, reverse) of ints: by n JVPs, and by m VJPs.
    """
    ### BEGIN SOLUTION
    one = sum(above * below for above, below in zip(dims, dims[1:], strict=False))
    return dims[0] * one, dims[-1] * one
    ### END SOLUTION


# %% [markdown] tags=["NB03.E07"]
# <details>
# <summary>Hint</summary>
#
# First the cost of one product: a sum over pairs of neighbours, which `zip(dims, dims[1:])` lists. Then how many products
# each mode makes.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E07"]
check("NB03.E07")

# %% [markdown] tags=["NB03.W6"]
# ## NB03.W6 · Must a Jacobian be built at all?
#
# Look at the vector $u$ on its way back. After a link has been passed, it holds one number for each value that entered
# the link: how much the result moves if that value is nudged. That is a bar. So a VJP takes the bars of a link's
# outputs, $\bar y$, and returns those of its inputs:
#
# $$
# \bar x_j = \sum_i \bar y_i\,\frac{\partial y_i}{\partial x_j},
# \qquad\text{in short}\quad \bar x^{\top} = \bar y^{\top}J
# \quad\text{or}\quad \bar x = J^{\top}\bar y .
# $$
#
# The first short form writes bars as rows, the second as columns; they say the same. In code $\bar x$ is an array of
# the shape of $x$. If the result is one number $z$, then $\bar y = \nabla_y z$, and the line reads
# $\nabla_x z = J^{\top}\,\nabla_y z$: the chain rule for gradients.
#
# A vector that is sent backwards through a function like this is called a **cotangent**. It has the shape of the
# function's *output*, and a cotangent of the shape of the *input* comes back. (The nudge $v$ that a JVP sends forwards is
# a *tangent*.)
#
# Two links make up nearly every network. For both, the product is known without the Jacobian.
#
# ### Rule 1: the matrix product $z = Wx$
#
# Here $W$ has shape $(m, n)$, outputs by inputs. Entry by entry, $z_i = \sum_j W_{ij}x_j$. So
# $\partial z_i/\partial x_j = W_{ij}$: the Jacobian with respect to $x$ is $W$ itself. And $W_{ij}$ occurs in $z_i$ only,
# with the factor $x_j$:
#
# $$
# \bar x_j = \sum_i \bar z_i\,W_{ij}, \qquad \bar W_{ij} = \bar z_i\,x_j,
# \qquad\text{in short}\quad \bar x = W^{\top}\bar z, \quad \bar W = \bar z\,x^{\top} .
# $$
#
# **With a pencil:** $W = \begin{pmatrix}1&2\\3&4\\5&6\end{pmatrix}$, $x = (1, -1)$ and $\bar z = (1, 0, 2)$. Find
# $\bar x$ and $\bar W$ before you run the cell.

# %% tags=["NB03.W6"]
W = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
x = np.array([1.0, -1.0])
z_bar = np.array([1.0, 0.0, 2.0])

_, back = vjp(lambda W, x: W @ x, W, x)
W_bar, x_bar = back(z_bar)
print(f"x bar: {x_bar}\nW bar:\n{W_bar}")

assert x_bar.tolist() == [11, 14]
assert W_bar.tolist() == [[1, -1], [0, 0], [2, -2]]
assert jacobian(lambda W: W @ x)(W).shape == (3, 3, 2)  # what was never built

# %% [markdown] tags=["NB03.W6"]
# Look at the shapes: $\bar W$ has the shape of $W$, and $\bar x$ that of $x$. The full Jacobian with respect to $W$ has
# $m\cdot m\cdot n$ entries, most of them 0. For 1000 inputs and 1000 outputs that is a thousand million numbers, and
# $\bar W$ has a million.
#
# ### Rule 2: a function of each entry
#
# Let $y = f(z)$ entry by entry, as with $\exp$ or the sigmoid. Then $y_i$ depends on $z_i$ alone. The Jacobian is
# diagonal, and a product with a diagonal matrix is a product entry by entry:
#
# $$
# \bar z = f'(z)\odot\bar y .
# $$
#
# For $\exp$ this is $\bar z = \exp(z)\odot\bar y$. The slopes of five such functions:
#
# | $f(z)$ | $f'(z)$ |
# |:-|:-|
# | $\exp z$ | $\exp z$ |
# | $\log z$ | $1/z$ |
# | $\sigma(z) = 1/(1 + e^{-z})$ | $\sigma(z)\,(1 - \sigma(z))$ |
# | $\tanh z$ | $1 - \tanh^2 z$ |
# | $z^2$ | $2z$ |
#
# **Where does the third row come from?** By the rule for $1/q$ with $q = 1 + e^{-z}$,
#
# $$
# \sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2}
#   = \frac{1}{1 + e^{-z}}\cdot\frac{e^{-z}}{1 + e^{-z}} = \sigma(z)\,\bigl(1 - \sigma(z)\bigr) .
# $$
#
# The slope can be had from the value alone, and so can those of $\exp$ and $\tanh$. That saves work on the way back.

# %% tags=["NB03.W6"]
z = rng.standard_normal(1000)
y_bar = rng.standard_normal(1000)

_, back = vjp(np.exp, z)
(z_bar,) = back(y_bar)
assert np.allclose(z_bar, np.exp(z) * y_bar)

J = np.diag(np.exp(z))
assert np.allclose(z_bar, J.T @ y_bar)
print(f"the Jacobian has {J.size} entries, {np.count_nonzero(J)} of them not 0;")
print(f"the product took {z.size} multiplications")

# %% [markdown] tags=["NB03.E04"]
# ### Exercise NB03.E04: five elementwise rules
#
# **Why it matters:** every activation of a network is one of these lines, and so is every logarithm in a loss.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB03-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E04"]
def elementwise_vjp(name, z, g):
    """Send a cotangent back through a function that works entry by entry.

    name is "exp", "log", "sigmoid", "tanh" or "square". z is the function's input, an
    array of any shape (positive for "log"), and g the cotangent of its output, of the
    same shape.
    Returns the cotangent of z, an array of the same shape.
    """
    ### BEGIN SOLUTION
    if name == "exp":
        return g * np.exp(z)
    if name == "log":
        return g / z
    if name == "sigmoid":
        y = 1 / (1 + np.exp(-z))
        return g * y * (1 - y)
    if name == "tanh":
        return g * (1 - np.tanh(z) ** 2)
    return g * 2 * z
    ### END SOLUTION


# %% [markdown] tags=["NB03.E04"]
# <details>
# <summary>Hint</summary>
#
# One line for each name: the slope at `z` times `g`, entry by entry. No matrix is needed. Mind that `z` is the function's
# input, not its value: for the sigmoid compute the value first.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E04"]
check("NB03.E04")

# %% [markdown] tags=["NB03.E05"]
# ### Exercise NB03.E05: through a matrix product
#
# **Why it matters:** every layer of a network is a matrix product followed by an elementwise function. With this exercise
# and the last one you hold the backward pass of both.
# *Difficulty 3 of 5, about 10 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB03-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB03.E05"]
def matvec_vjp(W, x, g):
    """Send a cotangent back through z = W @ x.

    W has shape (m, n), outputs by inputs; x has shape (n,); g, the cotangent of z, has
    shape (m,).
    Returns the pair (gW, gx), the cotangents of W and x, of shapes (m, n) and (n,).
    """
    ### BEGIN SOLUTION
    return np.outer(g, x), W.T @ g
    ### END SOLUTION


# %% [markdown] tags=["NB03.E05"]
# <details>
# <summary>Hint</summary>
#
# `np.outer(a, b)` has shape `(len(a), len(b))` and holds `a[i] * b[j]`. Which of the two vectors belongs to the rows of
# `W`? For `gx`, write the shapes under the product.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB03-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB03.E05"]
check("NB03.E05")

# %% [markdown]
# ## Recap
#
# 1. Along a chain slopes multiply; over several paths they add; for vectors both together are a matrix product.
# 2. A Jacobian has a row for each output and a column for each input; a gradient has the shape of its variable.
# 3. Formulas grow, nudges are inexact and slow for many inputs; automatic differentiation is exact up to rounding.
# 4. A JVP gives a column and a VJP a row, at the same cost; a loss has one row, so reverse mode wins, at the price of
#    memory.
# 5. Rules replace Jacobians: $\bar x = W^{\top}\bar z$, $\bar W = \bar z\,x^{\top}$ and $\bar z = f'(z)\odot\bar y$.
#
# **Further reading.** The lecture texts on Jacobians, on forward and backward differentiation, and on the chain rule. A.
# Griewank and A. Walther, *Evaluating Derivatives*, chapters 2 and 3. M. Nielsen, *Neural Networks and Deep Learning*,
# chapter 2. JAX documentation, "The Autodiff Cookbook". PyTorch documentation, "Jacobians, Hessians, hvp, vhp, and more".
#
# **Next.** In NB04 a program becomes a graph, and one loop sends the bars back through all of it.
