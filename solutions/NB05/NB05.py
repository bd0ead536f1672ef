# %% [markdown]
# # NB05 · Logistic and softmax regression
#
# A model says: "I am 88 % sure that this is a cat." How wrong is that if it is a cat? And how wrong if it is not?
#
# **Goals.** After this unit you can
#
# - say where the losses for classes come from, and why there is a logarithm and a minus sign in them;
# - derive the short gradient "prediction minus label", for two classes and for many;
# - compute losses and gradients that stay right where a model is very sure;
# - train a first classifier, and read its loss as a distance between distributions.
#
# **You need** the sigmoid (NB01), gradient descent (NB02), Jacobians and cotangents (NB03), and bars (NB04).
#
# **Time:** about 130 minutes. Paper and pencil help.

# %% tags=["NB05.setup"]
import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import (
    cross_entropy,
    data,
    grad,
    logsumexp,
    numerical_gradient,
    numerical_jacobian,
    optim,
    sigmoid,
    softmax,
    trace,
    vjp,
)
from backprop_course.widgets import (
    DecisionBoundary,
    DistributionBars,
    GraphStepper,
    LogitFitter,
    picture,
    quiz,
)

rng = np.random.default_rng(5)  # the only source of chance in this notebook

BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"

# %% [markdown] tags=["NB05.W1"]
# ## NB05.W1 · What does a sure model deserve?
#
# Each example has features $x$ and a label $y$, which is 1 or 0: cat or no cat. A model shall say how probable the
# label 1 is. Two choices have to be made.
#
# 1. Which distribution describes a label that is 0 or 1?
# 2. Which function of $x$ and the weights $w$ has values between 0 and 1?
#
# Think of an answer to both before you read on.
#
# ### The first choice: a Bernoulli distribution
#
# A label of two kinds is a coin with a certain bias. Call $\hat y$ the probability of 1. Then 0 has the probability
# $1 - \hat y$. One formula says both:
#
# $$
# p(y \mid \hat y) = \hat y^{\,y}\,(1 - \hat y)^{1-y}
# = \begin{cases} \hat y & \text{if } y = 1, \\ 1 - \hat y & \text{if } y = 0. \end{cases}
# $$
#
# ### The second choice: a sigmoid
#
# A weighted sum $u = w^\top x$ can be any number. The sigmoid takes it into the open interval from 0 to 1:
#
# $$
# \hat y = \sigma(u) = \frac{1}{1 + e^{-u}} , \qquad u = w^\top x .
# $$
#
# The ends 0 and 1 are limits: no $u$ reaches them. The number $u$ is called the **logit** or **score**. Solve for
# it, and it is the logarithm of the odds: $u = \log\frac{\hat y}{1-\hat y}$. A score of 0 means "fifty-fifty". The
# model has the name *logistic regression*, though it sorts into classes. (An offset $b$ can be had by a feature that
# is always 1.)
#
# ### Choosing the weights: make what happened probable
#
# Take the weights under which the labels that were observed are as probable as possible. This is **maximum
# likelihood**. For independent examples the probabilities multiply, and a logarithm turns the product into a sum
# without moving its maximum:
#
# $$
# \hat w = \arg\max_w \prod_{i=1}^N p(y_i \mid x_i, w) = \arg\max_w \sum_{i=1}^N \log p(y_i \mid x_i, w) .
# $$
#
# The likelihood is *conditional*: the features are given, and only the labels are modelled.
#
# Three examples with the labels 1, 1, 0, and a model that says 0.9, 0.8, 0.3. The pencil gives
# $0.9 \cdot 0.8 \cdot 0.7 = 0.504$.

# %% tags=["NB05.W1"]
y = np.array([1, 1, 0])
yhat = np.array([0.9, 0.8, 0.3])

likelihood = np.prod(yhat**y * (1 - yhat) ** (1 - y))
total_loss = np.sum(-y * np.log(yhat) - (1 - y) * np.log(1 - yhat))

print(f"likelihood = {likelihood:.3f}, and minus its logarithm = {total_loss:.4f}")

assert np.isclose(likelihood, 0.504)
assert np.isclose(total_loss, -np.log(0.504))

# %% [markdown] tags=["NB05.W1"]
# ### The loss
#
# A loss is minimised, so the sign is turned. Put the Bernoulli formula into the logarithm, and the **binary
# cross-entropy** (BCE) of one example appears:
#
# $$
# \mathcal{L}(\hat y, y) = -\,y \log \hat y \;-\; (1 - y) \log (1 - \hat y)
# = \begin{cases} -\log \hat y & \text{if } y = 1, \\ -\log (1 - \hat y) & \text{if } y = 0. \end{cases}
# $$
#
# The label switches one of the two terms on. Either way the loss is *minus the logarithm of the probability which
# the model gave to what happened*. Over a data set the losses are added; this course then divides by $N$ and takes
# the mean. That changes no minimiser.

# %% tags=["NB05.W1"]
guess = np.linspace(0.001, 0.999, 400)

figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for label, style, color in [(1.0, "-", BLUE), (0.0, "--", RED), (0.7, ":", GREEN)]:
    loss = -label * np.log(guess) - (1 - label) * np.log(1 - guess)
    lowest = guess[np.argmin(loss)]
    axes.plot(guess, loss, style, color=color, linewidth=2.2, label=f"y = {label:g}")
    axes.plot(lowest, loss.min(), "o", color=color)
    print(f"y = {label:g}: lowest at ŷ = {lowest:.3f}, with the loss {loss.min():.3f}")
    assert abs(lowest - label) < 0.003
axes.set(xlabel="ŷ", ylabel="loss", ylim=(-0.2, 5), title="Lowest where ŷ = y")
axes.legend(frameon=False)
picture(
    figure,
    alt="Three curves of the loss over the prediction from 0 to 1. For y = 1 it falls "
    "from very high to 0 at the right end. For y = 0 it rises from 0 at the left end. "
    "For y = 0.7 it is a bowl with its bottom at 0.7, above 0.",
)

# %% [markdown] tags=["NB05.W1"]
# The loss is lowest exactly where $\hat y = y$. That holds for a **soft label** such as 0.7 too, which says "seven
# in ten were cats". Only there the lowest loss is not 0. And who is sure *and wrong* pays without limit. The answer
# to the question at the top:

# %% tags=["NB05.W1"]
print(f"88 % sure, and it is a cat: {-np.log(0.88):.3f}")
print(f"88 % sure, and it is none:  {-np.log(1 - 0.88):.3f}")

# %% [markdown] tags=["NB05.W1"]
# The same idea works for more than two classes: minus the logarithm of the probability of the true class. NB05.W5 and
# NB05.W6 follow it up.

# %% [markdown] tags=["NB05.Q1"]
# ### Quiz NB05.Q1: model and loss

# %% tags=["NB05.Q1"]
quiz("NB05.Q1")

# %% [markdown] tags=["NB05.W2"]
# ## NB05.W2 · What does the loss look like?
#
# Eleven points with one feature. The model is $\hat y = \sigma(w_0 + w_1 x)$. Read the panels in order:
#
# 1. the points, and the curve with the least loss;
# 2. for each label 1, a bar: the probability that the curve gives it;
# 3. for each label 0, a bar from the curve up to 1: what is left for it;
# 4. both together: each point has one bar, the probability of *what happened*;
# 5. the place $x$ is forgotten, and the bars stand side by side;
# 6. minus the logarithm of each: long bars become short, short ones long. The loss is their mean.

