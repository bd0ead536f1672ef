# %% [markdown]
# # NB01 · Functions that learn
#
# A program maps inputs to outputs by rules that somebody wrote down. Can one write a function that finds its own rules
# from examples?
#
# **Goals.** After this unit you can
#
# - say what is learned in supervised learning, and what is then done with it;
# - compute what a neuron, a layer and a network give for an input;
# - run the perceptron rule by hand, and say which data it cannot learn;
# - say why something non-linear must stand between two layers, and what width and depth buy;
# - count the parameters of a network and the work of one evaluation.
#
# **You need** matrix products and shapes (NB00).
#
# **Time:** about 50 minutes to read, and 50 for the exercises.

# %% tags=["NB01.setup"]
from collections import Counter
from itertools import pairwise, product

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import data, relu, sigmoid
from backprop_course.widgets import ActivationExplorer, NetworkLab, PerceptronStepper
from backprop_course.widgets import picture, quiz

rng = np.random.default_rng(1)  # the only source of chance in this notebook

# %% [markdown] tags=["NB01.W1"]
# ## NB01.W1 · What is there to learn?
#
# You are given pairs: inputs $x_i$, each with the output $y_i$ that belongs to it. You want a function that also gives a good
# output for an input that was not among them. This is **supervised learning**, and it has two stages.
#
# - **Training.** Choose a function $f(x; w)$ with adjustable numbers $w$, the **parameters**. Find values for them that fit the
#   pairs.
# - **Inference.** Keep $w$ as it is, and compute $f(x; w)$ for a new $x$.
#
# Two kinds of output are common. In **regression** it is a number, as in "how warm will it be?": $\mathbb{R}^n \to \mathbb{R}$. In
# **classification** it is one of a few labels, as in "is there a cat in this picture?"

# %% tags=["NB01.W1"]
x = np.sort(rng.uniform(0, 4, size=25))
y = 0.5 * x + 1 + rng.normal(scale=0.2, size=25)
points, labels = data.blobs(60, classes=2, rng=3)

figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4), layout="constrained")
left.plot(x, y, "o", color="#0072B2", label="the pairs")
left.plot([0, 4], [1, 3], "--", color="#D55E00", linewidth=2, label="f(x; w)")
left.set(title="Regression", xlabel="x", ylabel="y")
left.legend(frameon=False)
for label, marker, color in [(0, "o", "#0072B2"), (1, "^", "#D55E00")]:
    own = points[labels == label]
    right.scatter(*own.T, marker=marker, color=color, label=f"label {label}")
right.set(title="Classification", xlabel="x₁", ylabel="x₂")
right.legend(frameon=False)
picture(
    figure,
    alt="Left: points near a rising straight line, drawn dashed. Right: two groups of "
    "points in the plane, discs with label 0 and triangles with label 1.",
)

# %% [markdown] tags=["NB01.W1"]
# ### Why not count?
#
# Take a larger task: guess the next word of a sentence. No formula is needed for that, one might think. Count in a
# large text which word follows which two words, and take the most frequent.

# %% tags=["NB01.W1"]
text = "a cat sleeps . a dog sleeps . a dog eats . the cat eats . the cat sleeps ."
words = text.split()
seen = Counter(zip(words, words[1:], words[2:], strict=False))

for pair in [("the", "cat"), ("a", "dog"), ("the", "dog")]:
    after = {word: times for (*before, word), times in seen.items() if (*before,) == pair}
    print(*pair, "->", after or "never seen")

vocabulary = 10_000
print(f"pairs of words that a vocabulary of {vocabulary} allows: {vocabulary**2:.0e}")

assert not any((*before,) == ("the", "dog") for (*before, word) in seen)

# %% [markdown] tags=["NB01.W1"]
# *the dog* never occurred, so the counts have nothing to say, although both words are well known. A longer text helps
# little: most sequences of words never occur in any text. This is called **sparsity**.
#
# A function with parameters does better. If *cat* and *dog* are turned into similar numbers, then what was learned about one
# holds for the other. The function must be able to take many forms, and its parameters must be found automatically. What
# kind of function is that?

