# %% [markdown]
# # NB10 · Gradient debugging lab and capstone
#
# A network trains, but not as well as you hoped. Is it the data, the step size, or a wrong gradient? And if it is a
# gradient: which one, and which line?
#
# **Goals.** After this unit you can
#
# - test a gradient so that right ones pass and wrong ones do not;
# - recognise a mistake by the footprint it leaves in the numbers;
# - mend a backward pass at its cause, not at its symptom;
# - train a complete network of your own, and confirm it with two other programs.
#
# **You need** all earlier units, above all backward passes of a batch (NB06) and training (NB09).
#
# **Time:** about 50 minutes to read, and two hours for the exercises.

# %% tags=["NB10.setup"]
import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import Trainer, binary_cross_entropy_with_logits, data, grad
from backprop_course import nn, optim, relu, sigmoid
from backprop_course import gradient_check as course_gradient_check
from backprop_course.widgets import BackwardDebugger, BreakIt, picture

try:
    import torch
except ImportError:
    torch = None

rng = np.random.default_rng(10)  # the only source of chance in this notebook

# %% [markdown] tags=["NB10.W1"]
# ## NB10.W1 · How do you test a gradient?
#
# Libraries find gradients for us. Why learn how, and why test? Because you will write what no library has: a new layer, a
# faster version of an old one, a loss of your own. Because the day will come when a training fails and nobody tells you
# why. And because **a wrong gradient gives no error message.** Watch: this backward pass of tanh takes the
# slope at the output of tanh instead of at its input.

# %% tags=["NB10.W1"]
X, y = data.moons(200, noise=0.1, rng=0)
y = y[:, None].astype(float)


def tanh_backward_at_the_wrong_place(dY, X):
    return dY * (1 - np.tanh(np.tanh(X)) ** 2)


def trained_with(backward):
    model = nn.MLP([2, 8, 8, 1], activation="tanh", rng=0)
    optimiser = optim.SGD(model.parameters(), lr=0.5)
    loss = binary_cross_entropy_with_logits
    trainer = Trainer(model, loss, optimiser, rng=0, progress=False)
    return trainer.use_backward("tanh", backward).fit(X, y, epochs=60)


right = trained_with(None)
wrong = trained_with(tanh_backward_at_the_wrong_place)
print(f"right gradient: loss from {right.loss[0]:.3f} to {right.loss[-1]:.3f}")
print(f"wrong gradient: loss from {wrong.loss[0]:.3f} to {wrong.loss[-1]:.3f}")
print(f"off by up to {max(wrong.differences['tanh']):.0%} of the largest entry")

assert wrong.loss[-1] < 0.5 * wrong.loss[0]  # it learns all the same
assert max(wrong.differences["tanh"]) > 0.1

# %% tags=["NB10.W1"]
figure, axes = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
for history, style, color, label in [
    (right, "-", "#0072B2", "right gradient"),
    (wrong, "--", "#D55E00", "slope at the wrong place"),
]:
    axes.plot(history.epochs, history.loss, style, color=color, linewidth=2, label=label)
axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None), title="Both losses fall")
axes.legend(frameon=False)
picture(
    figure,
    alt="Two losses over sixty epochs. Both fall from about the same start; nothing in "
    "the shape of the dashed one, trained with a wrong gradient, gives it away.",
)

# %% [markdown] tags=["NB10.W1"]
# The loss falls either way. So "it trains" is no test. A gradient must be compared with something that is found in another
# way: with finite differences (NB03), or with an engine (NB07).
#
# ### How different is different?
#
# Two numbers computed in two ways never agree in all digits. How much may they differ? An absolute bound cannot tell: an
# error of one millionth is small beside 1 and large beside $10^{-9}$. So divide by the size of what is compared:
#
# $$
# \text{relative error of } a \text{ and } b \;=\; \frac{|a - b|}{\max(|a|, |b|)} .
# $$
#
# It does not change when both are multiplied by the same factor, and it lies between 0 and 2. Where both are 0 they agree: the
# error is 0 by definition. For arrays take the **largest** one over all entries; a mean would let one wrong entry among a million pass.
# With a pencil: $a = 2$ and $b = 3$ give $\frac13$; $a = 2$ and $b = -2$ give 2, the worst there is.

# %% tags=["NB10.W1"]
for a, b in [(2.0, 3.0), (2e-9, 3e-9), (2.0, -2.0), (0.0, 1e-12)]:
    relative = abs(a - b) / max(abs(a), abs(b))
    print(f"a = {a:6}, b = {b:6}: absolute {abs(a - b):7.1e}, relative {relative:.3f}")

assert abs(2e-9 - 3e-9) < 1e-8  # an absolute bound lets it pass
assert np.isclose(abs(2e-9 - 3e-9) / 3e-9, 1 / 3)

# %% [markdown] tags=["NB10.E01"]
# ### Exercise NB10.E01: the relative error
#
# **Why it matters:** every comparison of gradients rests on it. A constant that is added below "to be safe" blinds it for
# small gradients.
# *Difficulty 1 of 5, about 6 minutes, 1 point.*


