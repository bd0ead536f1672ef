# %% [markdown]
# # NB02 · Regression and gradient descent
#
# A line is to follow a cloud of points. Which line is the best one? And how does a program find it without
# trying them all?
#
# **Goals.** After this unit you can
#
# - say what a loss, a cost and an objective are, and choose between the squared and the absolute loss;
# - derive the gradient of a least-squares fit by hand, and descend along it with a stop rule;
# - tell a step size that is too small from one that is too large, and say where the limit lies;
# - write one model as a chain of assignments, as finely as you like.
#
# **You need** the notation of NB00, models with parameters (NB01), and the slope of a curve as taught at school.
#
# **Time:** about 110 minutes. Paper and pencil help.

# %% tags=["NB02.setup"]
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import data, optim, trace
from backprop_course.widgets import DescentExplorer, LineFitter, picture, quiz

rng = np.random.default_rng(2)  # the only source of chance in this notebook

BLUE, RED, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

# %% [markdown] tags=["NB02.W1"]
# ## NB02.W1 · What does "best" mean?
#
# A model $f(x;\theta)$ has parameters $\theta$. For each example $(x_i, y_i)$ it predicts
# $\hat y_i = f(x_i;\theta)$. To compare two settings of $\theta$ we need one number for each. It is made in two
# steps.
#
# 1. The **loss** $\ell(\hat y_i, y_i)$ says how bad the prediction for *one* example is: 0 if it is right, and more
#    the further it is off.
# 2. The **cost** $J$ is the average of the losses over the $n$ training examples:
#
# $$
# J(\theta) = \frac1n \sum_{i=1}^{n} \ell\bigl(f(x_i;\theta),\,y_i\bigr) .
# $$
#
# $J$ is also called the *empirical risk*: the average loss on the examples we happen to have. **Learning** is then
# a search for the parameters with the smallest cost,
#
# $$
# \theta^\ast = \operatorname*{argmin}_\theta\, J(\theta) .
# $$
#
# **The simplest case is a line.** Put $f(x;\theta) = \theta_0 + \theta_1 x$. With several features it is
# $\theta\cdot x$, where one feature is always 1. This is *linear regression*.
#
# ### Two losses
#
# Let $e = \hat y - y$ be the error of one prediction. Two losses are common:
#
# | loss | formula | slope with respect to $\hat y$ |
# |:-|:-|:-|
# | squared | $e^2$ | $2e$ |
# | absolute | $\lvert e\rvert$ | $+1$ where $e>0$, $-1$ where $e<0$ |
#
# At $e = 0$ the absolute loss has a corner, and no slope. A program must still return some number. **The course
# takes 0 there**, as `np.sign` does.

# %% tags=["NB02.W1"]
e = np.linspace(-3, 3, 301)

figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
left.plot(e, e**2, color=BLUE, linewidth=2, label="squared")
left.plot(e, np.abs(e), "--", color=RED, linewidth=2, label="absolute")
left.set(xlabel="error e = ŷ − y", ylabel="loss", title="The loss of one prediction")
right.plot(e, 2 * e, color=BLUE, linewidth=2, label="squared")
right.plot(e[e < 0], np.sign(e[e < 0]), "--", color=RED, linewidth=2, label="absolute")
right.plot(e[e > 0], np.sign(e[e > 0]), "--", color=RED, linewidth=2)
right.plot(0, 0, "o", color=RED)
right.set(xlabel="error e = ŷ − y", ylabel="slope", title="Its slope")
for axes in (left, right):
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
picture(
    figure,
    alt="Left: the squared loss is a parabola, the absolute loss a V with its corner at "
    "error 0. Right: the slope of the squared loss is a rising line through 0; that of "
    "the absolute loss is minus 1 left of 0, plus 1 right of 0, and a dot marks 0.",
)

# %% [markdown] tags=["NB02.W1"]
# The slope says how hard an example pulls at its prediction. With the squared loss a prediction that is ten times as
# far off pulls ten times as hard. With the absolute loss every example pulls equally hard.

# %% [markdown] tags=["NB02.Q1"]
# ### Quiz NB02.Q1: losses

# %% tags=["NB02.Q1"]
quiz("NB02.Q1")

# %% [markdown] tags=["NB02.E01"]
# ### Exercise NB02.E01: two losses and their slopes
#
# **Why it matters:** training begins here. The slope of the loss with respect to the prediction is the first number
# that is sent back into a model.
# *Difficulty 1 of 5, about 6 minutes, 2 points.*
#
# Return one number for each example: do not add up, do not average, and put no factor ½ in front.


# %% nbgrader={"grade": false, "grade_id": "NB02-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E01"]
def losses_and_slopes(y, yhat):
    """Squared and absolute loss of each example, and their slopes with respect to yhat.

    y holds the targets and yhat the predictions, both of shape (N,).
    Returns (sq, ab, dsq, dab), four arrays of shape (N,): the squared losses, the
    absolute losses, and the slopes of either. The slope of the absolute loss is 0 where
    yhat equals y.
    """
    ### BEGIN SOLUTION
    error = yhat - y
    return error**2, np.abs(error), 2 * error, np.sign(error)
    ### END SOLUTION


# %% [markdown] tags=["NB02.E01"]
# <details>
# <summary>Hint</summary>
#
# Begin with the error, prediction minus target. If the prediction is too large, a larger one is worse: which sign must
# the slope have? `np.sign` gives −1, 0 or 1 for each entry.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E01"]
check("NB02.E01")

# %% [markdown] tags=["NB02.G2"]
# ### NB02.G2 · One point far off
#
# The points below lie near a line, except the last one. Each loss has its own best line. **Guess first:** which of
# the two lines follows the odd point?
#
# The best line of the squared loss has a formula, which NB02.W2 derives. That of the absolute loss has none. But one of
# its best lines always goes through two of the points, so it is enough to try all pairs.


# %% tags=["NB02.G2"]
x = np.arange(9.0)
y = 1 + 0.5 * x + 0.3 * rng.standard_normal(9)
y_odd = np.append(y[:-1], 14.0)  # the other points end at about 5