# %% [markdown] tags=["NB01.W2"]
# ## NB01.W2 · What does one neuron compute?
#
# A neuron weighs its inputs, adds them up together with a **bias**, and passes the sum through a fixed function, its
# **activation**:
#
# $$
# z = b + \sum_i w_i x_i, \qquad y = \sigma(z) .
# $$
#
# The first step is *affine*: a weighted sum and a constant. The weights $w_i$ and the bias $b$ are its parameters.
#
# ### On or off: threshold units
#
# The oldest activation knows two values. The unit is **on** (1) when the weighted sum reaches a threshold $\theta$, and **off** (0)
# otherwise:
#
# $$
# y = \begin{cases} 1 & \text{if } w \cdot x \ge \theta \\ 0 & \text{otherwise.} \end{cases}
# $$
#
# A threshold is a bias with the other sign: $w \cdot x \ge \theta$ says the same as $w \cdot x - \theta \ge 0$.
#
# W. McCulloch and W. Pitts showed in 1943 that such units compute logic. Take two inputs that are 0 or 1, both weights 1
# and $\theta = 1$. Then the unit is on when $x_1 + x_2 \ge 1$: one input that is on is enough. This is OR.

# %% tags=["NB01.W2"]
inputs, targets = data.gate("or")
for (x1, x2), t in zip(inputs, targets, strict=True):
    on = int(x1 + x2 >= 1)
    print(f"x1 = {x1:.0f}, x2 = {x2:.0f}: sum {x1 + x2:.0f}, output {on}")
    assert on == t

# %% [markdown] tags=["NB01.E01"]
# ### Exercise NB01.E01: gates
#
# **Why it matters:** whatever a computer computes is made of such gates. So units like these can, in principle, compute
# anything a computer can.
# *Difficulty 1 of 5, about 8 minutes, 1 point.*
#
# Write the unit, and find weights and a threshold for three gates. AND is on when both inputs are on. NOT has one
# input and is on when the input is off.


# %% nbgrader={"grade": false, "grade_id": "NB01-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB01.E01"]
# A gate is a pair (weights, theta): two weights for OR and AND, one for NOT.
# For example ((0.5, 2), 3) stands for weights 0.5 and 2 with the threshold 3.
GATES = {"OR": None, "AND": None, "NOT": None}
### BEGIN SOLUTION
GATES = {"OR": ((1, 1), 1), "AND": ((1, 1), 2), "NOT": ((-1,), 0)}
### END SOLUTION


def threshold_unit(x, w, theta):
    """Output of a threshold unit, 0 or 1.

    x and w are arrays of shape (n,): the inputs and their weights. theta is a float.
    Returns 1 if the weighted sum is at least theta, and 0 otherwise. At exactly theta
    the unit is on.
    """
    ### BEGIN SOLUTION
    return 1 if np.dot(w, x) >= theta else 0
    ### END SOLUTION


# %% [markdown] tags=["NB01.E01"]
# <details>
# <summary>Hint</summary>
#
# Write down the four sums that AND sees, with both weights 1. Between which two sums must the threshold lie? For NOT the
# sum must become *smaller* when the input is on. What sign does the weight have?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB01-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB01.E01"]
check("NB01.E01")

# %% [markdown] tags=["NB01.W2"]
# ### Smooth activations
#
# A step jumps. A small change of a weight changes nothing, or everything. To improve weights bit by bit one wants an output
# that changes bit by bit too. The **sigmoid** is a smooth step:
#
# $$
# \sigma(z) = \frac{1}{1 + e^{-z}} .
# $$
#
# It squeezes every number into the open interval $(0, 1)$: it comes as near to 0 and 1 as you like and reaches neither. (In
# floats it is rounded to 0 or 1 far out.) Its middle is $\sigma(0) = \frac12$. Let us compute one neuron with inputs $(1, 2)$, weights $(0.5, -0.25)$ and bias 0.5. A pencil
# gives $z = 0.5 - 0.5 + 0.5 = 0.5$.

# %% tags=["NB01.W2"]
x, w, b = np.array([1.0, 2.0]), np.array([0.5, -0.25]), 0.5
z = w @ x + b
y = sigmoid(z)
print(f"z = {z}, y = {y:.6f}")

assert z == 0.5
assert np.isclose(y, 1 / (1 + np.exp(-0.5)))

# %% [markdown] tags=["NB01.W2"]
# These activations are in common use. The settings $s$ and $\alpha$ are chosen, not learned.
#
# | name | formula | range |
# |:-|:-|:-|
# | `sigmoid` | $1 / (1 + e^{-z})$ | $(0, 1)$ |
# | `tanh` | $(e^{z} - e^{-z}) / (e^{z} + e^{-z})$ | $(-1, 1)$ |
# | `relu` | $\max(0, z)$ | $[0, \infty)$ |
# | `leaky_relu` | $z$ where $z > 0$, and $s z$ elsewhere; usually $s = 0.01$ | $\mathbb{R}$ |
# | `elu` | $z$ where $z > 0$, and $\alpha\,(e^{z} - 1)$ elsewhere; usually $\alpha = 1$ | $(-\alpha, \infty)$ |
# | `maxout` | $\max(z_1, z_2)$, the larger of *two* affine maps of the inputs | $\mathbb{R}$ |
#
# Sigmoid and tanh flatten out on both sides: they **saturate**. Where they are flat, a change of the weights changes next to
# nothing. The next picture shows where that begins.