# %% tags=["NB05.W2"]
x = np.array([-2.5, -1.8, -1.1, -0.5, -0.2, 0.4, 0.6, 1.0, 1.3, 2.0, 2.7])
y = np.array([0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1])


def mean_loss(w):
    u = w[0] + w[1] * x
    return np.mean(np.logaddexp(0, u) - y * u)  # BCE in terms of u: see NB05.W3


best = optim.minimize(mean_loss, np.zeros(2)).x
print(f"best weights: w0 = {best[0]:.2f}, w1 = {best[1]:.2f}; loss {mean_loss(best):.3f}")

# %% tags=["NB05.W2"]
yhat = sigmoid(best[0] + best[1] * x)
happened = np.where(y == 1, yhat, 1 - yhat)
one, zero = y == 1, y == 0
fine = np.linspace(-3, 3, 200)
dashes = (0, (1, 0.5))

figure, panels = plt.subplots(2, 3, figsize=(10.5, 5.8), layout="constrained")
titles = [
    "1  points and curve",
    "2  probability of the ones",
    "3  probability of the zeros",
    "4  probability of what happened",
    "5  the same, side by side",
    "6  minus the logarithm",
]
for number, (axes, title) in enumerate(zip(panels.flat, titles, strict=True)):
    axes.set_title(title)
    if number < 4:
        axes.plot(fine, sigmoid(best[0] + best[1] * fine), color="black", linewidth=1.2)
        axes.plot(x[one], y[one], "o", color=BLUE, label="y = 1")
        axes.plot(x[zero], y[zero], "s", color=RED, label="y = 0")
        axes.set(xlabel="x", ylim=(-0.08, 1.08))
    if number in (1, 3):
        axes.vlines(x[one], 0, yhat[one], color=BLUE, linewidth=4)
    if number in (2, 3):
        axes.vlines(x[zero], yhat[zero], 1, color=RED, linewidth=4, linestyle=dashes)
for axes, heights in [(panels[1, 1], happened), (panels[1, 2], -np.log(happened))]:
    places = np.arange(len(x))
    axes.bar(places[one], heights[one], color=BLUE)
    axes.bar(places[zero], heights[zero], color=RED, hatch="//", edgecolor="white")
    axes.set(xlabel="example", xticks=places[::2])
panels[0, 0].legend(loc="center left", frameon=False)
panels[1, 1].set_ylim(0, 1.08)
panels[1, 2].axhline(mean_loss(best), color="black", linestyle=":")
panels[1, 2].text(0, mean_loss(best) + 0.04, "mean")

assert np.isclose(np.mean(-np.log(happened)), mean_loss(best))
picture(
    figure,
    alt="Six panels. A rising curve among eleven points; bars from below up to the curve "
    "for the points with label 1; bars from the curve up to 1 for those with label 0; "
    "both; the lengths of the bars side by side, two of them short; minus the logarithm "
    "of the lengths, where those two tower above a dotted line at the mean.",
)

# %% [markdown] tags=["NB05.G1"]
# ### NB05.G1 · Set the weights by hand
#
# Drag the square, which holds $w_0$ and $w_1$, over the map of the loss, or move the sliders. Each point has its bar of
# $-\log p$, in the order of the data, and the dotted line is their mean. Try to get the mean below 0.42. **Guess
# first:** what happens to the two longest bars if $w_1$ is made ten times larger, from 0.4 to 4, and what to the short
# ones? Points can be dragged too, sideways: what does one with label 1 pay at the far left? The arrows are gradients;
# NB05.W3 comes to them.
#
# <details>
# <summary>Answer</summary>
#
# A steeper curve is surer everywhere. Points on the right side cost next to nothing then. Those on the wrong side pay
# for all of it: their bars grow, the longest to several times its height, and the mean gets worse.
#
# </details>

# %% tags=["NB05.G1"]
LogitFitter((x, y), w=(0.5, 0.4))

# %% [markdown] tags=["NB05.W2"]
# ### Two features: a straight boundary
#
# With two features the model is $\hat y = \sigma(w_0 + w_1x_1 + w_2x_2)$. Where does it say "fifty-fifty"? Where the
# score is 0. And $w_0 + w_1x_1 + w_2x_2 = 0$ is a straight line. The sigmoid bends the probabilities, not the
# boundary.

# %% tags=["NB05.W2"]
points, labels = data.logistic_2d(80, rng=rng)
ones_first = np.column_stack([np.ones(len(points)), points])  # a feature that is always 1


def plane_loss(w):
    u = ones_first @ w
    return np.mean(np.logaddexp(0, u) - labels * u)


plane = optim.minimize(plane_loss, np.zeros(3)).x
A, B = np.meshgrid(np.linspace(-3.2, 3.2, 150), np.linspace(-3.2, 3.2, 150))


def draw_plane(axes, w):
    """Draw the points, and the lines on which the model says 0.1, 0.5 and 0.9."""
    chance = sigmoid(w[0] + w[1] * A + w[2] * B)
    look = {"colors": "black", "linestyles": [":", "-", "--"]}
    axes.contour(A, B, chance, levels=[0.1, 0.5, 0.9], **look)
    axes.plot(*points[labels == 1].T, "o", color=BLUE, markersize=5, label="y = 1")
    axes.plot(*points[labels == 0].T, "s", color=RED, markersize=5, label="y = 0")
    axes.set(xlabel="x₁", ylabel="x₂", aspect="equal")


figure, axes = plt.subplots(figsize=(5.2, 4.6), layout="constrained")
draw_plane(axes, plane)
axes.set_title("ŷ = 0.1 dotted, 0.5 solid, 0.9 dashed")
axes.legend(loc="lower left")
picture(
    figure,
    alt="Points of two classes in the plane. Three parallel straight lines: left of all "
    "of them nearly every point has the label 0, right of all of them nearly every point "
    "has the label 1, and between them the classes mix.",
)

# %% [markdown] tags=["NB05.W3"]
# ## NB05.W3 · How does the loss reach the weights?
#
# For least squares the best line has a formula, since the loss is quadratic in the weights. Here it is not. Compare
# the loss along $w_1$ with the parabola that touches it at its minimum:

# %% tags=["NB05.W3"]
slopes = np.linspace(-1, 9, 200)
along = np.array([mean_loss([best[0], slope]) for slope in slopes])
h = 1e-3
up, down = mean_loss(best + [0, h]), mean_loss(best - [0, h])
bend = (up - 2 * mean_loss(best) + down) / h**2  # the second derivative, by nudges

figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
axes.plot(slopes, along, color=BLUE, linewidth=2.2, label="loss")
parabola = mean_loss(best) + bend / 2 * (slopes - best[1]) ** 2
axes.plot(slopes, parabola, "--", color=RED, linewidth=1.8, label="parabola")
axes.plot(best[1], mean_loss(best), "o", color="black")
axes.set(xlabel="w₁", ylabel="loss", ylim=(0, 2.6), title="One valley, but no parabola")
axes.legend(frameon=False)
picture(
    figure,
    alt="The loss over w1 has one minimum, and a parabola touches it there. To both "
    "sides the loss leaves the parabola and becomes almost a straight line.",
)