# %% nbgrader={"grade": false, "grade_id": "NB10-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB10.E01"]
def relative_error(a, b):
    """Largest relative error over all entries of two arrays.

    a and b are arrays of the same shape, or two numbers; of floats or integers, of any
    size from very small to very large. For each entry the error is abs(a - b) divided by
    the larger of abs(a) and abs(b), and 0 where both are 0.
    Returns error, one float. Nothing else is added or bounded.
    """
    ### BEGIN SOLUTION
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    size = np.where(size == 0, 1.0, size)  # both are 0, and so is their difference
    return float(np.max(np.abs(a - b) / size))
    ### END SOLUTION


# %% [markdown] tags=["NB10.E01"]
# <details>
# <summary>Hint</summary>
#
# `np.maximum` compares entry by entry. Where the larger size is 0, the difference is 0 too: then any other divisor gives the right
# 0. `np.where` can put one there.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB10-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB10.E01"]
check("NB10.E01")

# %% [markdown] tags=["NB10.W1"]
# ### How long a step?
#
# A central difference with step $h$ has two errors (NB03). The formula leaves out terms of size $h^2$: shorter is better. And two
# nearly equal values are subtracted, which leaves rounding of size $\varepsilon / h$: longer is better. They balance near
# $h = \varepsilon^{1/3}$. A one-sided difference leaves out terms of size $h$ already, and ends at fewer digits. Measure it, in double precision
# and in single.


# %% tags=["NB10.W1"]
def wave(x):
    return np.sum(np.sin(x * x))


point = rng.uniform(0.5, 1.5, size=6)
direction = rng.normal(size=6)
exact = np.sum(2 * point * np.cos(point**2) * direction)
steps = 10.0 ** np.arange(-12, -0.5, 0.5)


def error_of(difference, dtype):
    x, v = point.astype(dtype), direction.astype(dtype)
    return [abs(difference(x, v, dtype(h)) - exact) / abs(exact) for h in steps]


def central(x, v, h):
    return (wave(x + h * v) - wave(x - h * v)) / (2 * h)


def one_sided(x, v, h):
    return (wave(x + h * v) - wave(x)) / h


errors = {
    "central, float64": error_of(central, np.float64),
    "one-sided, float64": error_of(one_sided, np.float64),
    "central, float32": error_of(central, np.float32),
}
for name, error in errors.items():
    print(f"{name:18}: best step {steps[np.argmin(error)]:.0e}, error {min(error):.0e}")

assert min(errors["central, float64"]) < 1e-9
assert min(errors["one-sided, float64"]) > 1e-9
assert min(errors["central, float32"]) > 1e-7

# %% tags=["NB10.W1"]
figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
for (name, error), style, color in zip(
    errors.items(), ("o-", "s--", "^:"), ("#0072B2", "#009E73", "#D55E00"), strict=True
):
    axes.loglog(steps, np.maximum(error, 1e-13), style, color=color, ms=4, label=name)
axes.axvline(np.finfo(float).eps ** (1 / 3), color="0.6", linewidth=1)
axes.set(xlabel="step h", ylabel="relative error")
axes.set_title("Every difference has a best step")
axes.legend(frameon=False, fontsize=9)
picture(
    figure,
    alt="Relative errors over the step, both on logarithmic axes. Each curve is a "
    "valley. The central difference in float64 is deepest, near a step of 1e-5; the "
    "one-sided one ends higher, and in float32 the error stays large everywhere.",
)

# %% [markdown] tags=["NB10.W1"]
# So test in **double precision**, with a **central** difference and $h$ between $10^{-6}$ and $10^{-5}$; and ask for an agreement of
# $10^{-4}$ or better, not for ten digits.
#
# ### Kinks
#
# $\mathrm{relu}$ bends at 0. If a step reaches across the bend, the difference is a mixture of both slopes. That is no mistake in the gradient.
# Take $x = 10^{-4}$, where the slope is 1:

# %% tags=["NB10.W1"]
x = 1e-4
mixed = {h: (relu(x + h) - relu(x - h)) / (2 * h) for h in (1e-3, 1e-5)}
for h, slope in mixed.items():
    print(f"h = {h:.0e}: difference {slope:.2f}, slope 1")

assert round(mixed[1e-3], 2) == 0.55
assert round(mixed[1e-5], 6) == 1

# %% [markdown] tags=["NB10.W1"]
# A short step helps, and so do inputs that are drawn at random: they rarely come so near to a bend.
#
# ### One direction instead of all entries
#
# A difference for each entry takes two evaluations each: with a million parameters that is out of reach. But along a direction
# $v$ the slope is the sum $\sum_i g_i v_i$ of all entries of the gradient $g$ at once:
#
# $$
# \frac{f(x + hv) - f(x - hv)}{2h} \;\approx\; \sum_i g_i\, v_i .
# $$
#
# Two evaluations, and every entry takes part. If this disagrees, then go through the entries one by one to find the
# culprit. **Which direction?** All ones would be simple. It would be a trap.


# %% tags=["NB10.W1"]
def weighted(x):
    return np.sum(np.arange(1, 7) * np.sin(x))


def weighted_grad_reversed(x):
    return (np.arange(1, 7) * np.cos(x))[::-1]  # all entries in the wrong place