# %% [markdown] tags=["NB01.G1"]
# ### NB01.G1 · What weight and bias do to the curve
#
# Above is the output $y$ for an input $x$, below its slope. In the hatched zones the slope is less than a hundredth.
# **Drag $w$, then $b$:** which one moves the curve, which one makes it steeper, and what do the zones do? Then put $w$
# back to 1 and $b$ to 0, drag the input to $x = 5$, and read the slope. Take `tanh`: is it flat sooner? And where is
# `leaky_relu` flat?

# %% tags=["NB01.G1"]
ActivationExplorer("sigmoid", weight=1, bias=0, x=1)

# %% tags=["NB01.G1"]
# These are the slopes, as NB03 will show.
sigmoid_at_5 = sigmoid(5.0) * (1 - sigmoid(5.0))
tanh_at_3 = 1 - np.tanh(3.0) ** 2
print(f"slope of the sigmoid at 5: {sigmoid_at_5:.4f}, of tanh at 3: {tanh_at_3:.4f}")

assert round(sigmoid_at_5, 4) == 0.0066
assert round(tanh_at_3, 4) == 0.0099

# %% [markdown] tags=["NB01.W2"]
# ### Numbers that are too large
#
# Formulas are exact, floats are not. $e^{800}$ is larger than any float: NumPy warns and answers `inf`. The sigmoid of $-800$
# is a harmless number near 0, and yet the formula computes $e^{800}$ on the way. Written differently the same function needs no large
# number: multiply above and below by $e^{z}$.
#
# $$
# \sigma(z) = \frac{1}{1 + e^{-z}} \quad\text{for } z \ge 0, \qquad\qquad
# \sigma(z) = \frac{e^{z}}{1 + e^{z}} \quad\text{for } z < 0 .
# $$
#
# Both forms take the exponential of $-|z|$ alone, which lies between 0 and 1.

# %% tags=["NB01.W2"]
for z in (-800.0, 800.0):
    small = np.exp(-abs(z))
    print(f"z = {z:6}: exp(-|z|) = {small}, sigmoid = {sigmoid(z)}")
    assert small == 0  # smaller than any float, and no harm done

# %% [markdown] tags=["NB01.E03"]
# ### Exercise NB01.E03: activations by name
#
# **Why it matters:** these six lines stand in every network. Written carelessly, one of them turns a training of hours
# into `nan`.
# *Difficulty 2 of 5, about 12 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB01-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB01.E03"]
def activation(name, x, slope=0.01, alpha=1.0):
    """Apply an activation to every entry of an array.

    name is "sigmoid", "tanh", "relu", "leaky_relu", "elu" or "maxout". x is an array of
    any shape, of floats or integers; for "maxout" it is a pair of arrays of one shape,
    the values of two affine maps. slope is used by "leaky_relu", and alpha by "elu": each
    for negative entries.
    Returns an array of floats of the same shape; for "maxout", of the shape of one of the
    two. sigmoid, tanh and elu give finite numbers without a warning at entries of +-1000.
    """
    ### BEGIN SOLUTION
    if name == "maxout":
        return np.maximum(*x)
    x = np.asarray(x, dtype=float)
    e = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(x, 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, slope * x)
    return np.where(x > 0, x, alpha * (e - 1))
    ### END SOLUTION


# %% [markdown] tags=["NB01.E03"]
# <details>
# <summary>Hint</summary>
#
# `np.where(condition, a, b)` computes *both* `a` and `b` everywhere and then chooses; a warning comes from either. So keep
# the exponential harmless everywhere: `np.exp(-np.abs(x))` is. NumPy has `np.tanh` and `np.maximum` ready.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB01-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB01.E03"]
check("NB01.E03")

# %% [markdown] tags=["NB01.W3"]
# ## NB01.W3 · Can a unit find its weights itself?
#
# You chose the weights of OR by thinking. F. Rosenblatt's **perceptron** (1958) finds them from examples. Give the unit a bias
# by an extra input in front that is always 1, so that $x = (1, x_1, x_2)$ and $w = (b, w_1, w_2)$. The output is 1 when the sum
# $w \cdot x$ is *positive*, and 0 otherwise. (At exactly 0 it is 0: another convention than in W2, so read each exercise with
# care.)
#
# Go through the examples one by one. Where the output is right, do nothing. Where it is 0 and should be 1, the sum was too
# small: add $x$ to the weights. Where it is 1 and should be 0, take $x$ away. Do this on OR, with a pencil: begin
# with $w = (0, 0, 0)$, and take the points in the order 00, 01, 10, 11, again and again.