# %% [markdown] tags=["NB05.W3"]
# There is one valley, but no formula for its bottom. So we walk, and for walking we need the gradient. How do we get
# it without a page of algebra? As in NB04: by a graph, and a bar for each value.
#
# ### Four steps back
#
# One example, one feature, two weights:
#
# $$
# u = w_0 + w_1x, \qquad \hat y = \sigma(u), \qquad \mathcal{L} = -y\log\hat y - (1-y)\log(1-\hat y) .
# $$
#
# Step through it at $w_0 = -1$, $w_1 = 2$, $x = 1.5$, $y = 1$. Two edges leave $\hat y$. Which of them carries a
# zero back?


# %% tags=["NB05.W3"]
def logistic_loss(w0, w1, x, y):
    u = w0 + w1 * x
    yhat = sigmoid(u)
    L = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))
    return L


GraphStepper(logistic_loss, -1.0, 2.0, 1.5, 1.0)

# %% [markdown] tags=["NB05.W3"]
# On paper the walk has four steps. The first is a derivative of two logarithms:
#
# $$
# \begin{aligned}
# \bar{\hat y} &= -\frac{y}{\hat y} + \frac{1-y}{1-\hat y} = \frac{\hat y - y}{\hat y\,(1-\hat y)} \\
# \bar u &= \bar{\hat y}\;\sigma'(u) = \bar{\hat y}\;\hat y\,(1-\hat y) \\
# \bar w_0 &= \;? \\
# \bar w_1 &= \;?
# \end{aligned}
# $$
#
# The last two are left for you. Here is what they must be, measured by nudging:

# %% tags=["NB05.W3"]
w0, w1, x_one, y_one = -1.0, 2.0, 1.5, 1


def loss_of_yhat(yhat):
    return -(y_one * np.log(yhat) + (1 - y_one) * np.log(1 - yhat))


u = w0 + w1 * x_one
yhat_one = sigmoid(u)
L = loss_of_yhat(yhat_one)
d_yhat = numerical_gradient(loss_of_yhat, yhat_one)
d_u = numerical_gradient(lambda u: loss_of_yhat(sigmoid(u)), u)
d_w0 = numerical_gradient(lambda w0: logistic_loss(w0, w1, x_one, y_one), w0)
d_w1 = numerical_gradient(lambda w1: logistic_loss(w0, w1, x_one, y_one), w1)

print(f"u = {u}, yhat = {yhat_one:.6f}, L = {L:.6f}")
print(f"bars: yhat {d_yhat:.6f}, u {d_u:.6f}, w0 {d_w0:.6f}, w1 {d_w1:.6f}")

assert u == 2
assert round(yhat_one, 6) == 0.880797
assert round(L, 6) == 0.126928
assert round(d_yhat, 6) == -1.135335
assert round(d_u, 6) == round(d_w0, 6) == -0.119203
assert round(d_w1, 6) == -0.178804

# %% [markdown] tags=["NB05.E02"]
# ### Exercise NB05.E02: four steps back
#
# **Why it matters:** it is the smallest classifier, and each of its steps returns in every larger one.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*
#
# Values and bars, each from the one before it. The label is 0 or 1; both must come out right.


# %% nbgrader={"grade": false, "grade_id": "NB05-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E02"]
def logreg_steps(w0, w1, x, y):
    """Values and bars of u = w0 + w1*x, yhat = sigmoid(u), L = BCE(yhat, y).

    w0, w1 and x are floats; y is 0 or 1, an int or a float.
    Returns a dict of floats: the values under "yhat" and "L", and the slope of L with
    respect to yhat, u, w0 and w1 under "d_yhat", "d_u", "d_w0" and "d_w1".
    """
    ### BEGIN SOLUTION
    yhat = sigmoid(w0 + w1 * x)
    L = -y * np.log(yhat) - (1 - y) * np.log(1 - yhat)
    d_yhat = -y / yhat + (1 - y) / (1 - yhat)
    d_u = d_yhat * yhat * (1 - yhat)
    bars = {"d_yhat": d_yhat, "d_u": d_u, "d_w0": d_u, "d_w1": d_u * x}
    return {"yhat": yhat, "L": L, **bars}
    ### END SOLUTION


# %% [markdown] tags=["NB05.E02"]
# <details>
# <summary>Hint</summary>
#
# Differentiate the two logarithms one by one, and mind the sign of the second: $1 - \hat y$ falls when $\hat y$
# rises. So $\bar{\hat y} = -\bigl(\frac{y}{\hat y} - \frac{1-y}{1-\hat y}\bigr)$. For the slope of the sigmoid use
# $\sigma'(u) = \sigma(u)(1 - \sigma(u))$, which is $\hat y(1-\hat y)$. For the weights ask: by how much does $u$
# change when the weight changes by one?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E02"]
check("NB05.E02")

# %% [markdown] tags=["NB05.W3"]
# ### Two steps fused into one
#
# Look at the first two bars once more. What the loss divides by, the sigmoid multiplies by:
#
# $$
# \bar u = \frac{\hat y - y}{\hat y\,(1-\hat y)} \cdot \hat y\,(1-\hat y) = \hat y - y .
# $$
#
# **Prediction minus label.** That is all the loss sends to the score. With the numbers above it is $0.88 - 1 = -0.12$.
#
# Is the short form only shorter? Try a model that is very sure, and wrong. We compute the slope in two steps and in
# one.

# %% tags=["NB05.W3"]
print("    u   label   two steps              one step")
for u, label in [(2.0, 0), (20.0, 0), (40.0, 0), (-800.0, 1)]:
    with np.errstate(all="ignore"):  # the two steps would warn: that is the point
        yhat = np.float64(1) / (1 + np.exp(-u))
        d_yhat = (yhat - label) / (yhat * (1 - yhat))  # may be infinite
        d_u = d_yhat * yhat * (1 - yhat)
    print(f"{u:5.0f}   {label}       {d_u:<20.12g}   {sigmoid(u) - label:.12g}")
assert np.isnan(d_u)

# %% [markdown] tags=["NB05.W3"]
# At $u = 40$ the computer rounds $\hat y$ to exactly 1. Then $1 - \hat y$ is 0, the first step divides by 0, and
# infinity times 0 is `nan`. At $u = -800$ the same happens with $\hat y = 0$. One such example spoils all weights. The fused form has nothing to divide by.
#
# **The loss has the same trouble**, since $\log(1 - \hat y)$ becomes the logarithm of 0. The way out is the same:
# put the sigmoid into the loss, and simplify before computing. With $\log\hat y = u - \log(1 + e^u)$ and
# $\log(1 - \hat y) = -\log(1 + e^u)$ all but two terms cancel:
#
# $$
# \mathcal{L} = \log(1 + e^{u}) - y\,u .
# $$
#
# $e^u$ still overflows for $u = 1000$. So take the larger of the two terms 1 and $e^u$ out of the logarithm. What is
# left inside is harmless for every $u$:
#
# $$
# \log(1 + e^{u}) = \max(u, 0) + \log\bigl(1 + e^{-|u|}\bigr) .
# $$
#
# NumPy has this as `np.logaddexp(0, u)`, which means $\log(e^0 + e^u)$. The sigmoid needs the same care: for
# negative $u$ write it as $e^u/(1 + e^u)$, so that no exponential grows. The course's `sigmoid` does. Some programs
# *clip* $\hat y$ to stay away from 0 and 1. That hides the warning and falsifies the loss:

# %% tags=["NB05.W3"]
print("    u   stable loss   clipped loss    (label 0)")
for u in (2.0, 20.0, 40.0, 1000.0):
    clipped = np.clip(sigmoid(u), 1e-7, 1 - 1e-7)
    print(f"{u:5.0f}   {np.logaddexp(0, u):11.6f}   {-np.log(1 - clipped):12.6f}")

assert np.logaddexp(0, 1000.0) == 1000
assert np.log(1 - clipped) > -17

# %% [markdown] tags=["NB05.E01"]
# ### Exercise NB05.E01: a loss that survives being sure
#
# **Why it matters:** every framework has this function, and tells you to use it in place of a sigmoid with a loss
# behind. *Difficulty 3 of 5, about 12 minutes, 3 points.*
#
# Labels may be soft: any number from 0 to 1. At scores of ±1000 loss and gradient must be right, without a warning.


# %% nbgrader={"grade": false, "grade_id": "NB05-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E01"]
def bce_with_logits(u, y):
    """Mean binary cross-entropy of scores, and its gradient with respect to them.

    u holds the scores, floats of shape (N,). y holds the labels, numbers from 0 to 1 of
    shape (N,), ints or floats. The prediction is sigmoid(u).
    Returns the pair (loss, du): a float, the mean over the N examples; and an array of
    shape (N,), the gradient of that mean. No overflow, no warning, at any size of u.
    """
    ### BEGIN SOLUTION
    return np.mean(np.logaddexp(0, u) - y * u), (sigmoid(u) - y) / len(u)
    ### END SOLUTION


# %% [markdown] tags=["NB05.E01"]
# <details>
# <summary>Hint</summary>
#
# Do not compute $\hat y$ for the loss: use the form with $u$ alone. For the gradient the fused step is enough; use the
# course's `sigmoid`. Then the mean: each example has a share of $1/N$ in the loss, and so in its gradient.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E01"]
check("NB05.E01")

# %% [markdown] tags=["NB05.W3"]
# ### Many features, many examples
#
# With $d$ features, $u = w^\top x$ takes the place of $w_0 + w_1x$. From $u$ each weight $w_j$ receives
# $\bar u\,x_j$. As a vector:
#
# $$
# \nabla_w \mathcal{L} = (\hat y - y)\,x .
# $$
#
# The loss of a data set is the mean of the losses of its examples. So its gradient is the mean of their gradients: a
# sum over paths, one path for each example. (The arrows in NB05.G1 are these gradients. Tip to tail they add up to $N$
# times the mean.) With one example in each row of $X$, the scores are $u = Xw$. A graph of arrays shows it:


# %% tags=["NB05.W3"]
def data_loss(w, X, y):
    u = X @ w
    losses = np.logaddexp(0, u) - y * u
    L = np.mean(losses)
    return L


X_few, y_few = rng.normal(size=(4, 3)), np.array([1.0, 0.0, 0.0, 1.0])
w_few = np.array([0.5, -1.0, 2.0])
by_example = [(sigmoid(a @ w_few) - b) * a for a, b in zip(X_few, y_few, strict=True)]
print("one row for each example:\n", np.round(by_example, 3))
print("their mean:", np.round(np.mean(by_example, axis=0), 3))

assert np.allclose(np.mean(by_example, axis=0), grad(data_loss)(w_few, X_few, y_few))

picture(
    trace(data_loss, w_few, X_few, y_few),
    alt="Graph of logistic regression with arrays. X of shape (4, 3) and w of shape (3,) "
    "give the scores u of shape (4,). Two edges leave u: one into a logarithm, one into "
    "the product with y. Their difference is the losses, and the mean of these is L.",
)

# %% [markdown] tags=["NB05.E03"]
# ### Exercise NB05.E03: the gradient of a data set
#
# **Why it matters:** this one line is what a training loop calls, over and over.
# *Difficulty 2 of 5, about 8 minutes, 3 points.*
#
# The mean over the examples, no loop needed. There is no separate offset.


# %% nbgrader={"grade": false, "grade_id": "NB05-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E03"]
def logreg_gradient(w, X, y):
    """Gradient of the mean binary cross-entropy of logistic regression.

    The prediction for a row x of X is sigmoid(x @ w). w has shape (d,); X has shape
    (N, d), one example in each row; y has shape (N,), its entries are 0 and 1, ints or
    floats.
    Returns dw, an array of shape (d,): the gradient of the mean over the N examples.
    """
    ### BEGIN SOLUTION
    return X.T @ (sigmoid(X @ w) - y) / len(y)
    ### END SOLUTION


# %% [markdown] tags=["NB05.E03"]
# <details>
# <summary>Hint</summary>
#
# First the error signals of all scores: an array of shape $(N,)$. Then each weight collects from every example,
# through column $j$ of $X$. Write the shapes $(d, N)$ and $(N,)$ under a product, and do not forget the mean.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E03"]
check("NB05.E03")

# %% [markdown] tags=["NB05.E04"]
# ### Exercise NB05.E04: a first classifier
#
# **Why it matters:** with this the model learns. Every training loop to come is this one with other parts.
# *Difficulty 3 of 5, about 15 minutes, 3 points.*
#
# The recipe of NB02, with a new gradient. In each round:
#
# 1. forward and backward for all examples, and the mean $g$ of their gradients;
# 2. stop if $\lVert g\rVert < $ `tol`, with the Euclidean norm, and *before* the step;
# 3. $w \leftarrow w - \eta\,g$, with $\eta$ = `lr`.
#
# Start at $w = 0$. After `max_steps` steps it ends in any case. That is needed: if a line separates the classes
# without an error, the weights grow for ever, since a steeper curve is always a little better.
#
# (Many texts take the sum of the gradients instead of the mean. Then $\eta$ must be $N$ times smaller for the same
# walk.)


# %% nbgrader={"grade": false, "grade_id": "NB05-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E04"]
def logreg_fit(X, y, lr, tol, max_steps):
    """Fit logistic regression by gradient descent on the mean binary cross-entropy.

    X has shape (N, d) and y, of 0 and 1, has shape (N,); the prediction for a row x is
    sigmoid(x @ w), without an offset. The descent starts at zeros. Each step takes lr
    times the gradient off w. It stops before a step if the Euclidean norm of the
    gradient is below tol, and in any case after max_steps steps.
    Returns the pair (w, history): the weights, of shape (d,); and a list of floats, the
    mean loss at the start and after each step that was taken.
    """

    ### BEGIN SOLUTION
    def loss(w):
        return np.mean(np.logaddexp(0, X @ w) - y * (X @ w))

    w = np.zeros(X.shape[1])
    history = [loss(w)]
    for _ in range(max_steps):
        g = X.T @ (sigmoid(X @ w) - y) / len(y)
        if np.linalg.norm(g) < tol:
            break
        w = w - lr * g
        history.append(loss(w))
    return w, history
    ### END SOLUTION