def least_squares_line(x, y):
    return np.polynomial.Polynomial.fit(x, y, 1).convert().coef


def least_absolute_line(x, y):
    lines = []
    for i, j in combinations(range(len(x)), 2):
        slope = (y[j] - y[i]) / (x[j] - x[i])
        lines.append((y[i] - slope * x[i], slope))
    return min(lines, key=lambda line: np.sum(np.abs(line[0] + line[1] * x - y)))


turned = {}
for fit, label in [
    (least_squares_line, "squared loss"),
    (least_absolute_line, "absolute loss"),
]:
    (_, slope_before), (_, slope) = fit(x, y), fit(x, y_odd)
    turned[label] = abs(slope - slope_before)
    print(f"{label:13}: slope {slope_before:.2f} without, {slope:.2f} with the odd point")

assert turned["absolute loss"] < turned["squared loss"]

# %% [markdown] tags=["NB02.G2"]
# Now drag the odd point down to the others and up again, and watch the two dashed lines. The solid line is yours: drag
# its two handles, and try to get both sums in the table as small as you can. Switch between squares and bars: a squared
# loss is the area of a square, an absolute loss the length of a bar. The arrows on the right are gradients; NB02.W2
# comes to them.

# %% tags=["NB02.G2"]
LineFitter((x, y_odd), beta=(3, 0), view=((-0.5, 8.5), (-2, 16)))

# %% [markdown] tags=["NB02.Q2"]
# ### Quiz NB02.Q2: squared or absolute?

# %% tags=["NB02.Q2"]
quiz("NB02.Q2")

# %% [markdown] tags=["NB02.W2"]
# ## NB02.W2 · Which line through four points?
#
# Take the line $\hat y = \beta_0 + \beta_1 x$, the squared loss, and four points:
#
# | $x$ | 0 | 1 | 2 | 3 |
# |:-|:-|:-|:-|:-|
# | $y$ | 1 | 3 | 4 | 8 |
#
# This method is called *ordinary least squares*. By custom it uses the plain **sum** of the squares, not their mean:
#
# $$
# L(\beta) = \sum_{i=1}^{N} \bigl(y_i - \beta_0 - \beta_1 x_i\bigr)^2 = \sum_{i=1}^{N} e_i^2 ,
# \qquad e_i = y_i - (\beta_0 + \beta_1 x_i) .
# $$
#
# Here $e_i$ is what is left of the target after the prediction is taken off: the *residual*. Its sign is the opposite
# of that in NB02.W1. Its square is the same.
#
# ### Two partial derivatives
#
# Move one parameter and hold the other still. Each residual falls by 1 when $\beta_0$ rises by 1, and by $x_i$ when
# $\beta_1$ rises by 1. The slope of $e_i^2$ is $2e_i$ times the slope of $e_i$:
#
# $$
# \frac{\partial L}{\partial\beta_0} = \sum_i 2e_i\cdot(-1) = -2\sum_i e_i ,
# \qquad
# \frac{\partial L}{\partial\beta_1} = \sum_i 2e_i\cdot(-x_i) = -2\sum_i e_i x_i .
# $$
#
# **With a pencil, at $\beta = (0, 0)$:** every residual is $y_i$ itself. Work out the loss and both partial
# derivatives before you run the cell.

# %% tags=["NB02.W2"]
X, y = data.ols()  # these four points; X has shape (4, 1)
x = X[:, 0]


def sum_of_squares(beta):
    return np.sum((y - beta[0] - beta[1] * x) ** 2)


e = y - (0 + 0 * x)
at_zero = -2 * np.sum(e), -2 * np.sum(e * x)
print("loss at (0, 0):      ", sum_of_squares([0, 0]))
print("gradient at (0, 0):  ", *at_zero)

assert sum_of_squares([0, 0]) == 90
assert at_zero == (-32, -70)

# %% [markdown] tags=["NB02.W2"]
# Both are negative: the loss falls when either parameter grows.
#
# ### Where both are zero
#
# At the lowest point nothing is gained by moving either parameter, so both derivatives are 0. That makes two linear
# equations, the *normal equations*:
#
# $$
# \begin{aligned}
# N\,\beta_0 + \Bigl(\sum_i x_i\Bigr)\beta_1 &= \sum_i y_i \\
# \Bigl(\sum_i x_i\Bigr)\beta_0 + \Bigl(\sum_i x_i^2\Bigr)\beta_1 &= \sum_i x_i y_i
# \end{aligned}
# \qquad\text{here}\qquad
# \begin{aligned}
# 4\beta_0 + 6\beta_1 &= 16 \\
# 6\beta_0 + 14\beta_1 &= 35 .
# \end{aligned}
# $$

# %% tags=["NB02.W2"]
equations = np.array([[len(x), x.sum()], [x.sum(), (x**2).sum()]])
best = np.linalg.solve(equations, [y.sum(), (x * y).sum()])
print(f"best line: {best[0]:.1f} + {best[1]:.1f} x, with loss {sum_of_squares(best):.1f}")

assert np.allclose(best, [0.7, 2.2])
assert np.isclose(sum_of_squares(best), 1.8)

residuals = y - (best[0] + best[1] * x)
assert np.isclose(np.sum(residuals), 0)  # as the first equation asks
assert np.isclose(np.sum(residuals * x), 0)  # and the second

# %% tags=["NB02.W2"]
figure, axes = plt.subplots(figsize=(6.0, 3.8), layout="constrained")
ends = np.array([-0.3, 3.3])
axes.plot(ends, best[0] + best[1] * ends, color=BLUE, linewidth=2, label="best line")
axes.vlines(x, best[0] + best[1] * x, y, color=RED, linestyle=":", linewidth=2.5)
axes.plot(x, y, "o", color="black", label="points")
for place, target, residual in zip(x, y, residuals, strict=True):
    above = residual > 0
    corner = (place - 0.08, target + 0.15) if above else (place + 0.08, target - 0.35)
    axes.text(*corner, f"{residual:+.1f}", ha="right" if above else "left")