ones, random = np.ones(6), rng.normal(size=6)
for name, v in [("all ones", ones), ("random  ", random)]:
    slope = (weighted(point + 1e-6 * v) - weighted(point - 1e-6 * v)) / 2e-6
    claimed = np.sum(weighted_grad_reversed(point) * v)
    print(f"{name}: difference {slope:8.4f}, claimed {claimed:8.4f}")
    if v is ones:
        assert np.isclose(slope, claimed)
    else:
        assert not np.isclose(slope, claimed)

# %% [markdown] tags=["NB10.W1"]
# Along all ones only the sum of the entries counts, and exchanged entries have the same sum. The same trap waits one
# level higher. A backward pass takes an upstream gradient; test it with all ones, and mistakes in how it *uses* the upstream
# gradient stay hidden. Here are three wrong backward passes of the ReLU.

# %% tags=["NB10.W1"]
wrong_relus = {
    "upstream ignored": lambda dY, X: 1.0 * (X > 0),
    "mask from both signs": lambda dY, X: dY * (dY * X > 0),
    "absolute upstream": lambda dY, X: np.abs(dY) * (X > 0),
}
X = rng.normal(size=(5, 3))
for kind, dY in [("ones", np.ones((5, 3))), ("random", rng.normal(size=(5, 3)))]:
    correct = dY * (X > 0)
    passed = [name for name, f in wrong_relus.items() if np.allclose(f(dY, X), correct)]
    print(f"upstream {kind}: {len(passed)} of {len(wrong_relus)} wrong ones pass")
    assert len(passed) == (len(wrong_relus) if kind == "ones" else 0)

# %% [markdown] tags=["NB10.W1"]
# **Draw everything at random:** inputs, directions, upstream gradients; and make all sizes different.

# %% [markdown] tags=["NB10.E02"]
# ### Exercise NB10.E02: a gradient check
#
# **Why it matters:** this is the tool you will take with you. It must refuse wrong gradients, and it must not cry wolf.
# *Difficulty 4 of 5, about 25 minutes, 4 points.*


# %% nbgrader={"grade": false, "grade_id": "NB10-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB10.E02"]
def gradient_check(f, grad, x, n_dirs, rng):
    """Compare a gradient with central differences.

    f takes an array and returns a number; grad takes an array and returns the claimed
    gradient, an array of the same shape. x is where to compare: an array of floats, of
    one axis or two. n_dirs is how many directions to try, and rng draws them.

    First n_dirs random directions are tried, two calls of f for each. If all of them
    agree, that is the verdict. Otherwise every entry of x is tried by itself.
    Returns the pair (ok, worst). ok is True if the gradient agrees to a relative error of
    about 1e-4, of small gradients (1e-10) too, and False otherwise. worst is None if all
    directions agreed, else a tuple: the index of the entry with the largest relative
    error, one number for each axis of x.
    Entries 1e-3 away from a kink must not disturb, nor must strong bends of f.
    """
    ### BEGIN SOLUTION
    h, most = 1e-6, 1e-4
    g = grad(x)

    def slope(v):
        return (f(x + h * v) - f(x - h * v)) / (2 * h)

    def error(a, b):
        return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b))

    directions = [rng.normal(size=x.shape) for _ in range(n_dirs)]
    if all(error(slope(v), np.sum(g * v)) < most for v in directions):
        return True, None
    errors = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1.0
        errors[index] = error(slope(unit), g[index])
    return errors.max() < most, np.unravel_index(errors.argmax(), x.shape)
    ### END SOLUTION


# %% [markdown] tags=["NB10.E02"]
# <details>
# <summary>Hint</summary>
#
# Write a small function for the slope along any direction $v$. It serves both stages: an entry is the direction that is 1
# there and 0 elsewhere. `rng.normal(size=x.shape)` draws a direction, `np.ndindex(x.shape)` runs through all indices, and
# `np.unravel_index` turns a position in the flat array into an index.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB10-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB10.E02"]
check("NB10.E02")

# %% [markdown] tags=["NB10.W2"]
# ## NB10.W2 · Can you tell a mistake by its footprint?
#
# A test says *that* something is wrong. What is wrong shows in *how* the numbers differ. Take one affine layer $Y = XW$ with
# seven examples, three inputs and four outputs, and collect wrong gradients of $W$, each by one well-known mistake.

# %% tags=["NB10.W2"]
N, d, k = 7, 3, 4  # all different
X, dY = rng.normal(size=(N, d)), 2 * rng.normal(size=(N, k))


def wrong_gradients(X, dY):
    right = X.T @ dY
    return {
        "M02": right.T,
        "M04": right / len(X),
        "M06": -right,
        "M07": 2 * right,
        "M10": np.outer(X[-1], dY[-1]),
        "M12": X.T @ np.ones_like(dY),
        "M15": X.T @ (dY * (dY > 0)),
        "M32": np.array(right.sum()),
    }


reference, gallery = X.T @ dY, wrong_gradients(X, dY)