# %% [markdown] tags=["NB05.E04"]
# <details>
# <summary>Hint</summary>
#
# Write a small function for the mean loss, stable as in E01. The history begins with the loss at zeros, which is
# $\log 2$ for any data. `np.linalg.norm` gives the Euclidean norm. The gradient is that of E03.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E04"]
check("NB05.E04")

# %% [markdown] tags=["NB05.G2"]
# ### NB05.G2 · Watch the boundary turn
#
# The points are those of NB05.W2. Gradient descent starts with all weights at 0, where the model says ½ everywhere
# and has no boundary at all. **Before you press play:** which settles first, the direction of the boundary or the
# distance between its three lines? Afterwards change the step size, or draw points on the wrong side.
#
# <details>
# <summary>Answer</summary>
#
# The direction. After five steps the middle line is within a few degrees of where it ends, while the outer lines are
# still more than twice as far apart as at the end: it takes longer weights to be surer.
#
# </details>

# %% tags=["NB05.G2"]
DecisionBoundary(points, labels, lr=0.5, steps=200, step=0)

# %% [markdown] tags=["NB05.G2"]
# The same in numbers. The vector $(w_1, w_2)$ stands at a right angle to the lines. The outer ones are where
# the score is $\pm\log 9$, since $\sigma(\log 9) = 0.9$.

# %% tags=["NB05.G2"]
lr = 0.5  # change me

seen = [np.zeros(3)]
for _ in range(200):
    seen.append(seen[-1] - lr * grad(plane_loss)(seen[-1]))
losses = [plane_loss(w) for w in seen]

angles = [np.degrees(np.arctan2(w2, w1)) for _, w1, w2 in seen[1:]]
gaps = [2 * np.log(9) / np.hypot(w1, w2) for _, w1, w2 in seen[1:]]
print("step: loss, direction in degrees, from the line of 0.1 to that of 0.9")
for step in (1, 5, 25, 200):
    print(f"{step:4}: {losses[step]:.3f}, {angles[step - 1]:5.1f}, {gaps[step - 1]:4.1f}")

if lr == 0.5:  # as it was handed out
    assert np.all(np.diff(losses) < 0)
    assert abs(angles[4] - angles[-1]) < 5
    assert gaps[4] > 2 * gaps[-1]

# %% [markdown] tags=["NB05.W4"]
# ## NB05.W4 · Why is it called a distance?
#
# "Loss" can be read in another way: it says how unlike two distributions are. One is what the data say, the
# **empirical distribution**. The other is what the model says. Three quantities belong together. For distributions
# $p$ and $q$ over $k$ outcomes:
#
# | name | formula | read as |
# |:-|:-|:-|
# | entropy | $H(p) = -\sum_i p_i \log p_i$ | how uncertain $p$ is in itself |
# | cross entropy | $\mathrm{CE}(p, q) = -\sum_i p_i \log q_i$ | the mean surprise of who believes $q$, while $p$ is true |
# | Kullback–Leibler divergence | $\mathrm{KL}(p, q) = \sum_i p_i \log\frac{p_i}{q_i}$ | the surprise that a better belief would save |
#
# The logarithm is the natural one, and the unit is the *nat*. What cannot happen adds nothing: where $p_i = 0$, the
# term counts as 0, as $p\log p$ goes to 0 with $p$. Put the definitions together:
#
# $$
# \mathrm{CE}(p, q) = H(p) + \mathrm{KL}(p, q), \qquad \mathrm{KL}(p, q) \ge 0, \text{ and } 0 \text{ only if } p = q .
# $$
#
# With $p = (0.7, 0.3)$ and $q = (\tfrac12, \tfrac12)$ the cross entropy needs no calculator: it is $\log 2$.

# %% tags=["NB05.W4"]
p, q = np.array([0.7, 0.3]), np.array([0.5, 0.5])

H = -np.sum(p * np.log(p))
CE = -np.sum(p * np.log(q))
KL = np.sum(p * np.log(p / q))
KL_exchanged = np.sum(q * np.log(q / p))

print(f"H = {H:.6f}, CE = {CE:.6f}, KL = {KL:.6f}")
print(f"KL with p and q exchanged = {KL_exchanged:.6f}")

assert round(H, 6) == 0.610864
assert round(CE, 6) == 0.693147
assert round(KL, 6) == 0.082283
assert np.isclose(CE, H + KL)

# %% [markdown] tags=["NB05.W4"]
# The divergence is no true distance: exchange $p$ and $q$, and another number comes out. The first one is what is
# true. The second one is what is believed, and only it stands in the logarithm of the cross entropy.
#
# ### Three names for one task
#
# Suppose that $N$ labels were observed, and that label $c$ was among them $N_c$ times. The model believes $q$. Its
# mean loss is a sum over examples. Collect equal labels:
#
# $$
# -\frac1N\sum_{i=1}^N \log q_{y_i} = -\sum_c \frac{N_c}{N}\log q_c = \mathrm{CE}(p_{\text{data}}, q)
# = H(p_{\text{data}}) + \mathrm{KL}(p_{\text{data}}, q) .
# $$
#
# The entropy of the data does not contain the model. So the weights that maximise the likelihood also minimise the
# cross entropy, and also the divergence. The three differ in value. They have **the same minimiser**. With features
# the same is true, with a distribution for each $x$.
#
# Ten throws of a coin, seven heads. Which belief fits best?

# %% tags=["NB05.W4"]
throws = np.array([1] * 7 + [0] * 3)
belief = np.linspace(0.01, 0.99, 99)

nll = np.array([-np.mean(np.log(np.where(throws == 1, b, 1 - b))) for b in belief])
ce = -(0.7 * np.log(belief) + 0.3 * np.log(1 - belief))
kl = 0.7 * np.log(0.7 / belief) + 0.3 * np.log(0.3 / (1 - belief))
print(f"best belief: {belief[np.argmin(nll)]:.2f}, {belief[np.argmin(kl)]:.2f}")

assert np.allclose(nll, ce)
assert np.allclose(ce - kl, H)
assert np.isclose(belief[np.argmin(nll)], 0.7)

figure, axes = plt.subplots(figsize=(6.4, 3.5), layout="constrained")
axes.plot(belief, nll, color=BLUE, linewidth=2.2, label="mean loss = cross entropy")
axes.plot(belief, kl, "--", color=RED, linewidth=2.2, label="divergence")
axes.annotate("", (0.7, 0), (0.7, H), arrowprops={"arrowstyle": "<->"})
axes.text(0.68, H / 2, "H of the data", ha="right", va="center")
axes.set(xlabel="q: believed probability of heads", ylabel="nats", ylim=(-0.05, 2.2))
axes.legend(frameon=False, loc="upper center")
picture(
    figure,
    alt="Two curves of equal shape over the believed probability of heads, one above the "
    "other. Both are lowest at 0.7. The lower one touches 0 there. The gap between them "
    "is the entropy of the data, the same everywhere.",
)