# %% tags=["NB01.W3"]
def corrected(w, x, t):
    output = int(w @ x > 0)
    if output < t:
        return w + x
    if output > t:
        return w - x
    return w


def passes(inputs, targets, most):
    """Go through the examples until a pass changes nothing; list all weights met."""
    w, path, updates = np.zeros(3), [np.zeros(3)], []
    while len(updates) < most and (not updates or updates[-1]):
        updates.append(0)
        for x, t in zip(inputs, targets, strict=True):
            after = corrected(w, np.array([1.0, *x]), t)
            if np.any(after != w):
                updates[-1] += 1
                path.append(after)
            w = after
    return path, updates


path, updates = passes(*data.gate("or"), most=20)
print("updates in each pass:", updates)
print("weights after each update:", *(w.astype(int).tolist() for w in path))

assert updates == [1, 2, 1, 0]
assert path[-1].tolist() == [0, 1, 1]

# %% [markdown] tags=["NB01.W3"]
# The fourth pass changes nothing: the unit is done. All cases fit into one formula. With the output $o$, the target $t$ and a
# **step size** $\eta$,
#
# $$
# w_i \;\leftarrow\; w_i + \eta\,(t - o)\,x_i .
# $$
#
# The error $t - o$ is 0, 1 or −1. An input that was 0 had no part in the error, and its weight stays.
#
# If a line exists that separates the two classes, this rule finds one after finitely many updates. That is a theorem.
# What if there is none?

# %% [markdown] tags=["NB01.E02"]
# ### Exercise NB01.E02: one step of the perceptron
#
# **Why it matters:** error times input: the same two factors return in every gradient of a weight from NB02 to NB10.
# *Difficulty 2 of 5, about 6 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB01-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB01.E02"]
def perceptron_step(w, x, t, eta):
    """One step of the perceptron rule, on one example.

    w and x are arrays of shape (n,): weights and inputs, whose entries may be any floats.
    If there is a bias, it stands among the weights already, and its input 1 in x.
    t is the target, 0 or 1, and eta is the step size. The output is 1 when the weighted
    sum is positive, and 0 otherwise, at exactly 0 too.
    Returns w_new, a new array of shape (n,). w itself stays as it is.
    """
    ### BEGIN SOLUTION
    o = 1 if w @ x > 0 else 0
    return w + eta * (t - o) * x
    ### END SOLUTION


# %% [markdown] tags=["NB01.E02"]
# <details>
# <summary>Hint</summary>
#
# First the output $o$, then the formula above, with arrays in place of $w_i$ and $x_i$. `w + ...` makes a new array;
# `w += ...` would change the one that you were given.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB01-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB01.E02"]
check("NB01.E02")

# %% [markdown] tags=["NB01.G4"]
# ### NB01.G4 · Watch the line move
#
# The weights draw a line: on one side the sum is positive, and there the output is 1. Step through the examples of OR one by one.
# **Guess before each step:** is the output right? If not, which way will each of the three weights move? Then go through AND,
# and through XOR (on when exactly one input is on), until you are told how it ends.
#
# (On the line itself the sum is 0 and so is the output. The line may run through a point with target 0.)

# %% tags=["NB01.G4"]
PerceptronStepper("or")

# %% [markdown] tags=["NB01.G4"]
# <details>
# <summary>Why does XOR never settle?</summary>
#
# After its third pass it has the weights from before that pass. The rule leaves nothing to chance: from the same weights the same
# four examples make the same four updates, and so on for ever. To know it we need not wait any longer.
#
# </details>

# %% tags=["NB01.G4"]
_, or_updates = passes(*data.gate("or"), most=100)
path, xor_updates = passes(*data.gate("xor"), most=100)
print("OR settles after", len(or_updates), "passes")
print("updates of XOR:", xor_updates[:5], "... in passes 98 to 100:", xor_updates[-3:])

before, after = path[sum(xor_updates[:2])], path[sum(xor_updates[:3])]
print("weights of XOR before its third pass:", before, "and after it:", after)

assert or_updates[-1] == 0
assert min(xor_updates) > 0  # in a hundred passes not one is without an error
assert np.all(before == after)

# %% [markdown] tags=["NB01.Q2"]
# ### Quiz NB01.Q2: the perceptron's updates

# %% tags=["NB01.Q2"]
quiz("NB01.Q2")