def footprint(got, right):
    """Say what can be seen: the shape, a constant ratio, or neither."""
    if got.shape != right.shape:
        flipped = got.shape == right.T.shape and np.allclose(got.T, right)
        return f"shape {got.shape}" + (", right after transposing" if flipped else "")
    ratio = got / right
    if np.allclose(ratio, ratio.flat[0]):
        return f"constant ratio {ratio.flat[0]:.4g}"
    return f"ratios from {ratio.min():.2f} to {ratio.max():.2f}"


for code, wrong in gallery.items():
    print(code, footprint(wrong, reference))

assert footprint(gallery["M04"], reference).startswith("constant ratio")
assert np.isclose(gallery["M04"][0, 0] / reference[0, 0], 1 / N)

# %% [markdown] tags=["NB10.W2"]
# Read it as a detective would. The shape comes first, then a ratio, then what the ratio depends on.
#
# | what you see | look for | codes |
# |:-|:-|:-|
# | another shape, right after transposing | a product in the wrong order, or a transpose | M01, M02, M31 |
# | an axis too many, right after summing over it | a sum over the batch that is missing | M03 |
# | one number for many, or an axis of size 1 | a sum that went too far, or `keepdims` | M32, M36 |
# | constant ratio −1 | a sign | M06 |
# | constant ratio 2 or ½ | the factor of the square | M07 |
# | constant ratio $N$ or $1/N$, everywhere | mean and sum confused | M04 |
# | ratio $1/N$ from one layer on | $1/N$ applied twice | M05 |
# | ratio varies with $z$ | the slope of the activation: left out, or taken at the wrong place | M08, M09 |
# | equals one example's, or one path's, share | `=` where `+=` belongs | M10 |
# | right for an upstream gradient of ones | upstream ignored | M12 |
# | depends on the sign of the upstream gradient | the ReLU mask | M15 |
# | right on the first call, 2 and 3 times as large later | old gradients not cleared | M24 |
#
# A ratio is evidence only if it is the same on a second example with other sizes. With $N = 2$ a missing mean looks like a forgotten
# square.

# %% [markdown] tags=["NB10.G1"]
# ### NB10.G1 · A lens for mistakes
#
# Left: the wrong gradient minus the right one. Right: their ratio, entry by entry. Name the mistake from the pictures and
# the table above. Then **choose another code** and run both cells again: which mistakes have the same left picture, up to a
# factor?

# %% tags=["NB10.G1"]
code = "M15"  # try "M04", "M06", "M10", "M12"

wrong = gallery[code]
if wrong.shape != reference.shape:
    print(f"{code}: {footprint(wrong, reference)}. There is nothing to subtract.")
    wrong = np.full(reference.shape, np.nan)
figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.2), layout="constrained")
for axes, numbers, title in [
    (panels[0], wrong - reference, "difference"),
    (panels[1], wrong / reference, "ratio"),
]:
    reach = 4 * np.median(np.abs(np.nan_to_num(numbers))) + 1e-9
    shade = np.clip(numbers / reach, -0.5, 0.5)  # pale enough to read the numbers
    axes.imshow(shade, cmap="PuOr", vmin=-1, vmax=1)
    for (i, j), number in np.ndenumerate(numbers):
        axes.text(j, i, f"{number:.2f}", ha="center", va="center")
    axes.set(title=f"{code}: {title}", xlabel="output", ylabel="input")
    axes.set(xticks=range(k), yticks=range(d))
picture(
    figure,
    alt=f"Two grids of three rows and four columns for the mistake {code}. Left the "
    "differences to the right gradient, right the ratios; every cell shows its number.",
)

# %% [markdown] tags=["NB10.G1"]
# The same mistake in a backward function, under the course's debugger: your gradient beside the reference and beside
# finite differences. Tab to it and move with the arrow keys, or click on a cell. It looks at *your* functions just as well,
# as you will see after NB10.E04.

# %% tags=["NB10.G1"]
W = rng.normal(size=(d, k))


def backward_with_the_mistake(dY, X, W):
    return dY @ W.T, wrong_gradients(X, dY)[code]


BackwardDebugger(lambda X, W: X @ W, backward_with_the_mistake, X, W)

# %% [markdown] tags=["NB10.G1"]
# Would you have noticed without a check? Here one mistake at a time is switched on in the backward pass of a whole network,
# the one of NB06.E07. The check names it; below, a sound and a broken training run from one seed. Walk through the list with
# *Next mistake* and look for three kinds: one that stops the training at once, one that slows it down, and one that you would
# never find from the curve.

# %% tags=["NB10.G1"]
BreakIt(check, mistake=8)

# %% [markdown] tags=["NB10.E03"]
# ### Exercise NB10.E03: name the mistake
#
# **Why it matters:** this is how the checks of this course work. A name is a claim, so it must be given only where all numbers agree.
# *Difficulty 3 of 5, about 12 minutes, 4 points.*