axes.set(xlabel="x", ylabel="y", ylim=(-0.4, 9))
axes.set_title("The residuals of the best line add up to 0")
axes.legend(frameon=False)
picture(
    figure,
    alt="Four points and the best line. Dotted upright lines join each point to the line "
    "and carry the residuals: plus 0.3, plus 0.1, minus 1.1 and plus 0.7.",
)

# %% [markdown] tags=["NB02.W2"]
# Each point adds $(-2e_i,\, -2e_ix_i)$ to the gradient: one arrow in NB02.G2. Put tip to tail, the arrows lead from
# zero to the whole gradient. Choose *best squared* there: they end where they began. Those of the absolute loss need
# not, at its own best line, since that line stands on a corner.
#
# **Mind the factor.** Other texts minimise the mean of the squares, or half the sum. The best line is the same; the
# gradient is not. Divide by $N$ and it is $N$ times smaller; put ½ in front and the 2 is gone. So every exercise of
# this course states its factor. Here there is none.

# %% [markdown] tags=["NB02.E02"]
# ### Exercise NB02.E02: the gradient of least squares
#
# **Why it matters:** you will write this sum over examples again for every layer of a network.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB02-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E02"]
def ols_gradient(beta, x, y):
    """Gradient of the sum of squares sum((y - beta[0] - beta[1]*x)**2).

    beta has shape (2,): the intercept, then the slope. x and y have shape (N,). It is the
    plain sum: no factor 1/N and no factor 1/2.
    Returns gradient, an array of shape (2,): the derivatives with respect to beta[0]
    and beta[1].
    """
    ### BEGIN SOLUTION
    e = y - beta[0] - beta[1] * x
    return -2 * np.array([np.sum(e), np.sum(e * x)])
    ### END SOLUTION


# %% [markdown] tags=["NB02.E02"]
# <details>
# <summary>Hint</summary>
#
# Compute the residuals once, as an array. Both entries are sums over it; one of them weighs each residual by something.
# At $\beta = (0,0)$ and with the four points you know what must come out.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E02"]
check("NB02.E02")

# %% [markdown] tags=["NB02.W3"]
# ## NB02.W3 · How to walk downhill in the dark
#
# Least squares can be solved by two equations. Most models cannot: there the best parameters have no formula. What
# remains is to start somewhere and to improve. Think of a walk down a mountain with your eyes closed. You cannot see
# the valley. But your feet feel the slope of the ground, so you take a small step down, and feel again.
#
# ### The slope underfoot
#
# For one parameter the slope is the **derivative**, a limit of quotients:
#
# $$
# L'(\beta) = \lim_{h\to 0} \frac{L(\beta + h) - L(\beta)}{h} .
# $$
#
# Take the four points, hold the intercept at 0 and vary the slope $\beta$ of the line alone. Then
# $L(\beta) = 14\beta^2 - 70\beta + 90$, and at $\beta = 0$ the quotient is $14h - 70$.

# %% tags=["NB02.W3"]
for h in [1.0, 0.1, 0.01, 0.001]:
    quotient = (sum_of_squares([0, h]) - sum_of_squares([0, 0])) / h
    print(f"h = {h:<6} quotient = {quotient:.3f}")
    assert np.isclose(quotient, 14 * h - 70)

# %% [markdown] tags=["NB02.W3"]
# The quotients tend to $-70$, the second entry of the gradient above. For several parameters the **gradient** collects
# the partial derivatives in one vector of the shape of the parameters:
#
# $$
# \nabla L = \Bigl(\frac{\partial L}{\partial\beta_0},\ \frac{\partial L}{\partial\beta_1}\Bigr) .
# $$
#
# In which direction does the loss fall fastest? For a direction $u$ of length 1 the slope along $u$ is
# $\nabla L\cdot u$. The picture shows it for all directions at $\beta = (0,0)$.

# %% tags=["NB02.W3"]
angles = np.linspace(-180, 180, 361)
directions = np.column_stack([np.cos(np.deg2rad(angles)), np.sin(np.deg2rad(angles))])
slopes = directions @ at_zero
steepest = angles[np.argmin(slopes)]
against = np.rad2deg(np.arctan2(-at_zero[1], -at_zero[0]))
print(f"steepest descent towards {steepest:.0f}°, against the gradient: {against:.1f}°")
assert abs(steepest - against) < 1

figure, axes = plt.subplots(figsize=(6.8, 3.6), layout="constrained")
axes.plot(angles, slopes, color=BLUE, linewidth=2)
axes.axhline(0, color="black", linewidth=0.8)
for angle, marker, label, aside in [
    (steepest, "v", "against the gradient", (-108, -14)),
    (0, "s", "along β₀ only", (10, 0)),
    (90, "D", "along β₁ only", (12, -4)),
]:
    slope = slopes[np.argmin(np.abs(angles - angle))]
    axes.plot(angle, slope, marker, color=RED, markersize=8)
    axes.annotate(label, (angle, slope), aside, textcoords="offset points")
axes.set(
    xlabel="direction, in degrees (0: along β₀, 90: along β₁)",
    ylabel="slope of the loss",
    xticks=range(-180, 181, 90),
    ylim=(-95, 85),
    title="The slope in every direction, at β = (0, 0)",
)
picture(
    figure,
    alt="The slope of the loss over the direction is one wave. It is lowest against the "
    "gradient, near 65 degrees, and higher along either axis: about minus 32 along the "
    "first parameter and minus 70 along the second.",
)