# %% [markdown] tags=["NB01.W4"]
# ## NB01.W4 · From one neuron to a network
#
# Put several neurons side by side, all with the same inputs: a **layer**. Each neuron has its own row of weights, so the layer
# is a matrix. Then let the outputs of one layer be the inputs of the next: a **network**. With $n$ inputs, $h$ units in the middle and
# $d$ outputs,
#
# $$
# f(x) = W_2\, g(W_1 x), \qquad W_1 \in \mathbb{R}^{h \times n}, \quad W_2 \in \mathbb{R}^{d \times h} .
# $$
#
# $g$ is an activation, applied to each entry. The units in the middle are called **hidden**: their values are neither given nor
# asked for, and nobody says what they should stand for. All weights, in front of them and behind them, are learned together. (Biases are left out of the formula for brevity.)
#
# A network is a function made of functions, from a set of inputs such as $[0, 1]^n$ or $\mathbb{R}^n$ to a set of outputs such as
# $\mathbb{R}^d$, $[0, 1]^d$ or $\{0, 1\}^d$. In a picture the nodes are values, a link is a weight, and an arrow says which way a value
# goes. Because no arrow leads back, such a network is called **feedforward**.
#
# A few words about words:
#
# - **Counting layers.** One counts the layers that have weights. $f$ above is a *2-layer* network with one hidden layer.
# - **MLP**, multi-layer perceptron, is another name for a feedforward network whose layers are fully connected. The first
#   perceptrons had hard thresholds; today's units are smooth or piecewise linear.
# - A network becomes **wider** by more units in a layer, and **deeper** by more layers.

# %% [markdown] tags=["NB01.G2"]
# ### NB01.G2 · A forward pass, number by number
#
# Read from left to right. A number on an edge is a weight, a number in a circle is a value. Each hidden unit weighs
# the inputs, adds up, and applies the ReLU; the output weighs what it gets. **Press "layer ▸",** but predict the three
# hidden values first, then the output. Then click an edge to set another weight, or write another input, and predict
# the output again. (The widget wants a row for each input, so it is handed the transposes of $W_1$ and $W_2$.)

# %% tags=["NB01.G2"]
x = np.array([1.0, 2.0])
W1 = np.array([[1.0, -1.0], [0.5, 1.0], [-1.0, 2.0]])
W2 = np.array([[2.0, 1.0, -0.5]])

h = relu(W1 @ x)
y = W2 @ h
settings = {"hidden": [3], "activations": "relu", "bias": False, "output_bias": False}
settings |= {"weights": [W1.T, W2.T], "train": 100}
NetworkLab((x[None, :], y), point=x, numbers=True, simple=True, **settings)

# %% tags=["NB01.G2"]
print("sums of the hidden units:", W1 @ x)
print("after the ReLU:          ", h)
print("output:                  ", y)

# %% [markdown] tags=["NB01.W4"]
# ### How large is it, and how long does it take?
#
# Between a layer of $a$ units and the next one of $b$ units there are $a \cdot b$ weights, and $b$ biases if there are any. The inputs are
# given, so they have no biases. One evaluation multiplies each weight once and adds the product: one **multiply-add** for
# each weight. A layer must wait for the one before it; units of one layer need not wait for each other.
#
# Here are two networks to compare: 4-8-8-1 and 4-20-1, both with biases. Write down a guess: which has more parameters, and
# which takes longer? The quiz after the exercise asks.


# %% tags=["NB01.W4"]
def draw_network(axes, sizes):
    """Draw layers from left to right."""
    at = []
    for i, n in enumerate(sizes):
        at.append([(2.2 * i, (n - 1) / 2 - j) for j in range(n)])
    for left, right in pairwise(at):
        for start, end in product(left, right):
            axes.plot(*zip(start, end, strict=True), color="0.6", linewidth=1, zorder=1)
    for column in at:
        axes.scatter(*np.transpose(column), s=120, color="white", ec="black", zorder=2)
    axes.margins(0.12, 0.18)
    axes.axis("off")


figure, panels = plt.subplots(1, 2, figsize=(8.4, 4.6), layout="constrained")
for axes, sizes in zip(panels, ([4, 8, 8, 1], [4, 20, 1]), strict=True):
    draw_network(axes, sizes)
    axes.set_title("-".join(map(str, sizes)), fontsize=13)
picture(
    figure,
    alt="Two networks. Left, 4-8-8-1: four inputs, two hidden layers of eight units, "
    "one output. Right, 4-20-1: four inputs, a hidden layer of twenty units, one output.",
)