# %% nbgrader={"grade": false, "grade_id": "NB10-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB10.E03"]
def name_the_mistake(student_grad, problem):
    """Name the mistake that gives just this gradient.

    student_grad is an array, or a number. problem has three attributes:
    problem.reference is the right gradient, problem.mistakes is a dict that maps codes
    such as "M06" to the gradient that this mistake gives, and problem.inputs is a dict of
    the arrays X and dY, which you need not use. Gradients of mistakes may have other
    shapes.
    Two gradients are the same if they have the same shape and all entries agree up to
    rounding: a relative error of 1e-10 is rounding, one of 1e-3 is not.
    Returns the code of the mistake, a string; or "none" if the gradient is right, or if
    no mistake gives it.
    """

    ### BEGIN SOLUTION
    def same(value):
        alike = np.shape(value) == np.shape(student_grad)
        return alike and np.allclose(value, student_grad, rtol=1e-6, atol=1e-9)

    if same(problem.reference):
        return "none"
    found = [code for code, value in problem.mistakes.items() if same(value)]
    return found[0] if found else "none"
    ### END SOLUTION


# %% [markdown] tags=["NB10.E03"]
# <details>
# <summary>Hint</summary>
#
# Compare shapes first: `np.allclose` broadcasts, and $(1, 4)$ would pass for $(4,)$. The tolerance `rtol` of `np.allclose`
# lies between rounding and a real difference. What should happen for a right gradient, before any mistake is looked at?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB10-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB10.E03"]
check("NB10.E03")

# %% [markdown] tags=["NB10.W2"]
# Now hold your function against the gallery above, with a little rounding added. And against the sum of two mistakes: no single
# name fits that.

# %% tags=["NB10.W2"]
from types import SimpleNamespace

inputs = {"X": X, "dY": dY}
problem = SimpleNamespace(reference=reference, mistakes=gallery, inputs=inputs)
if name_the_mistake(reference, problem) is None:
    print("Write NB10.E03 first; then this cell tries it.")
else:
    for code, wrong in gallery.items():
        print(code, "is called", name_the_mistake(wrong * (1 + 1e-11), problem))
    print("right:", name_the_mistake(reference, problem))
    print("sign and mean at once:", name_the_mistake(-reference / N, problem))

# %% [markdown] tags=["NB10.W2"]
# ### Mend the cause
#
# A factor that makes one example come out right is no repair. A bias gradient that is $N$ times too large for $N = 4$ is not mended by
# dividing by 4: the next batch has five examples. Ask which rule the line breaks:
#
# - **used by many, so sum**: a bias serves every example, a weight every row (NB06);
# - **one factor for the loss, at one place**: a mean puts $1/N$ into the first bar, and from there it travels by itself (NB06);
# - **two ways to the output, two terms**: a shortcut adds what it carries (NB04, NB06);
# - **the slope belongs to the input of the forward pass**, not to what arrives from upstream (NB09);
# - **whatever was computed from the input depends on it**: a mean and a variance too (NB09).

# %% [markdown] tags=["NB10.E04"]
# ### Exercise NB10.E04: five repairs
#
# **Why it matters:** mending somebody's backward pass is more common than writing one. Each of these five breaks one of
# the rules above.
# *Difficulty 4 of 5, about 30 minutes, 5 points, one for each function.*
#
# The five functions run, and give wrong numbers. Run the check first and read the five diagnoses. Then change the lines that are
# wrong; the marked places are only a suggestion. The names stay as they are, broken or not.


# %% nbgrader={"grade": false, "grade_id": "NB10-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB10.E04"]
def affine_backward_broken(dY, X, W):
    """Gradients of Y = X @ W + b, given dY (N, k), X (N, d) and W (d, k).

    Returns dX (N, d), dW (d, k) and db (k,).
    """
    dX = dY @ W.T
    dW = X.T @ dY
    db = dY
    ### BEGIN SOLUTION
    db = dY.sum(axis=0)
    ### END SOLUTION
    return dX, dW, db


def mse_backward_broken(X, y, W, w):
    """Gradients of the mean over N examples of (tanh(X @ W) @ w - y)**2.

    X is (N, d), y (N,), W (d, h) and w (h,). Returns dW (d, h) and dw (h,).
    """
    N = len(y)
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / N
    dw = H.T @ e
    dZ = np.outer(e, w) * (1 - H**2)
    dW = (X.T @ dZ) / N
    ### BEGIN SOLUTION
    dW = X.T @ dZ
    ### END SOLUTION
    return dW, dw


def residual_backward_broken(dY, X, W1, W2):
    """Gradient of Y = X + relu(X @ W1) @ W2 with respect to X.

    dY and X are (N, d), W1 is (d, h) and W2 is (h, d). Returns dX (N, d).
    """
    dH = dY @ W2.T
    dZ = dH * (X @ W1 > 0)
    dX = dY
    dX = dZ @ W1.T
    ### BEGIN SOLUTION
    dX = dX + dY
    ### END SOLUTION
    return dX


def relu_backward_broken(dY, X):
    """Gradient of relu(X), entry by entry, with slope 0 at 0.

    dY and X have the same shape (N, d). Returns dX of that shape.
    """
    mask = dY > 0
    ### BEGIN SOLUTION
    mask = X > 0
    ### END SOLUTION
    return dY * mask