# %% [markdown] tags=["NB02.W3"]
# ### Gradient descent
#
# So step against the gradient, again and again, with a **step size** (or *learning rate*) $\eta$. Some texts write
# $\alpha$ for it, and $\theta$ for the parameters:
#
# $$
# \beta \leftarrow \beta - \eta\,\nabla L(\beta) .
# $$
#
# Three things make a program of it: a **start**, the **update**, and a **stop rule**. Without the last it would run for
# ever. Two rules together are common: stop when the gradient is short, $\lVert\nabla L\rVert < \varepsilon$ (the
# ground is nearly flat), and stop after so many steps in any case.
#
# All regression networks are trained in the same three moves: construct the loss, derive its gradient, descend. (If the
# gradient is taken over a few examples at a time, drawn at random, it is *stochastic* gradient descent. NB09 does that.)
# A curved landscape may have several valleys, and then descent finds one of them, which need not be the deepest. For
# networks that has turned out to be good enough in practice.
#
# ### How large a step?
#
# Back to the single parameter: $L'(\beta) = 28\beta - 70$, and the minimum is at $\beta = 2.5$. One update takes the
# distance from the minimum to
#
# $$
# \beta - \eta\,(28\beta - 70) - 2.5 = (1 - 28\,\eta)\,(\beta - 2.5) .
# $$
#
# Each step multiplies the distance by the same number, $1 - 28\eta$. It shrinks if that number lies between $-1$ and
# $1$, hence if $\eta < 2/28$. At $\eta = 1/28$ one step is enough.

# %% tags=["NB02.W3"]
for parts, eta in [
    ("0.1/28", 0.1 / 28),
    ("1/28", 1 / 28),
    ("1.9/28", 1.9 / 28),
    ("2.1/28", 2.1 / 28),
]:
    beta, way = 0.0, []
    for _ in range(6):
        beta = beta - eta * (28 * beta - 70)
        way.append(beta)
    print(f"eta = {parts:7}", *(f"{place:7.3f}" for place in way))

# %% [markdown] tags=["NB02.W3"]
# Too small is slow; too large swings from side to side; beyond the limit every swing is wider than the one before.
#
# The 28 is the **curvature** of this parabola, its second derivative. With two parameters there are two curvatures, one
# along the valley and one across it. They are the eigenvalues of the matrix of second derivatives, the *Hessian*; for
# least squares it is twice the matrix of the normal equations. The same argument holds along each of the two
# directions. So the **largest** curvature sets the limit for $\eta$, and the smallest one sets the pace.

# %% tags=["NB02.W3"]
along, across = np.linalg.eigvalsh(2 * equations)
limit = 2 / across
print(f"curvatures {along:.2f} and {across:.2f}")
print(f"the step size must stay below {limit:.4f}")

assert round(along, 2) == 2.38
assert round(across, 2) == 33.62
assert round(limit, 4) == 0.0595

# %% [markdown] tags=["NB02.E03"]
# ### Exercise NB02.E03: fit a line by descent
#
# **Why it matters:** this is the loop that trains every network. It must stop when it is done, and say so when it
# cannot work.
# *Difficulty 3 of 5, about 15 minutes, 3 points.*
#
# Three details are checked. Compute the whole gradient before you change any parameter. Keep the loss of the start and
# the loss after each step. And do not return from a run that has exploded: raise an error.


# %% nbgrader={"grade": false, "grade_id": "NB02-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E03"]
def ols_fit_gd(x, y, lr, tol, max_steps):
    """Fit y = beta[0] + beta[1]*x by gradient descent on the plain sum of squares.

    x and y have shape (N,). Starts at beta = (0, 0) and takes steps of size lr against
    the gradient. Before each step it stops if the gradient's 2-norm is below tol. It
    takes max_steps steps at most.
    Returns the pair (beta, history): beta of shape (2,), and history, a list of the loss
    at the start and after each step that was taken.
    Raises FloatingPointError if the loss is not finite or above 1e12, with a text that
    says that the step size is too large.
    """
    ### BEGIN SOLUTION
    beta = np.zeros(2)
    history = [np.sum(y**2)]
    for _ in range(max_steps):
        e = y - beta[0] - beta[1] * x
        gradient = -2 * np.array([np.sum(e), np.sum(e * x)])
        if np.linalg.norm(gradient) < tol:
            break
        beta = beta - lr * gradient
        loss = np.sum((y - beta[0] - beta[1] * x) ** 2)
        if not np.isfinite(loss) or loss > 1e12:
            raise FloatingPointError(f"the loss explodes: step size {lr} is too large")
        history.append(loss)
    return beta, history
    ### END SOLUTION


# %% [markdown] tags=["NB02.E03"]
# <details>
# <summary>Hint</summary>
#
# `history` begins with one entry before the loop. In the loop: the gradient; the test of its norm, and `break`; the
# update of both parameters at once; the new loss and its test; then append. `np.isfinite(loss)` is False for `inf` and
# for `nan`.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E03"]
check("NB02.E03")

# %% [markdown] tags=["NB02.G1"]
# ### NB02.G1 · Four step sizes on one surface
#
# Each panel is a map of the loss of the four points: rings join places of equal loss, the star is the minimum, and the
# dots are the steps. **Before you run it:** the limit was found above. What will the second-last and the last panel
# show? Then change the start, the step sizes or the schedule, and run the cell again.

# %% tags=["NB02.G1"]
start = np.array([4.0, -1.0])
steps = 30
step_sizes = {"slow": 0.002, "good": 0.03, "zig-zag": 0.056, "divergent": 0.062}
schedule = optim.schedules.Constant
# schedule = lambda eta0: optim.schedules.Inverse(eta0, k=0.1)

B0, B1 = np.meshgrid(np.linspace(-4, 6, 200), np.linspace(-2, 6, 200))
rings = 2.0 ** np.arange(1, 11)
heights = ((y - B0[..., None] - B1[..., None] * x) ** 2).sum(axis=-1)

figure, panels = plt.subplots(1, 4, figsize=(11, 3.3), sharey=True, layout="constrained")
last_losses = {}
for axes, (name, eta) in zip(panels, step_sizes.items(), strict=True):
    descent = optim.GradientDescent(None, schedule(eta))
    run = optim.minimize(sum_of_squares, start, descent, tol=1e-3, max_steps=steps)
    last_losses[name] = run.value
    way = np.array(run.path)
    axes.contour(B0, B1, heights, levels=rings, colors="0.7", linewidths=0.8)
    axes.plot(way[:, 0], way[:, 1], ".-", color=BLUE, linewidth=1.2, markersize=7)
    axes.plot(*best, "*", color=RED, markersize=13)
    axes.set(title=f"{name}: η = {eta:g}", xlabel="β₀", xlim=(-4, 6), ylim=(-2, 6))