# %% [markdown] tags=["NB05.E05"]
# ### Exercise NB05.E05: entropy, cross entropy, divergence
#
# **Why it matters:** these three are printed in every report about a model that predicts words or classes.
# *Difficulty 3 of 5, about 10 minutes, 2 points.*
#
# $p$ may contain zeros. Often there is a distribution in each row of an array: return one number for each row then.


# %% nbgrader={"grade": false, "grade_id": "NB05-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E05"]
def entropy_ce_kl(p, q):
    """Entropy of p, cross entropy and divergence of p and q, in nats.

    p and q are arrays of one shape: (k,), or (..., k) with a distribution along the last
    axis for each index of the axes before it. The entries of q are above 0; those of p
    may be 0, and add nothing then.
    Returns (H, CE, KL), the entropy of p, the cross entropy -sum(p log q), and the
    divergence sum(p log(p/q)): floats, or arrays of shape (...). No warning.
    """
    ### BEGIN SOLUTION
    possible = np.where(p > 0, p, 1.0)  # log 1 = 0 where p is 0
    H = -np.sum(p * np.log(possible), axis=-1)
    CE = -np.sum(p * np.log(q), axis=-1)
    return H, CE, CE - H
    ### END SOLUTION


# %% [markdown] tags=["NB05.E05"]
# <details>
# <summary>Hint</summary>
#
# Sum over the last axis. In NumPy `0 * np.log(0)` is `nan`, so put something else into the logarithm where $p$ is 0:
# `np.where` chooses entry by entry. One of the three follows from the other two.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E05"]
check("NB05.E05")

# %% [markdown] tags=["NB05.G3"]
# ### NB05.G3 · Two distributions side by side
#
# Drag the bars. When one moves, the others of its distribution are scaled, so that all add up to 1. Try three things.
# Make $q$ equal to $p$: which part of the lower bar on the right is gone? Take a bar of $p$ down to 0: what does this
# outcome add to the cross entropy? Then take a bar of $q$ down where $p$ is not 0: who is sure that something will not
# happen, and is wrong, pays.

# %% tags=["NB05.G3"]
DistributionBars([0.5, 0.3, 0.15, 0.05])  # p is true; q begins even

# %% [markdown] tags=["NB05.W5"]
# ## NB05.W5 · What if only one answer is right?
#
# For $k$ classes a label is often written as a **one-hot** vector: 1 at the true class, 0 elsewhere. It is a
# distribution that is certain. Its entropy is 0, so cross entropy and divergence agree. And only one term of the sum
# is left:
#
# $$
# \mathrm{CE}(y, \hat y) = -\sum_{j=1}^k y_j \log \hat y_j = -\log \hat y_c , \qquad c \text{ the true class} .
# $$
#
# With two classes, $y = (1, 0)$ and $\hat y = (p, 1-p)$, this is $-\log p$: the binary loss of NB05.W1.
#
# Three questions about $-\log p$, to answer in your head. Why the minus sign? What is the loss at $p = 1$? And what
# happens as $p$ goes to 0?
#
# <details>
# <summary>Answers</summary>
#
# The logarithm of a probability is never above 0; the minus sign makes a loss of it that is never below 0, and that
# falls when the true class gains. At $p = 1$ it is 0. As $p$ goes to 0 it grows without limit.
#
# </details>
#
# ### The next word
#
# A language model reads "the cat sat on the" and gives a probability to each word that it knows. The text goes on with
# "mat". A toy with five words:

# %% tags=["NB05.W5"]
words = ["mat", "sofa", "roof", "dog", "the"]
believed = np.array([0.5, 0.2, 0.2, 0.08, 0.02])
true = np.array([1, 0, 0, 0, 0])  # one-hot: the word was "mat"

loss = -np.sum(true * np.log(believed))
print(f"loss = {loss:.4f}, and -log 0.5 = {-np.log(0.5):.4f}")

other = np.array([0.5, 0.01, 0.01, 0.01, 0.47])
print(f"another belief with 0.5 for 'mat': {-np.sum(true * np.log(other)):.4f}")

assert np.isclose(loss, np.log(2))
assert np.isclose(-np.sum(true * np.log(other)), loss)

# %% [markdown] tags=["NB05.W5"]
# The cross entropy of one word is not the probability of that word. It is **minus the logarithm** of it. How the
# rest is spread over the other words does not matter for this one example. It matters for the next ones.

# %% [markdown] tags=["NB05.Q2"]
# ### Quiz NB05.Q2: one word

# %% tags=["NB05.Q2"]
quiz("NB05.Q2")

# %% [markdown] tags=["NB05.W6"]
# ## NB05.W6 · From scores to probabilities of many classes
#
# A model with $k$ classes has $k$ scores $z_1, \dots, z_k$. How do they become a distribution? Make them positive,
# then divide by their sum. That is the **softmax**:
#
# $$
# p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} .
# $$
#
# Add the same number to all scores, and nothing changes: it cancels. So one may take the largest score off all of them
# before the exponentials. Then the largest exponential is $e^0 = 1$, and nothing overflows.

# %% tags=["NB05.W6"]
z = np.array([1.0, 2.0, 3.0])
p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
print("p =", np.round(p, 4), " sum", np.round(p.sum(), 12))

assert [round(entry, 4) for entry in p] == [0.0900, 0.2447, 0.6652]
assert np.allclose(p, softmax(z + 1000))
assert np.isclose(softmax(np.array([1.7, 0.0]))[0], sigmoid(1.7))  # two classes

# %% [markdown] tags=["NB05.W6"]
# With two classes the softmax is a sigmoid of the difference of the scores. A sigmoid for *each* score would be
# something else: $k$ separate yes-or-no questions, and the answers need not add up to 1.
#
# ### Its Jacobian
#
# Raise one score. Its own probability grows, and all others shrink, as the sum stays 1. So every output depends on
# every input. With $\delta_{ij} = 1$ for $i = j$ and 0 otherwise, the quotient rule gives
#
# $$
# \frac{\partial p_i}{\partial z_j}
# = \frac{\delta_{ij}\,e^{z_i}\,S - e^{z_i}\,e^{z_j}}{S^2}
# = p_i\,(\delta_{ij} - p_j) , \qquad S = \sum_j e^{z_j} .
# $$
#
# Row $i$ of the Jacobian is $p_i\,(e_i - p)^\top$, where $e_i$ is the one-hot vector of $i$. As a matrix it is
# $\operatorname{diag}(p) - p\,p^\top$.

# %% tags=["NB05.W6"]
J = np.diag(p) - np.outer(p, p)
print(np.round(J, 4))
print("column sums:", np.round(J.sum(axis=0), 12) + 0.0)

assert np.allclose(J, numerical_jacobian(softmax, z), atol=1e-9)
assert np.allclose(J.sum(axis=0), 0)

# %% [markdown] tags=["NB05.W6"]
# A backward pass does not need the matrix, only its product with a cotangent $g = \bar p$ that arrives from upstream
# (NB03). Multiply out:
#
# $$
# \bar z_j = \sum_i g_i\,p_i\,(\delta_{ij} - p_j) = p_j\,\bigl(g_j - \textstyle\sum_i g_i p_i\bigr) .
# $$
#
# In words: from every $g_j$ take off the mean of $g$ weighted by $p$, then scale with $p_j$. If all $g_j$ are equal,
# nothing goes downstream: the probabilities cannot all rise together. That is $2k$ multiplications where the matrix
# would take $k^2$.