# %% [markdown] tags=["NB01.E05"]
# ### Exercise NB01.E05: count
#
# **Why it matters:** whether a network fits into memory, and how long a step takes, is known before it is built.
# *Difficulty 2 of 5, about 6 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB01-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB01.E05"]
def count(sizes, bias=True):
    """Size of a fully connected network, and the work of one evaluation.

    sizes is a list of two or more integers: the inputs, the units of each layer, the
    outputs. If bias is true, every unit that is not an input has a bias.
    Returns the pair (params, multiply_adds) of integers: how many parameters there are,
    weights and biases together, and how many multiply-adds one evaluation takes. Adding a
    bias is not one.
    """
    ### BEGIN SOLUTION
    multiply_adds = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
    params = multiply_adds + (sum(sizes[1:]) if bias else 0)
    return params, multiply_adds
    ### END SOLUTION


# %% [markdown] tags=["NB01.E05"]
# <details>
# <summary>Hint</summary>
#
# A list of sizes 4, 8, 1 has two pairs of neighbours: 4 and 8, 8 and 1. `zip(sizes[:-1], sizes[1:])` gives them.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB01-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB01.E05"]
check("NB01.E05")

# %% [markdown] tags=["NB01.Q1"]
# ### Quiz NB01.Q1: what a network is, and how large

# %% tags=["NB01.Q1"]
quiz("NB01.Q1")

# %% [markdown] tags=["NB01.W5"]
# ## NB01.W5 · Why must there be an activation?
#
# Leave $g$ out. Then $f(x) = W_2 (W_1 x) = (W_2 W_1)\, x$: two matrices in a row are one matrix $W_3 = W_2 W_1$. A hundred layers without an
# activation can do no more than one. With an activation the layers no longer merge. Try it on random numbers.

# %% tags=["NB01.W5"]
W1, W2 = rng.normal(size=(4, 3)), rng.normal(size=(2, 4))
x1, x2 = rng.normal(size=3), rng.normal(size=3)

one_matrix = np.linalg.multi_dot([W2, W1])  # the product of all matrices in the list
print("without g:", W2 @ (W1 @ x1), " one matrix:", one_matrix @ x1)
assert np.allclose(W2 @ (W1 @ x1), one_matrix @ x1)

# A matrix M keeps sums: M(x1 + x2) = M x1 + M x2. With tanh between them, this fails.
together = W2 @ np.tanh(W1 @ (x1 + x2))
apart = W2 @ np.tanh(W1 @ x1) + W2 @ np.tanh(W1 @ x2)
print("with tanh, of the sum:", together, " sum of both:", apart)
assert not np.allclose(together, apart)

# %% [markdown] tags=["NB01.E04"]
# ### Exercise NB01.E04: with and without
#
# **Why it matters:** the forward pass is what backpropagation will go back through. And once you have collapsed two layers
# yourself, you will not forget the activation.
# *Difficulty 1 of 5, about 6 minutes, 2 points.*


# %% nbgrader={"grade": false, "grade_id": "NB01-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB01.E04"]
def mlp_forward(x, W1, W2, g):
    """Output of the network f(x) = W2 g(W1 x), without biases.

    x has the shape (n,), W1 (h, n) and W2 (d, h). g is a function that maps an array
    entry by entry, such as np.tanh. It is applied once; the output is linear.
    Returns an array of shape (d,).
    """
    ### BEGIN SOLUTION
    return W2 @ g(W1 @ x)
    ### END SOLUTION


def collapse(W1, W2):
    """The one matrix that does what W1 and then W2 do, with nothing between them.

    W1 has the shape (h, n) and W2 (d, h).
    Returns an array of shape (d, n).
    """
    ### BEGIN SOLUTION
    return W2 @ W1
    ### END SOLUTION


# %% [markdown] tags=["NB01.E04"]
# <details>
# <summary>Hint</summary>
#
# What is applied first stands nearest to $x$, on the right. Write the shapes under the factors: inner sizes must agree.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB01-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB01.E04"]
check("NB01.E04")

# %% [markdown] tags=["NB01.W5"]
# ### What one unit cannot do
#
# XOR never settled. Here is why. Suppose a threshold unit computes XOR. Its four rows say
#
# $$
# 0 < \theta, \qquad w_2 \ge \theta, \qquad w_1 \ge \theta, \qquad w_1 + w_2 < \theta .
# $$
#
# Add the two in the middle: $w_1 + w_2 \ge 2\theta$, and that is more than $\theta$, because $\theta$ is positive. The last one says the
# opposite. So there are no such weights: no line separates the two classes. M. Minsky and S. Papert made this limit well known in 1969.
# It is a limit of units *without a hidden layer*. With one it is gone: XOR is "OR, but not AND".