panels[0].set_ylabel("β₁")
print({name: f"{loss:.2f}" for name, loss in last_losses.items()})
picture(
    figure,
    alt="Four maps of the same long, tilted valley. Slow: the path creeps to the "
    "valley floor and gets no further. Good: it comes close to the star. Zig-zag: it "
    "jumps from one wall to the other with smaller and smaller jumps. Divergent: the "
    "jumps grow and leave the map.",
)

# %% [markdown] tags=["NB02.G1"]
# Now move the step size yourself, on the same surface. Drag the square, which is the start. **Guess first:** does another
# start move the limit $2/L$, where $L$ is the largest curvature? Then take the step size to the last place below the
# limit, and one place further. Leave the momentum at 0 and the mini-batches alone: later units explain them. The menu of
# schedules belongs to the next section: read it, then come back with a step size beyond the limit and let it fall.

# %% tags=["NB02.G1"]
DescentExplorer("least squares", start=(4, -1), lr=0.002)

# %% [markdown] tags=["NB02.W3"]
# ### Schedules
#
# A step size that is good at the start may be too large at the end, above all if the gradient is noisy. So it is often
# made smaller with the step count $t = 0, 1, 2, \dots$ Four schedules are common:
#
# | kind | step size at step $t$ | what it does |
# |:-|:-|:-|
# | constant | $\eta_0$ | stays |
# | inverse | $\eta_0 / (1 + k\,t)$ | falls fast at first, then ever more slowly |
# | step | $\eta_0\, d^{\lfloor t/s \rfloor}$ | is multiplied by $d$ after every $s$ steps |
# | cosine | $\tfrac12\eta_0\,\bigl(1 + \cos(\pi t/t_{\max})\bigr)$ | falls to 0 at $t_{\max}$, gently at both ends |

# %% tags=["NB02.W3"]
eta0, t_max = 0.1, 40
times = np.linspace(0, t_max, 401)
shrinking = [
    ("constant", optim.schedules.Constant(eta0), "-", "black"),
    ("inverse, k = 0.1", optim.schedules.Inverse(eta0, k=0.1), "--", BLUE),
    ("step, halved every 10", optim.schedules.Step(eta0, every=10, drop=0.5), "-.", RED),
    ("cosine", optim.schedules.Cosine(eta0, t_max=t_max), ":", GREEN),
]

figure, axes = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
for name, rate, style, color in shrinking:
    rates = [rate(t) for t in times]
    axes.plot(times, rates, style, color=color, linewidth=2, label=name)
axes.set(xlabel="step t", ylabel="step size", ylim=(0, 0.125), title="Four schedules")
axes.legend(frameon=False, ncols=2, loc="upper right")
picture(
    figure,
    alt="The step size over 40 steps. Constant: level. Inverse: a drop that becomes ever "
    "gentler. Step: a staircase down with a stair every 10 steps. Cosine: half a wave "
    "from the first value to zero.",
)

# %% [markdown] tags=["NB02.E05"]
# ### Exercise NB02.E05: four schedules
#
# **Why it matters:** the schedule is one of the first things to look at when a loss stops falling. Off-by-one slips
# hide well in it.
# *Difficulty 2 of 5, about 6 minutes, 1 point.*
#
# The settings come by name: `step_size("inverse", 3, 0.1, k=0.5)`.