def normalize_backward_broken(dY, X, eps):
    """Gradient of (X - mean) / std with respect to X.

    Each column of X (N, d) has its own mean and its own std = sqrt(variance + eps), taken
    over the N rows. dY is (N, d), eps a float. Returns dX (N, d).
    """
    std = np.sqrt(X.var(axis=0) + eps)
    dX = dY / std
    ### BEGIN SOLUTION
    xhat = (X - X.mean(axis=0)) / std
    dX = (dY - dY.mean(axis=0) - xhat * (dY * xhat).mean(axis=0)) / std
    ### END SOLUTION
    return dX


# %% [markdown] tags=["NB10.E04"]
# <details>
# <summary>Hint</summary>
#
# In four of them one line is enough. For the last one think of three ways from an entry of $X$ to the loss: directly, through its column's
# mean, and through its column's variance. In a batch of $N$ rows each way sums over the rows. You did it in NB09.E03.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB10-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB10.E04"]
check("NB10.E04")

# %% [markdown] tags=["NB10.W2"]
# Where a repair is stubborn, look at it entry by entry. Run this cell again after each change.

# %% tags=["NB10.W2"]
repairs = {
    "affine_backward_broken": affine_backward_broken,
    "mse_backward_broken": mse_backward_broken,
    "residual_backward_broken": residual_backward_broken,
    "relu_backward_broken": relu_backward_broken,
    "normalize_backward_broken": normalize_backward_broken,
}
BackwardDebugger("NB10.E04", repairs, check=check)

# %% [markdown] tags=["NB10.W3"]
# ## NB10.W3 · Does it all work together?
#
# The capstone: a network that you train with nothing but NumPy and your own parts. You have written all of them.
#
# | part | where |
# |:-|:-|
# | weights at the start, scaled by the number of inputs | NB09.E04 |
# | forward pass through a list of layers, keeping what the way back needs | NB01.E04, NB06.W4 |
# | loss and its gradient from logits, as a mean over the batch | NB05.E01 |
# | backward pass of a batch through any number of layers | NB06.E07 |
# | mini-batches in a new order each epoch | NB09.E01 |
# | the step itself, and a history of losses | NB02.E03 |
# | data kept apart to see whether it learned | NB02.W6 |
#
# ### First one gradient, found three times
#
# Before training, be sure of the gradient. Here is a network with one hidden layer, by hand:
#
# $$
# Z = XW_1 + b_1, \quad H = \tanh Z, \quad u = Hw_2 + b_2, \quad
# \mathcal{L} = \frac1N \sum_n \Bigl(\log\bigl(1 + e^{u_n}\bigr) - y_n u_n\Bigr) .
# $$
#
# The loss is the binary cross-entropy of $\sigma(u)$ (NB05), so that $\bar u = (\sigma(u) - y)/N$. The rest is NB06.


# %% tags=["NB10.W3"]
def two_layer_loss(params, X, y):
    H = np.tanh(X @ params["W1"] + params["b1"])
    u = H @ params["w2"] + params["b2"]
    return np.mean(np.logaddexp(0, u) - y * u)


def two_layer_gradients(params, X, y):
    H = np.tanh(X @ params["W1"] + params["b1"])
    u = H @ params["w2"] + params["b2"]
    u_bar = (sigmoid(u) - y) / len(y)
    Z_bar = np.outer(u_bar, params["w2"]) * (1 - H**2)
    hidden = {"W1": X.T @ Z_bar, "b1": Z_bar.sum(axis=0)}
    return {**hidden, "w2": H.T @ u_bar, "b2": u_bar.sum()}


X, y = data.moons(60, noise=0.1, rng=1)
params = {
    "W1": rng.normal(size=(2, 5)),
    "b1": rng.normal(size=5),
    "w2": rng.normal(size=5),
    "b2": rng.normal(),
}
by_hand = two_layer_gradients(params, X, y)
by_engine = grad(lambda params: two_layer_loss(params, X, y))(params)


def difference(one, other):
    """Largest difference of two gradients, as a share of the largest entry."""
    size = max(np.max(np.abs(one[name])) for name in one)
    return max(np.max(np.abs(one[name] - other[name])) for name in one) / size


print(f"by hand against the course's engine: {difference(by_hand, by_engine):.1e}")
print(
    course_gradient_check(
        lambda p: two_layer_loss(p, X, y),
        params,
        grad=lambda p: two_layer_gradients(p, X, y),
    )
)

assert difference(by_hand, by_engine) < 1e-12

# %% tags=["NB10.W3"]
verdict = gradient_check(
    lambda W1: two_layer_loss({**params, "W1": W1}, X, y),
    lambda W1: two_layer_gradients({**params, "W1": W1}, X, y)["W1"],
    params["W1"],
    5,
    rng,
)
if verdict is None:
    print("Write NB10.E02 first; then your own gradient check speaks here.")
else:
    said = "right" if verdict[0] else f"wrong at {verdict[1]}"
    print("your gradient check says of W1:", said)

# %% [markdown] tags=["NB10.W3"]
# The third opinion is PyTorch's, if it is installed. It knows nothing of this course.

# %% tags=["NB10.W3"]
if torch is None:
    print("PyTorch is not installed here, so it is not asked: `pip install torch`.")