# %% tags=["NB01.W5"]
for (x1, x2), t in zip(*data.gate("xor"), strict=True):
    either, both = int(x1 + x2 >= 1), int(x1 + x2 >= 2)  # the hidden layer
    output = int(either - both >= 1)
    print(f"x1 = {x1:.0f}, x2 = {x2:.0f}: OR {either}, AND {both}, output {output}")
    assert output == t

# %% [markdown] tags=["NB01.W5"]
# ### What one hidden layer can do
#
# **Universal approximation.** Take a continuous function on a closed and bounded set, such as $[0, 1]^n$, and any tolerance you
# like. Then some network with one hidden layer stays within that tolerance everywhere on the set, provided that it may have enough
# units (and that its activation is not a polynomial). The theorem says that such weights *exist*. It does not say how many units you need, nor how to
# find the weights.
#
# For one input and the ReLU you can see it. A ReLU bends once. A sum of them is a polygon, with one bend for each unit,
# and a polygon follows any curve as closely as you like.


# %% tags=["NB01.W5"]
def polygon(curve, units, x):
    """Sum of ReLUs that meets a curve at equally spaced points of [0, 1]."""
    knots = np.linspace(0, 1, units + 1)
    slopes = np.diff(curve(knots)) / np.diff(knots)
    bends = np.diff(slopes, prepend=0)
    return curve(0.0) + relu(np.subtract.outer(x, knots[:-1])) @ bends


def curve(x):
    return np.sin(7 * x) + x


x = np.linspace(0, 1, 1001)
worst = {}
for units in (4, 8, 16, 32):
    worst[units] = np.abs(polygon(curve, units, x) - curve(x)).max()
    print(f"{units:2} units: largest error {worst[units]:.4f}")

figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
axes.plot(x, curve(x), color="black", linewidth=2.5, label="the curve")
axes.plot(x, polygon(curve, 4, x), "--", color="#D55E00", linewidth=2, label="4 ReLUs")
axes.plot(x, polygon(curve, 16, x), ":", color="#56B4E9", linewidth=2.5, label="16 ReLUs")
axes.set(xlabel="x", ylabel="y", title="A sum of ReLUs is a polygon")
axes.legend(frameon=False)
picture(
    figure,
    alt="A wavy curve, a polygon of four pieces that cuts its corners, and a polygon of "
    "sixteen pieces that can hardly be told from the curve.",
)

# %% tags=["NB01.W5"]
assert worst[32] < worst[4] / 40  # twice the units, about a quarter of the error

# %% [markdown] tags=["NB01.W5"]
# ### Deep or wide?
#
# If one hidden layer is enough, why use more? Because it may need very many units. Two examples.
#
# **Logic.** A network of threshold units can compute any function of $n$ bits: make one hidden AND for each row of the table where
# the output is 1, and an OR of them all. (Where the row has a 0, the AND takes that input with the weight −1.) But a table has $2^n$ rows. *Parity* (is the number of ones odd?) is 1 in half of
# them, so this takes $2^{n-1}$ ANDs. As a chain of $n - 1$ XORs, three units each, it takes $3(n - 1)$.
#
# **Bends.** The tent $T(x) = 2\,\mathrm{relu}(x) - 4\,\mathrm{relu}(x - \tfrac12)$ needs two units and has two straight pieces on $[0, 1]$. Apply
# it again and again, one layer each time: every layer doubles the number of pieces. A single hidden layer of ReLUs adds only one bend for each unit.


# %% tags=["NB01.W5"]
def tent(x):
    return 2 * relu(x) - 4 * relu(x - 0.5)


print("bits: ANDs in one layer, units in a chain of XORs")
for n in (4, 10, 20):
    print(f"{n:4}: {2 ** (n - 1):7}, {3 * (n - 1):3}")

x = np.linspace(0, 1, 2**12 + 1)
y = x
print("layers: units, straight pieces")
for layers in range(1, 9):
    y = tent(y)
    pieces = 1 + np.count_nonzero(np.diff(np.sign(np.diff(y))))
    print(f"{layers:4}: {2 * layers:3}, {pieces:4}")
    assert pieces == 2**layers

# %% [markdown] tags=["NB01.W5"]
# There are theorems of this kind: families of functions for which a deep network needs a number of units proportional to $n$,
# while a shallow one needs about $2^{\sqrt n}$. Depth can save exponentially much. It need not: which shape is best depends on the
# problem, and is found by trying. Depth, width and activation together set what a network *can* express. What it will learn is another question.