# %% tags=["NB05.W6"]
g = rng.normal(size=3)
z_bar = p * (g - g @ p)
print("by the formula:", np.round(z_bar, 4), "  by the matrix:", np.round(J.T @ g, 4))

assert np.allclose(z_bar, J.T @ g)
assert np.allclose(z_bar, vjp(softmax, z)[1](g))

# %% [markdown] tags=["NB05.E06"]
# ### Exercise NB05.E06: backwards through a softmax
#
# **Why it matters:** a softmax does not always stand before a loss. In the middle of a network any cotangent may
# arrive.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*
#
# One example in each row. Scores around ±1000 must give the right numbers, without a warning.


# %% nbgrader={"grade": false, "grade_id": "NB05-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E06"]
def softmax_vjp(z, g):
    """Cotangent of the scores of a softmax along each row.

    z holds the scores, floats of shape (N, k); each row has a softmax of its own. g, of
    the same shape, is the cotangent of the probabilities.
    Returns dz, the cotangent of z, of shape (N, k). No overflow, no warning.
    """
    ### BEGIN SOLUTION
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * (g - np.sum(p * g, axis=1, keepdims=True))
    ### END SOLUTION


# %% [markdown] tags=["NB05.E06"]
# <details>
# <summary>Hint</summary>
#
# First the probabilities. Take off the largest score of *each row*: a row around −1000 must not be measured against
# one around +1000. Sums run along the row, `axis=1`; with `keepdims=True` the result still fits under the rows.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E06"]
check("NB05.E06")

# %% [markdown] tags=["NB05.W6"]
# ### Softmax regression
#
# Give each class its own weights, and take the loss of NB05.W5:
#
# $$
# z = Wx + b, \qquad p = \operatorname{softmax}(z), \qquad \mathcal{L} = -\log p_y .
# $$
#
# $x$ has $d$ entries, $W$ has the shape $(k, d)$, $b$ and $z$ have $k$ entries, and $y$ is the number of the true
# class. **Draw the computation graph before you look.** (In the picture `getitem` is the indexing
# `p[true_class]`.)


# %% tags=["NB05.W6"]
def softmax_regression(W, b, x):
    z = W @ x + b
    p = softmax(z)
    L = -np.log(p[true_class])
    return L


W = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
b = np.array([0.0, 0.5, -0.5])
x = np.array([1.0, 2.0])
true_class = 2  # the third class: counting begins at 0

picture(
    trace(softmax_regression, W, b, x),
    alt="Computation graph of softmax regression. W and x meet in a product, b is added "
    "to give the scores z, the softmax makes p of them, the entry of the true class is "
    "taken, and minus its logarithm is the loss.",
)

# %% [markdown] tags=["NB05.W6"]
# ### Backwards, from the loss to the scores
#
# Only $p_y$ enters the loss. The logarithm cancels the leading $p_y$ of row $y$ of the Jacobian:
#
# $$
# \nabla_z \log p_y = \frac{1}{p_y}\,p_y\,(e_y - p) = e_y - p ,
# \qquad\text{so}\qquad \bar z = p - e_y .
# $$
#
# The minus sign of the loss turns the sign. Again it is **prediction minus label**. The true class gets a negative
# bar: its score should rise. The others get their own probability.
#
# ### From the scores to $W$, $b$ and $x$
#
# - The bias is added: $\bar b = \bar z$.
# - Score $z_m$ contains row $m$ of $W$ and no other, so
#   $\frac{\partial z_m}{\partial W_{ij}} = \delta_{im}\,x_j$.
#   Hence $\bar W_{ij} = \bar z_i\,x_j$, or $\bar W = \bar z\,x^\top$: a matrix of the shape of $W$.
# - Each $x_j$ feeds all scores, through column $j$ of $W$: $\bar x = W^\top\bar z$.
#
# The last two are the rules of NB03.W6. Now the numbers. First the pencil: $z = (1, 2.5, 2.5)$.

# %% tags=["NB05.W6"]
z = W @ x + b
p = softmax(z)
L = -np.log(p[true_class])
print("z =", z, " p =", np.round(p, 6), f" L = {L:.6f}")

assert np.array_equal(z, [1, 2.5, 2.5])
assert [round(entry, 6) for entry in p] == [0.100368, 0.449816, 0.449816]
assert round(L, 6) == 0.798916

measured = {
    "W": numerical_gradient(lambda W: softmax_regression(W, b, x), W),
    "b": numerical_gradient(lambda b: softmax_regression(W, b, x), b),
    "x": numerical_gradient(lambda x: softmax_regression(W, b, x), x),
}
for name, bar in measured.items():
    print(f"bar of {name}:\n{np.round(bar, 6)}")

assert np.allclose(measured["b"], p - np.eye(3)[true_class], atol=1e-9)
assert [round(entry, 6) for entry in measured["x"]] == [-0.449816, -0.100368]

# %% [markdown] tags=["NB05.W6"]
# Look at the rows of $\bar W$: each is a multiple of $x = (1, 2)$. And the column of $\bar W$ for $x_1 = 1$ is
# $\bar b$ itself.

# %% [markdown] tags=["NB05.E07"]
# ### Exercise NB05.E07: gradients of softmax regression
#
# **Why it matters:** this is the last layer of almost every classifier, and $\bar x$ is what it sends to the layers
# below. *Difficulty 3 of 5, about 12 minutes, 4 points.*


# %% nbgrader={"grade": false, "grade_id": "NB05-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E07"]
def softmax_regression_grads(W, b, x, y):
    """Gradients of -log softmax(W @ x + b)[y] for one example.

    W has shape (k, d), b has shape (k,), x has shape (d,). y is an int, the number of the
    true class, from 0 to k - 1.
    Returns (dW, db, dx), arrays of the shapes (k, d), (k,) and (d,).
    """
    ### BEGIN SOLUTION
    z_bar = softmax(W @ x + b)
    z_bar[y] -= 1
    return np.outer(z_bar, x), z_bar, W.T @ z_bar
    ### END SOLUTION


# %% [markdown] tags=["NB05.E07"]
# <details>
# <summary>Hint</summary>
#
# Compute $\bar z$ once: the probabilities, less 1 at the true class. All three results are made of it.
# `np.outer(a, b)` has the entries `a[i] * b[j]`: which of the two counts the classes?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E07"]
check("NB05.E07")