else:
    leaves = {}
    for name, value in params.items():
        leaves[name] = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    H = torch.tanh(torch.tensor(X) @ leaves["W1"] + leaves["b1"])
    u = H @ leaves["w2"] + leaves["b2"]
    target = torch.tensor(y, dtype=u.dtype)
    torch.nn.functional.binary_cross_entropy_with_logits(u, target).backward()
    by_torch = {name: leaf.grad.numpy() for name, leaf in leaves.items()}
    print(f"by hand against PyTorch: {difference(by_hand, by_torch):.1e}")
    assert difference(by_hand, by_torch) < 1e-12

# %% [markdown] tags=["NB10.W3"]
# ### Then the training
#
# The moons are two half circles that no line separates. There are 400 points: 200 to train on, 100 for choices such as the
# size of the network (**validation**), and 100 that are looked at once, at the end (**test**). A choice made with the test points would make
# their result too good to be true.

# %% tags=["NB10.W3"]
moons_X, moons_y = data.moons(400, noise=0.1, rng=2)
parts = data.split(moons_X, moons_y.astype(int), (0.5, 0.25, 0.25), stratify=True, rng=3)
(X_train, y_train), (X_val, y_val), (X_test, y_test) = parts
print("examples:", len(y_train), len(y_val), len(y_test))

# %% [markdown] tags=["NB10.E05"]
# ### Exercise NB10.E05: train a network
#
# **Why it matters:** here everything comes together, without a library that differentiates. If this works, you know how deep
# learning works.
# *Difficulty 5 of 5, about 45 minutes, 8 points.*


# %% nbgrader={"grade": false, "grade_id": "NB10-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB10.E05"]
def train_mlp(X, y, sizes, rng):
    """Train a fully connected network to tell two classes apart.

    X is (N, 2), one example in each row; y is (N,), the classes 0.0 and 1.0. sizes is a
    list such as [2, 16, 1] or [2, 12, 8, 1]: inputs, hidden layers, one output. All
    chance (weights, order of examples) comes from rng, so that the same seed trains the
    same model. Use NumPy, and no library that differentiates.
    Returns the pair (model, history).
    model is a function: model(X) takes rows of any number and returns an array of shape
    (N,), the probability of class 1 for each row. Above 0.5 counts as class 1. It uses no
    chance, and what it says of a row does not depend on the other rows.
    history is a list of losses, one for each epoch or step: none is negative, and the
    last one is less than half of the first.
    Asked for: at least 95 of 100 new points right, in less than 20 seconds. A start can
    be unlucky: if it misses its own data it is tried with another rng, twice at most.
    """
    ### BEGIN SOLUTION
    pairs = list(zip(sizes[:-1], sizes[1:], strict=True))
    weights = [rng.normal(scale=np.sqrt(2 / a), size=(a, b)) for a, b in pairs]
    biases = [np.zeros(b) for _, b in pairs]
    params = weights + biases
    speed = [np.zeros_like(p) for p in params]

    def forward(X):
        hs = [X]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            hs.append(np.maximum(hs[-1] @ W + b, 0))
        return hs, (hs[-1] @ weights[-1] + biases[-1])[:, 0]

    history = []
    for _ in range(150):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 20):
            rows = order[start : start + 20]
            hs, u = forward(X[rows])
            bar = ((1 / (1 + np.exp(-u)) - y[rows]) / len(rows))[:, None]
            dW, db = [], []
            for W, h in zip(weights[::-1], hs[::-1], strict=True):
                dW.insert(0, h.T @ bar)
                db.insert(0, bar.sum(axis=0))
                bar = (bar @ W.T) * (h > 0)
            for p, v, g in zip(params, speed, dW + db, strict=True):
                v *= 0.9
                v -= 0.05 * g
                p += v
        u = forward(X)[1]
        history.append(np.mean(np.logaddexp(0, u) - y * u))
    return lambda X: 1 / (1 + np.exp(-forward(X)[1])), history
    ### END SOLUTION


# %% [markdown] tags=["NB10.E05"]
# <details>
# <summary>Hint</summary>
#
# Write it in this order, and look at the result of each before you go on: weights and biases as two lists; a function `forward` that
# returns the inputs of all layers and the logits; the loss at the start, which is near $\log 2$ or a little above; one backward pass,
# from the last layer to the first; a step; the loop. Weights with standard deviation $\sqrt{2/\text{inputs}}$ suit the ReLU, $\sqrt{1/\text{inputs}}$
# suits tanh. If the loss falls too slowly, try a larger step, more epochs, or momentum.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB10-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB10.E05"]
check("NB10.E05")

# %% [markdown] tags=["NB10.W3"]
# ### Cross-check: your training beside the engine's
#
# The same data, the same sizes. The engine trains with its own gradients and its own optimiser. Two different programs will not find
# the same weights; they should find similar borders.

# %% tags=["NB10.W3"]
sizes = [2, 16, 1]

engine_model = nn.MLP(sizes, activation="relu", rng=4)
optimiser = optim.SGD(engine_model.parameters(), lr=0.05, momentum=0.9)
loss = binary_cross_entropy_with_logits
trainer = Trainer(engine_model, loss, optimiser, rng=4, progress=False)
trainer.fit(X_train, y_train[:, None].astype(float), epochs=150, batch_size=20)


def engine_says(X):
    return sigmoid(engine_model(X).value[:, 0])