# %% [markdown] tags=["NB01.G3"]
# ### NB01.G3 · A playground
#
# A small network and points with two labels. How it is trained is the subject of the next units; here the course's
# trainer does it. The shade shows which label the network gives to each place of the plane, and each small square shows
# the same for one unit; point at one to see it large. **Press Run.** Then:
#
# - Take the hidden layer away ("−" beside "hidden layers") and run again. What shape has the border between the labels
#   now, however long you wait? And with a hidden layer whose activation is `identity`?
# - Give the hidden layer 1, 2, 3, ... units. How many does it take until nearly all points are right?
# - Choose the spirals, and find depth, width and activation that learn them.
#
# (Its model is the [TensorFlow Playground](https://playground.tensorflow.org); look there for yet another one.)

# %% tags=["NB01.G3"]
NetworkLab("moons", hidden=[3], optimizer="Adam", rate=0.03, steps=300)

# %% [markdown] tags=["NB01.Q3"]
# ### Quiz NB01.Q3: what makes networks expressive

# %% tags=["NB01.Q3"]
quiz("NB01.Q3")

# %% [markdown] tags=["NB01.R1"]
# ### Reflection NB01.R1: all activations removed
#
# A friend has a network of ten layers and replaces every activation by the identity, "to make it faster". What would
# change? Say what the network can still compute, what happens to its number of parameters and to the time of an
# evaluation, and what it would do on XOR. Four to six sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB01-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB01.R1"]
# The ten matrices multiply to one, so the network computes an affine function of its inputs and nothing else. It has as many
# parameters as before, but they describe no more than a single layer could; many different settings give the same function.
# Evaluated layer by layer it takes nearly as long as before; it would be faster only if the product of the matrices
# were computed once and kept. An affine function separates classes by a line or a plane, so XOR and the moons are out of reach, however long it is
# trained. Narrow layers in the middle can even make it weaker than one layer, because the product cannot have a larger rank than they
# have units.
#
# **What a good answer says.**
#
# - The layers collapse into one affine map (the point that matters most).
# - The number of parameters stays, but not what they can express.
# - No line separates XOR, so it cannot be learned, by any training.
# - Welcome in addition: the product can be computed beforehand; a narrow layer limits the rank; the time saved is small.

# %% [markdown] tags=["NB01.W6"]
# ## NB01.W6 · Where does the idea come from?
#
# Nerve cells gather signals from others, and some fire when enough has come together. That was the model for the threshold unit.
# The likeness is loose. Cells send pulses in time, and there are many kinds of them, wired irregularly; artificial networks are tidy layers
# of identical units that hand on numbers. And the way artificial networks learn, by sending exact error signals back through
# the same connections, is considered implausible for a brain. Read "neuron" as a name, not as a claim.
#
# | period | what happened |
# |:-|:-|
# | 1943 to 1969 | Threshold units as a model of computation (McCulloch and Pitts, 1943); the perceptron learns them from examples (Rosenblatt, 1958) |
# | 1970 to 1985 | A quiet time: it had become clear what units without a hidden layer cannot do (Minsky and Papert, 1969), and nobody knew how to train hidden ones well |
# | 1985 to 1995 | Backpropagation makes networks with hidden layers learn (Rumelhart, Hinton and Williams, 1986), though without a guarantee that training ends at a good place |
# | 1995 to 2010 | Decline: networks overfit, machines were slow, and other methods had a better theory |
# | since 2010 | More data, faster hardware and better methods: AlexNet names what is in a picture (2012), AlphaGo beats a champion at Go (2016), and language models follow |
#
# The neurons hardly changed in all that time. What was missing in 1970 is the subject of this course: a way to find out how
# each weight, however deep inside, should change.

# %% [markdown]
# ## Recap
#
# 1. Supervised learning fits the parameters of a function to pairs; inference applies it to new inputs.
# 2. A neuron is a weighted sum plus a bias, then an activation. Threshold units compute logic.
# 3. The perceptron rule adds error times input. It finds a separating line if there is one; for XOR there is none.
# 4. A network is a chain of layers. Without activations the chain is one matrix.
# 5. One wide hidden layer can approximate any continuous function on a closed and bounded set; depth can do it with far fewer units.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapters 1 and 4. M. Minsky and S. Papert, *Perceptrons*. A.
# Griewank and A. Walther, *Evaluating Derivatives*, chapter 2, on functions made of functions. PyTorch documentation, "Build the Neural
# Network". JAX documentation, "The Autodiff Cookbook", for later.
#
# **Next.** The perceptron rule works for one unit that jumps. NB02 asks the same of a smooth one: what does it mean to be
# wrong, and which way is better?