# %% [markdown] tags=["NB05.R1"]
# ### Reflection NB05.R1: why does it cancel?
#
# In logistic regression the slope of the sigmoid cancels, and $\hat y - y$ is left. In softmax regression a whole
# Jacobian cancels, and $p - e_y$ is left. With the squared error (NB04) nothing of the kind happened. Is this luck?
# Where does the cancelling come from, and what is it good for when a model is sure and wrong? Four to seven
# sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB05-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB05.R1"]
# It is not luck: loss and output function belong to the same distribution. The score is the logarithm of the odds,
# so the sigmoid is an exponential that has been normalised. The loss takes the logarithm of it again. The logarithm
# undoes the exponential, and in terms of the score the loss is $\log(1 + e^u) - yu$: a smooth function less a linear
# one. The slope of the first is the model's expected label $\sigma(u)$, the slope of the second is the observed
# label $y$. With $k$ classes the same happens: the loss is $\log\sum_j e^{z_j} - z_y$, and its slope is $p - e_y$.
# The squared error has no logarithm, so the factor $\sigma'(u)$ stays. It is nearly 0 where the model is sure, even
# where it is wrong, and such an example teaches almost nothing. With the cross entropy the error signal of a sure
# and wrong model is nearly as large as it can be.
#
# **What a good answer says.** (1) Not luck: the logarithm of the likelihood undoes the exponential in sigmoid and
# softmax. (2) The loss as a function of the scores shows it: its slope is expectation minus observation. (3) With
# another loss the slope of the sigmoid stays, and learning is slow where the model is sure and wrong. (4) A remark
# on computing: what has cancelled on paper can neither overflow nor divide by 0.

# %% [markdown] tags=["NB05.W6"]
# ### A whole batch
#
# With $N$ examples there is one row of scores for each, $Z$ of the shape $(N, k)$, and the loss is the mean over the
# rows. Each row has its own softmax and its own label. The mean gives each row the factor $1/N$:
#
# $$
# \bar Z = \frac1N\,(P - Y) , \qquad Y \text{ one-hot, one label in each row} .
# $$
#
# The mean runs over the examples. The classes of one example are not averaged.

# %% tags=["NB05.W6"]
Z = rng.normal(size=(4, 3))
labels_few = np.array([2, 0, 1, 1])
Z_bar = grad(cross_entropy)(Z, labels_few)  # the engine's own mean loss
print(np.round(Z_bar, 4))
print("row sums:", np.round(Z_bar.sum(axis=1), 12) + 0.0)

assert np.allclose(Z_bar, (softmax(Z) - np.eye(3)[labels_few]) / 4)

# %% [markdown] tags=["NB05.E08"]
# ### Exercise NB05.E08: the error signal of a batch
#
# **Why it matters:** here the backward pass of a classifier begins. A factor that is wrong here is wrong in every
# layer. *Difficulty 3 of 5, about 10 minutes, 3 points.*
#
# The labels may come as numbers of classes or as one-hot rows. Scores around ±1000 must not trouble it.


# %% nbgrader={"grade": false, "grade_id": "NB05-E08", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB05.E08"]
def softmax_ce_backward(Z, y):
    """Gradient of the mean cross entropy of a softmax with respect to the scores.

    Z holds the scores, floats of shape (N, k), one example in each row. y holds the
    labels: ints of shape (N,), the numbers of the true classes from 0 to k - 1; or
    one-hot rows of shape (N, k), ints or floats. The loss is the mean over the N
    examples.
    Returns dZ, of shape (N, k). No overflow, no warning.
    """
    ### BEGIN SOLUTION
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    Y = np.eye(Z.shape[1])[y] if y.ndim == 1 else y
    return (P - Y) / len(Z)
    ### END SOLUTION


# %% [markdown] tags=["NB05.E08"]
# <details>
# <summary>Hint</summary>
#
# `y.ndim` tells the two forms apart. `np.eye(k)` holds all one-hot rows; indexing it with the class numbers picks
# one for each example. The probabilities are those of E06.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB05-E08-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB05.E08"]
check("NB05.E08")

# %% [markdown] tags=["NB05.W6"]
# ### It learns
#
# Three clouds of points, and two hundred steps of gradient descent on the mean loss. The loss is written with the
# scores alone, $\log\sum_j e^{z_j} - z_y$. The course's `logsumexp` takes the largest score out before the exponentials,
# so that this is as stable as its binary sister.


# %% tags=["NB05.W6"]
centres = np.array([[-2.0, -1.0], [2.0, -1.0], [0.0, 2.0]])
kinds = rng.integers(3, size=150)
clouds = centres[kinds] + rng.normal(size=(150, 2))


def cloud_loss(weights):
    Z = clouds @ weights["W"].T + weights["b"]
    return np.mean(logsumexp(Z, axis=1) - Z[np.arange(len(kinds)), kinds])


weights = {"W": np.zeros((3, 2)), "b": np.zeros(3)}
start_loss = cloud_loss(weights)
for _ in range(200):
    slopes = grad(cloud_loss)(weights)
    weights = {name: weights[name] - 0.2 * slopes[name] for name in weights}
end_loss = cloud_loss(weights)
guessed = np.argmax(clouds @ weights["W"].T + weights["b"], axis=1)
print(f"loss {start_loss:.4f} at the start (log 3), and {end_loss:.4f} at the end")
print(f"{np.mean(guessed == kinds):.0%} of the points in the right class")

assert np.isclose(start_loss, np.log(3))
assert end_loss < start_loss / 2

low, high = clouds.min(axis=0) - 1, clouds.max(axis=0) + 1
A, B = np.meshgrid(np.linspace(low[0], high[0], 200), np.linspace(low[1], high[1], 200))
scores = np.stack([A, B], axis=-1) @ weights["W"].T + weights["b"]
chances = softmax(scores)

figure, axes = plt.subplots(figsize=(5.6, 4.4), layout="constrained")
fill = {"levels": [-0.5, 0.5, 1.5, 2.5], "colors": [BLUE, RED, GREEN], "alpha": 0.15}
axes.contourf(A, B, chances.argmax(axis=-1), **fill)
axes.contour(A, B, chances.max(axis=-1), levels=[0.9], colors="0.4", linestyles=":")
for kind, (marker, color) in enumerate(zip("os^", (BLUE, RED, GREEN), strict=True)):
    cloud = clouds[kinds == kind].T
    axes.plot(*cloud, marker, color=color, markersize=5, label=f"class {kind}")
axes.set(xlabel="x₁", ylabel="x₂", title="Three classes; dotted: 90 % sure")
axes.legend()
picture(
    figure,
    alt="Three clouds of points, each with its own marker, in three regions with "
    "straight borders that meet in one point. Dotted lines beside the borders show "
    "where the model is 90 % sure.",
)

# %% [markdown]
# ## Recap
#
# 1. The loss is minus the logarithm of the probability that the model gave to what happened.
# 2. Maximum likelihood, minimum cross entropy and minimum divergence have the same minimiser.
# 3. Loss and output function fused send back one thing: prediction minus label.
# 4. What cancels on paper shall be cancelled before computing: losses are computed from scores.
# 5. A softmax ties its outputs together: its Jacobian is $\operatorname{diag}(p) - p\,p^\top$, a full matrix.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapter 3, on cross entropy and softmax.
# PyTorch documentation, "BCEWithLogitsLoss" and "CrossEntropyLoss": both take scores. JAX documentation,
# `jax.nn.log_softmax` and `jax.scipy.special.logsumexp`. The lectures on maximum likelihood and on information
# theory.
#
# **Next.** In NB06 layers stand between the features and the scores. Nothing changes at the top: $\hat y - y$ goes
# down, and each layer passes it on.