def share_right(model, X, y):
    return np.mean((model(X) > 0.5) == y)


both = {"the engine's": engine_says}
mine = train_mlp(X_train, y_train.astype(float), sizes, np.random.default_rng(5))
if mine is None:
    print("Write NB10.E05 first; then this cell shows your network beside the engine's.")
else:
    model, history = mine
    both["your"] = model
    print(f"your loss: from {history[0]:.3f} to {history[-1]:.3f}")

for name, each in both.items():
    on_validation = share_right(each, X_val, y_val)
    print(f"{name} network: {on_validation:.0%} of the validation points right")

assert share_right(engine_says, X_val, y_val) >= 0.95

# %% tags=["NB10.W3"]
low, high = moons_X.min(axis=0) - 0.3, moons_X.max(axis=0) + 0.3
grid_x, grid_y = np.meshgrid(*np.linspace(low, high, 120).T)
grid = np.stack([grid_x.ravel(), grid_y.ravel()], axis=1)

figure, panels = plt.subplots(1, 2, figsize=(8.8, 3.6), layout="constrained")
for axes in panels[len(both) :]:
    axes.axis("off")
for axes, (name, each) in zip(panels, both.items(), strict=False):
    p = each(grid).reshape(grid_x.shape)
    shades = ["#a6cbe3", "#dfebf3", "#faeadf", "#f0c3a5"]
    axes.contourf(grid_x, grid_y, p, levels=[0, 0.1, 0.5, 0.9, 1], colors=shades)
    axes.contour(grid_x, grid_y, p, levels=[0.5], colors="black", linewidths=1.5)
    for label, marker, color in [(0, "o", "#0072B2"), (1, "^", "#D55E00")]:
        axes.scatter(*X_val[y_val == label].T, s=14, marker=marker, color=color)
    axes.set(title=f"{name} network, validation points", xticks=[], yticks=[])
picture(
    figure,
    alt="Validation points of the two moons, discs and triangles, and the border where a "
    f"network's probability is one half, for {' and '.join(both)} network. The border "
    "winds between the half circles.",
)

# %% [markdown] tags=["NB10.W3"]
# ### Your backward passes inside the engine
#
# One cross-check more. The engine can train on *your* functions: here the affine layer and the ReLU that you repaired in E04. After each
# step it keeps how far they are from its own.

# %% tags=["NB10.W3"]
dY, X, W = rng.normal(size=(5, 4)), rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
mended = np.shape(affine_backward_broken(dY, X, W)[2]) == (4,)
if not mended:
    print("The affine layer of NB10.E04 is still broken. Mend it, then run this again.")
else:
    model = nn.MLP(sizes, activation="relu", rng=4)
    optimiser = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    trainer = Trainer(model, loss, optimiser, rng=4, progress=False)
    trainer.use_backward("affine", affine_backward_broken)
    trainer.use_backward("relu", relu_backward_broken)
    targets = y_train[:, None].astype(float)
    history = trainer.fit(X_train, targets, epochs=20, batch_size=20)
    for kind, differences in history.differences.items():
        print(f"{kind}: largest difference to the engine's own {max(differences):.1e}")

# %% [markdown] tags=["NB10.W3"]
# Satisfied with the validation points? Then look at the test points, once. What you read here is what you may claim.

# %% tags=["NB10.W3"]
for name, each in both.items():
    on_test = share_right(each, X_test, y_test)
    print(f"{name} network: {on_test:.0%} of the test points right")

# %% [markdown] tags=["NB10.W3"]
# ### What the whole course says
#
# **Backpropagation is the chain rule, applied to a graph, with memory.** A program is a graph of small steps. Each step knows its own
# slopes and nothing else. One walk forwards stores the values; one walk backwards gives every value its bar, as the sum over the edges that
# leave it. The price is about two forward passes, and the memory for what was stored. That is all there is to the gradient, and it is exact.
#
# **Training is not exact.** How to start, how far to step, what to normalise, when to stop: these are rules of thumb that were found
# by trying. They change from year to year. The gradient beneath them does not. So when something fails, first make sure
# of the gradient. You know how.

# %% [markdown]
# ## Recap
#
# 1. A wrong gradient gives no error message, and the loss may fall all the same. Test.
# 2. Compare by relative error, in double precision, with central differences along random directions; never with all ones.
# 3. Shape, ratio, and what the ratio depends on are a mistake's footprint. Give it a name only where all numbers agree.
# 4. Mend the rule that is broken, not the number that came out.
# 5. Backpropagation is the chain rule on a graph, with memory. Everything around it is craft.
#
# **Further reading.** M. Nielsen, *Neural Networks and Deep Learning*, chapters 2, 3 and 5. A. Griewank and A. Walther, *Evaluating
# Derivatives*, chapters 1 and 3. PyTorch documentation, "Gradcheck mechanics" and "torch.autograd.gradcheck". JAX documentation,
# "Gradient checkpointing" and "The Autodiff Cookbook".
#
# **Next.** There is no further unit. Take a network that you care about, write its backward pass, and test it. Convolutions, attention and
# whatever comes after them are functions with a graph: the same walk goes through all of them.