# %% nbgrader={"grade": false, "grade_id": "NB02-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E05"]
def step_size(kind, t, eta0, **kw):
    """Step size at step t of a schedule that begins with eta0.

    t is an int and counts from 0; eta0 is a float. kind is one of
    "constant": eta0;
    "inverse": eta0 / (1 + k*t), with the float k in kw;
    "step": eta0 times drop once for each whole period of length every, with the float
    drop and the int every in kw;
    "cosine": half a cosine wave from eta0 at 0 to 0 at t_max, with the int t_max in kw.
    Returns a float.
    """
    ### BEGIN SOLUTION
    if kind == "constant":
        return eta0
    if kind == "inverse":
        return eta0 / (1 + kw["k"] * t)
    if kind == "step":
        return eta0 * kw["drop"] ** (t // kw["every"])
    return eta0 / 2 * (1 + np.cos(np.pi * t / kw["t_max"]))
    ### END SOLUTION


# %% [markdown] tags=["NB02.E05"]
# <details>
# <summary>Hint</summary>
#
# `kw` is a dict: `kw["k"]`, `kw["drop"]`, `kw["every"]`, `kw["t_max"]`. How often a period has passed whole is a division
# that throws the fraction away: `//`.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E05"]
check("NB02.E05")

# %% [markdown] tags=["NB02.R1"]
# ### Reflection NB02.R1: why against the gradient?
#
# One could also lower the loss by changing one parameter at a time, $\beta_0$ first and then $\beta_1$. Why is a step
# against the gradient the better choice for a small step? And what does "steepest" promise about a large one? Four to
# six sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB02-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB02.R1"]
# For a small step along a direction $u$ of length 1 the loss changes by about $\eta\,\nabla L\cdot u$. By the angle
# between the two vectors this is $\eta\,\lVert\nabla L\rVert\cos\varphi$, which is lowest where $\cos\varphi = -1$: where
# $u$ points exactly against the gradient. A coordinate axis is one direction among many. It gives the same descent only
# if the gradient happens to lie along it, and less otherwise: here it is 32 or 70 for each unit of length, instead of
# the length of $(32, 70)$. One gradient also serves all parameters at once; with a million of them, one at a time would
# take a million steps to move each once. But all this is about the slope at the place where we stand. After a large step
# the slope is another one, so the steepest direction need not lead to the minimum, and a step that is too long can even
# raise the loss.
#
# **What a good answer says.** (1) The change of the loss is the dot product of gradient and direction, for a small step.
# (2) It is lowest against the gradient; an axis is generally worse. (3) "Steepest" is a local statement: it holds for
# small steps only.

# %% [markdown] tags=["NB02.W4"]
# ## NB02.W4 · Can the step size choose itself?
#
# The limit above came from the curvature, which is seldom known. What else can be done? Try a step, look at the loss,
# and take it back if it was too long. This is a **line search**.
#
# Stand at $x$ and choose a direction $d$ that leads down, so that the slope $s = \nabla f(x)\cdot d$ is negative. The
# tangent promises a change of $\eta s$. If the curve bends upwards, less is kept. So ask for a fraction $c$ of it
# only, *Armijo's condition*:
#
# $$
# f(x + \eta d) \;\le\; f(x) + c\,\eta\, s , \qquad 0 < c < 1 .
# $$
#
# Begin with $\eta = 1$; as long as the condition fails, multiply $\eta$ by a factor $\rho < 1$. The usual constants are
# $c = 10^{-4}$ and $\rho = \tfrac12$. If $s \ge 0$, no step along $d$ need ever satisfy it: that is an error of the
# caller. Now the four points again, from $\beta = (0,0)$ against the gradient:

# %% tags=["NB02.W4"]
g = np.array(at_zero)
start, d, s, c = np.zeros(2), -g, -(g @ g), 0.3

eta = 1.0
while sum_of_squares(start + eta * d) > sum_of_squares(start) + c * eta * s:
    print(f"eta = {eta:<8g} loss = {sum_of_squares(start + eta * d):10.2f}   too long")
    eta = eta / 2
print(f"eta = {eta:<8g} loss = {sum_of_squares(start + eta * d):10.2f}   accepted")

found = optim.backtracking(sum_of_squares, start, d, c=c)
assert found.eta == eta
assert sum_of_squares(start + eta * d) < 3

figure, axes = plt.subplots(figsize=(6.8, 3.8), layout="constrained")
far = np.linspace(0, 0.068, 200)
along_d = [sum_of_squares(start + step * d) for step in far]
axes.plot(far, along_d, color="black", linewidth=2, label="loss along d")
axes.plot(far, 90 + far * s, ":", color=GREEN, linewidth=2, label="tangent (c = 1)")
axes.plot(far, 90 + c * far * s, "--", color=RED, linewidth=2, label=f"asked (c = {c})")
for trial, marker, label in [(2 * eta, "X", "too long"), (eta, "o", "accepted")]:
    height = sum_of_squares(start + trial * d)
    axes.plot(trial, height, marker, color=BLUE, markersize=10)
    axes.annotate(label, (trial - 0.001, height + 8), ha="right")
axes.set(xlabel="step size η", ylabel="loss", ylim=(-30, 150))
axes.set_title("A step is accepted if the curve is below the dashed line")
axes.legend(frameon=False, loc="upper center")
picture(
    figure,
    alt="The loss along the direction is a parabola that starts at 90, falls nearly to "
    "zero and rises again. A dotted tangent and a flatter dashed line start at the same "
    "point. The first trial shown lies on the rising side above the dashed line; half of "
    "that step lies near the bottom, below it.",
)

# %% [markdown] tags=["NB02.E06"]
# ### Exercise NB02.E06: a line search
#
# **Why it matters:** it makes any descent direction safe to use, and costs a few evaluations of the loss.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB02-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E06"]
def backtracking_line_search(f, grad, x, direction, c=1e-4, rho=0.5):
    """Find how far to go from x along a direction, by Armijo's condition.

    f maps an array of shape (n,) to a float, and grad maps it to the gradient of f there,
    of shape (n,). x and direction have shape (n,). Tries the step size 1.0 first and
    multiplies it by rho for as long as it does not satisfy the condition with c.
    Returns the step size that satisfies it, a float.
    Raises ValueError if the slope of f along direction is not negative at x.
    """
    ### BEGIN SOLUTION
    slope = grad(x) @ direction
    if slope >= 0:
        raise ValueError(f"the direction does not lead down: its slope is {slope}")
    eta = 1.0
    while f(x + eta * direction) > f(x) + c * eta * slope:
        eta = rho * eta
    return eta
    ### END SOLUTION


# %% [markdown] tags=["NB02.E06"]
# <details>
# <summary>Hint</summary>
#
# `grad` is a function: call it once. The cell above holds the loop, with the factor ½ written out and the slope known.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E06"]
check("NB02.E06")

# %% [markdown] tags=["NB02.W4"]
# ### A better direction
#
# The step against the gradient forgets all that was learned on the way. Two classic methods remember.
#
# - **Conjugate gradients** mix the new gradient with the last direction, such that a step does not undo what the
#   steps before have gained. On a quadratic bowl of $n$ parameters, with exact line searches, they need at most
#   $n$ steps.
# - **L-BFGS** keeps the last few changes of the parameters and of the gradient. From these it estimates the curvature,
#   and turns and scales each step by it.
#
# Both need nothing from the model but its loss and its **gradient**. No method in these notebooks needs more, not
# even those that estimate second derivatives. How the gradient of a large model is found is the subject of the units
# to come; what is then done with it is a matter of its own.

# %% tags=["NB02.W4"]
for method in ["cg", "l-bfgs"]:
    run = optim.minimize(sum_of_squares, np.zeros(2), method, tol=1e-3)
    print(f"{method:6}: {run.steps} steps to {np.round(run.x, 3)}")
    assert np.allclose(run.x, best, atol=1e-3)
    assert method != "cg" or run.steps == 2  # two parameters, two steps

# %% [markdown] tags=["NB02.G3"]
# ### NB02.G3 · Four ways down one valley
#
# The valley below is bent, and steep on both sides. All four runs begin at the same place and stop by the same rule.
# **Look at three things:** how the fixed steps creep along the floor, how the line search leaps across the valley and
# then tacks along it in short steps, and how few steps the two methods with a memory take. Change `start`, `bend` or `lr`, and run the cell again.


# %% tags=["NB02.G3"]
start = np.array([-1.5, 0.5])
bend = 20.0
lr = 0.005


def valley(p):
    return (1 - p[0]) ** 2 + bend * (p[1] - p[0] ** 2) ** 2


ways = {
    "fixed step": {"method": "gd", "lr": lr},
    "line search": {"method": "gd", "line_search": "armijo"},
    "conjugate gradients": {"method": "cg"},
    "L-BFGS": {"method": "l-bfgs"},
}
P0, P1 = np.meshgrid(np.linspace(-1.7, 1.6, 200), np.linspace(-0.7, 2.2, 200))

figure, panels = plt.subplots(2, 2, figsize=(8.6, 6.4), layout="constrained")
print("method               steps  values  gradients")
taken = {}
for axes, (name, settings) in zip(panels.flat, ways.items(), strict=True):
    run = optim.minimize(valley, start, tol=1e-3, max_steps=5000, **settings)
    taken[name] = run.steps
    print(f"{name:20} {run.steps:5} {run.evaluations:7} {run.gradients:10}")
    way = np.array(run.path)
    axes.contour(
        P0,
        P1,
        valley([P0, P1]),
        levels=2.0 ** np.arange(-4, 8),
        colors="0.7",
        linewidths=0.8,
    )
    axes.plot(way[:, 0], way[:, 1], ".-", color=BLUE, linewidth=1.2, markersize=6)
    axes.plot(1, 1, "*", color=RED, markersize=14)
    axes.set_title(f"{name}: {run.steps} steps")
picture(
    figure,
    alt="Four maps of a valley bent like a U, each with a path from the left to the "
    "star on the right. Fixed step: so many small steps that they form a line on the "
    "valley floor. Line search: a few leaps across the valley, then many "
    "short steps near the star. Conjugate gradients and "
    "L-BFGS: few, long steps that follow the bend.",
)

# %% tags=["NB02.G3"]
if bend == 20.0:  # as it was handed out
    assert taken["fixed step"] > taken["line search"] > 5 * taken["L-BFGS"]

# %% [markdown] tags=["NB02.G3"]
# Here are the first 40 steps on the same valley, one by one. Its two parameters are the axes. Choose a method, then go
# back along its path. With the fixed step the line below the controls says that the step size is not below $2/L$. And
# yet the path does not run away. **Guess first:** why not?
#
# <details>
# <summary>Answer</summary>
#
# $L$ is the curvature at the start. This surface is no parabola: its curvature differs from place to place. The first
# step lands where it is smaller, and there the same step size is short enough.
#
# </details>

# %% tags=["NB02.G3"]
DescentExplorer(
    valley,
    start=start,
    method="conjugate gradients",
    lr=lr,
    view=((-1.7, 1.6), (-0.7, 2.2)),
)

# %% [markdown] tags=["NB02.W5"]
# ## NB02.W5 · How many steps make one model?
#
# Derivatives by hand become easier if a formula is cut into small assignments. Here is the loss of one example for a
# line with the weights $w_0$ and $w_1$, in four assignments:
#
# $$
# u = w_1 x, \qquad \hat y = w_0 + u, \qquad z = \hat y - y, \qquad \mathcal{L} = z^2 .
# $$
#
# Each does one thing. But nothing forces us to cut so finely. Three assignments will do, or two:
#
# | cut into | assignments |
# |:-|:-|
# | four | $u = w_1x$, $\;\hat y = w_0 + u$, $\;z = \hat y - y$, $\;\mathcal{L} = z^2$ |
# | three | $\hat y = w_0 + w_1x$, $\;z = \hat y - y$, $\;\mathcal{L} = z^2$ |
# | two | $z = w_0 + w_1x - y$, $\;\mathcal{L} = z^2$ |
#
# The picture of the first: each box is a value, and an arrow leads from a value to one that is computed from it.


# %% tags=["NB02.W5"]
def in_four(w0, w1, x, y):
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    L = z**2
    return L


def in_three(w0, w1, x, y):
    yhat = w0 + w1 * x
    z = yhat - y
    return z**2


def in_two(w0, w1, x, y):
    z = w0 + w1 * x - y
    return z**2


values = 0.5, 2.0, 3.0, 4.0  # w0, w1, x, y
assert in_four(*values) == in_three(*values) == in_two(*values)

picture(
    trace(in_four, *values),
    alt="Graph of the four assignments. w1 and x meet in a product, w0 is added, y is "
    "taken off, and the difference is squared to give the loss.",
)

# %% [markdown] tags=["NB02.W5"]
# ### Slopes along the chain
#
# Nudge a value of the chain and ask by how much the loss moves. Begin at the end, where it is easiest. If $z$ grows by
# a little, $\mathcal{L} = z^2$ grows by $2z$ times as much. So $\bar z = 2z$, where the bar marks the slope of the loss
# with respect to a value (NB00).
#
# Now one assignment earlier: if $\hat y$ grows by a little, $z = \hat y - y$ grows by the same. So the loss moves as
# much as for a nudge of $z$. In general a nudge is passed on from assignment to assignment, and **the slopes
# multiply**:
#
# | value | its nudge moves | by the factor | so its bar is |
# |:-|:-|:-|:-|
# | $z$ | $\mathcal{L}$ | $2z$ | $\bar z = 2z$ |
# | $\hat y$ | $z$ | $1$ | $\bar{\hat y} = \bar z\cdot 1$ |
# | $u$ | $\hat y$ | ? | ? |
# | $w_0$ | $\hat y$ | ? | ? |
# | $w_1$ | $u$ | ? | ? |
#
# The last three lines are the next exercise. With $w_0 = 0.5$, $w_1 = 2$, $x = 3$ and $y = 4$ the pencil gives
# $u = 6$, $\hat y = 6.5$, $z = 2.5$ and $\mathcal{L} = 6.25$. A measurement says what must come out for the weights:

# %% tags=["NB02.W5"]
h = 1e-6
w0, w1, x_one, y_one = values
slope_w0 = (in_four(w0 + h, w1, x_one, y_one) - in_four(*values)) / h
slope_w1 = (in_four(w0, w1 + h, x_one, y_one) - in_four(*values)) / h
print(f"L = {in_four(*values)}, slopes: {slope_w0:.3f} for w0, {slope_w1:.3f} for w1")

assert in_four(*values) == 6.25
assert round(slope_w0, 3) == 5
assert round(slope_w1, 3) == 15

# %% [markdown] tags=["NB02.E04"]
# ### Exercise NB02.E04: forwards and backwards through four assignments
#
# **Why it matters:** this is backpropagation on the smallest model there is. The units to come change the model, not
# the method.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*
#
# Nine numbers, and each earns its own share. In code the bars are called `d_z`, `d_yhat` and so on.


# %% nbgrader={"grade": false, "grade_id": "NB02-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB02.E04"]
def linreg_graph(w0, w1, x, y):
    """Values and slopes of u = w1*x, yhat = w0 + u, z = yhat - y, L = z**2.

    All arguments are floats; there is no factor 1/2.
    Returns a dict of floats: the values under "u", "yhat", "z" and "L", and the slope of
    L with respect to each value and weight under "d_z", "d_yhat", "d_u", "d_w0" and
    "d_w1".
    """
    ### BEGIN SOLUTION
    u = w1 * x
    yhat = w0 + u
    z = yhat - y
    bars = {"d_z": 2 * z, "d_yhat": 2 * z, "d_u": 2 * z, "d_w0": 2 * z, "d_w1": 2 * z * x}
    return {"u": u, "yhat": yhat, "z": z, "L": z**2, **bars}
    ### END SOLUTION


# %% [markdown] tags=["NB02.E04"]
# <details>
# <summary>Hint</summary>
#
# Write the four assignments as they stand. Then one line for each bar, from the loss to the weights, each using the one
# before it. In $u = w_1x$: by how much does $u$ move if $w_1$ moves by one?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB02-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB02.E04"]
check("NB02.E04")

# %% [markdown] tags=["NB02.W6"]
# ## NB02.W6 · Is a small cost enough?
#
# The cost is an average over the examples at hand. What we want is a model that does well on examples to come. A model
# with many parameters can follow every accident of the examples at hand. So the examples are parted, at random, before
# anything is fitted:
#
# | part | what it decides |
# |:-|:-|
# | **training** | the parameters: they are fitted to it |
# | **validation** | everything chosen by hand: the kind of model, the step size, when to stop |
# | **test** | nothing. It is looked at once, at the end, to report how good the choice is |
#
# **An example.** The points lie around a sine curve. The model is a polynomial
# $f(x;\theta) = \theta_0 + \theta_1 x + \dots + \theta_k x^k$, which is linear in its parameters, so least squares fits
# it. Which degree $k$?


# %% tags=["NB02.W6"]
X_all, y_all = data.sine(50, noise=0.25, rng=rng)
train, validation, test = data.split(X_all, y_all, (0.4, 0.3, 0.3), rng=rng)
sizes = [len(part[1]) for part in (train, validation, test)]
print("examples for training, validation, test:", *sizes)


# %% tags=["NB02.W6"]
def powers(X, degree):
    """The powers of x/pi, which lies between -1 and 1."""
    return (X / np.pi) ** np.arange(degree + 1)  # (N, 1) to (N, degree + 1)


def mean_square(theta, part):
    X, y = part
    return np.mean((powers(X, len(theta) - 1) @ theta - y) ** 2)


degrees = np.arange(13)
fits = [np.linalg.lstsq(powers(train[0], k), train[1], rcond=None)[0] for k in degrees]
on_training = np.array([mean_square(theta, train) for theta in fits])
on_validation = np.array([mean_square(theta, validation) for theta in fits])
chosen = int(np.argmin(on_validation))
print(f"degree {chosen} is best on the validation part")
print(f"mean squared error on the training part {on_training[chosen]:.3f},")
print(f"on the validation part {on_validation[chosen]:.3f},")
print(f"and on the test part, looked at once: {mean_square(fits[chosen], test):.3f}")

assert np.all(np.diff(on_training) < 1e-9)  # a further parameter never fits worse
assert chosen < degrees[-1]

figure, axes = plt.subplots(figsize=(6.8, 3.6), layout="constrained")
axes.semilogy(degrees, on_training, "o-", color=BLUE, linewidth=2, label="training")
axes.semilogy(degrees, on_validation, "s--", color=RED, linewidth=2, label="validation")
axes.axvline(chosen, color="black", linestyle=":", label="chosen")
axes.set(xlabel="degree of the polynomial", ylabel="mean squared error", xticks=degrees)
axes.set_title("The training error always falls; the validation error does not")
axes.legend(frameon=False)
picture(
    figure,
    alt="Mean squared error over the degree. The training error falls with every degree. "
    "The validation error falls at first and is higher again for the largest degrees; a "
    "dotted line marks the degree at its lowest point.",
)

# %% [markdown] tags=["NB02.W6"]
# Would it be fair to report the validation error? No: of thirteen degrees we kept the one that looked best on just those
# examples. The test part had no say in anything, so its error is an honest estimate.
#
# ### The three ingredients
#
# $$
# \underbrace{J(\theta)}_{\text{objective}}
#   = \frac1n \sum_{i=1}^{n}
#     \underbrace{\ell}_{\text{loss}}\bigl(
#       \underbrace{f}_{\text{architecture}}(\underbrace{x_i}_{\text{data}};\theta),\
#       \underbrace{y_i}_{\text{data}} \bigr)
# $$
#
# **Objective = data + architecture + loss.** Choose these three, and what remains is to descend. For that one thing is
# needed: the gradient of $J$, for any architecture. So far we have derived it anew for each model.

# %% [markdown]
# ## Recap
#
# 1. A loss rates one prediction; the cost is the mean of the losses; learning is a search for its smallest value.
# 2. The squared loss listens far more to outliers than the absolute loss, which has a corner at error 0.
# 3. The gradient holds the slope for each parameter; the loss falls fastest against it, for a small step.
# 4. The largest curvature limits the step size: below the limit descent converges, above it the loss explodes.
# 5. Training fits the parameters, validation makes the choices, and the test part is looked at once.
#
# **Further reading.** The lecture texts on loss functions, empirical risk and gradient descent. M. Nielsen, *Neural
# Networks and Deep Learning*, chapter 1. A. Griewank and A. Walther, *Evaluating Derivatives*, chapter 1. PyTorch
# documentation, "torch.optim". JAX documentation, "Automatic differentiation".
#
# **Next.** In NB03 a model has many inputs and many outputs. What is its derivative, and what does it cost?
