# %% [markdown]
# # NB00 · Start here
#
# You will write many gradients in this course, and some will be wrong at first. How do you find out, and what do you
# do then?
#
# **Goals.** After this unit you can
#
# - write an answer, run its check, and read what the check says;
# - read the notation of the course, and say which factor a loss carries;
# - tell from the shapes alone whether a product of arrays is possible, and what shape comes out.
#
# **You need** a little Python, and the matrix product from linear algebra. Nothing about networks.
#
# **Time:** about 40 minutes.

# %% tags=["NB00.setup"]
import time

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import grad, jacobian
from backprop_course.widgets import picture, quiz

rng = np.random.default_rng(0)  # the only source of chance in this notebook

# %% [markdown] tags=["NB00.W1"]
# ## NB00.W1 · What does a check tell you?
#
# Run each cell with Shift-Enter, from the top. Reading and running alternate; an exercise comes right after the part that
# teaches it. It has four cells:
#
# 1. **why** it matters, how hard it is, and how many points it gives;
# 2. a **stub**: the head of a function, a description, and the place for your lines. Most answers are three to ten lines of
#    Python and NumPy. Keep the name of the function and of its arguments;
# 3. a **hint**, folded. Open it when you are stuck, not before;
# 4. a **check**. It calls your function with numbers of its own and compares.
#
# A check is quick and never holds back. Run it on an empty stub, on half an answer, as often as you like. Here is one
# with a deliberate mistake. The task is to multiply two matrices; the function returns the right numbers the wrong way
# round.


# %% tags=["NB00.W1"]
def a_wrong_product(A, B):
    return (A @ B).T


answer = check("NB00.E01", a_wrong_product)
answer

# %% [markdown] tags=["NB00.W1"]
# Read the card from the top.
#
# - **One line for each result.** `C` has the wrong shape: the card says which shape came, and which was asked for. `mismatch` asks
#   whether sizes that do not fit are refused; that is right. In an exercise that gives points it would earn its part of
#   them, even while `C` is wrong.
# - **What it looks like.** A wrong result is compared with well-known mistakes. Each has a code, M01 to M36, and a name. If the
#   numbers agree, the card says so, and on which sizes they agree. It says "looks like": numbers can agree by chance.
# - **Hints.** They unfold one at a time: what can be seen, then the kind of mistake, then the rule and the part that teaches it.
#   No hint is a line of code.

# %% tags=["NB00.W1"]
for _ in range(3):
    print(answer.hint())

assert not answer.ok

# %% [markdown] tags=["NB00.W1"]
# ### The check that you do not see
#
# Your check says *visible checks passed* at best. If you take this course in a class, your answers are run again on other
# numbers: other sizes, a single example, zeros, large values, a second call. That is the **hidden check**. It asks nothing
# that the description does not say. An answer that follows the description passes both.
#
# Three habits help with all of them:
#
# - return the shape that is asked for, with no axis more and none less;
# - leave the arguments as they were: make a new array rather than change the one you were given;
# - use what you were given. A number that fits one example only is no answer.
#
# If a cell does not end (its `[*]` stays), your code repeats for ever. Stop it with *Kernel > Interrupt Kernel*, or press
# Esc and then I twice. Your text stays; run the cells above again if names are missing. A check stops by itself: it says
# when your function took too long.
#
# There are also **quizzes** (judged at once, no points), **reflections** (a few sentences, read by a person) and pictures to
# step through. An exercise with 0 points, like the one below, is for warming up.

# %% [markdown] tags=["NB00.W2"]
# ## NB00.W2 · Where does the way lead, and in which language?
#
# The course has five themes: what a network is, where the idea comes from, the algebra of derivatives, backpropagation
# on paper and in code, and what makes training work in practice. They come in this order:
#
# | unit | the question it answers |
# |:-|:-|
# | NB01 | What is a network, and what can it do that one neuron cannot? |
# | NB02 | What does it mean to learn from data, and which way is downhill? |
# | NB03 | How are derivatives of many variables arranged, and how can a program find them? |
# | NB04 | How does one walk through a graph give the slope of every value? |
# | NB05 | Where do the losses for classes come from? |
# | NB06 | What changes with layers, batches and shortcuts? |
# | NB07 | Can you write an engine that differentiates any program? |
# | NB08 | In which other ways can such an engine be built? |
# | NB09 | Why does training fail, and what helps? |
# | NB10 | How do you find the mistake in a gradient, and does it all work together? |
#
# ### Notation
#
# Texts on this subject use several languages for one thing. This course uses the left column, and names the others so that
# you can read them.
#
# | here | means | elsewhere |
# |:-|:-|:-|
# | $\mathcal{L}$ | the loss: one number, the smaller the better | $C$, $J$, $E$ |
# | $\bar v$ ("v bar") | the error signal of $v$: how much $\mathcal{L}$ changes when $v$ changes a little, $\partial\mathcal{L}/\partial v$ | $\delta$, $g$, `v.grad`, `dv` |
# | $z$ and $h$ (or $a$) | the values of a unit before and after its activation | in and out, net input and output |
# | $W$, $b$ | weights and biases; the bias is always a separate term | a weight $w_0$ with an input that is always 1 |
# | $x$, $\hat y$, $y$ or $t$ | input, prediction, and target | |
# | $N$; $d$, $k$ | number of examples; numbers of features | $m$, $n$ |
# | $\odot$ | product of two arrays entry by entry, `*` in NumPy | $\circ$ |
#
# In code a bar becomes `v_bar` or `dv`. Both are *numbers that the program holds*, as it holds $v$.
#
# ### Two rules about shapes
#
# **A gradient has the shape of its variable.** If $W$ has the shape $(3, 2)$, then so has $\overline W$: entry $(i, j)$ belongs
# to weight $(i, j)$.
#
# **A Jacobian has one row for each output.** If $f$ takes $n$ numbers to $m$ numbers, its Jacobian $J$ has the shape $(m, n)$ and
# the entries $J_{ij} = \partial f_i / \partial x_j$. This is called *numerator layout*. Other texts use the transpose.
#
# How derivatives are found is the subject of NB03. Here we let the course's engine find them, and look at the shapes
# alone.

# %% tags=["NB00.W2"]
W, V = rng.normal(size=(3, 2)), rng.normal(size=(4, 2))
x = rng.normal(size=2)


def outputs(x):
    return V @ x  # two numbers become four


def loss(W):
    return np.sum((W @ x) ** 2)


print("W          ", W.shape)
print("gradient   ", grad(loss)(W).shape, " like W")
print("Jacobian   ", jacobian(outputs)(x).shape, " one row for each output")

assert grad(loss)(W).shape == W.shape
assert jacobian(outputs)(x).shape == (4, 2)
assert np.allclose(jacobian(outputs)(x), V)  # for a product with V it is V itself

# %% [markdown] tags=["NB00.W2"]
# For a single number as output the Jacobian is one row. The gradient holds the same numbers, in the shape of the variable.
#
# ### Sum, mean, or half?
#
# Losses are summed, averaged or halved, as it suits a text. All of them have their minimum in the same place, but the
# gradients differ by a factor. A gradient that is "wrong" by exactly $N$ or 2 is usually a right one of another loss.

# %% tags=["NB00.W2"]
y, t = rng.normal(size=5), rng.normal(size=5)
N = len(y)

of_the_sum = grad(lambda y: np.sum((y - t) ** 2))(y)
of_the_mean = grad(lambda y: np.mean((y - t) ** 2))(y)
of_half_the_sum = grad(lambda y: 0.5 * np.sum((y - t) ** 2))(y)

print("sum / mean:    ", of_the_sum / of_the_mean)
print("sum / half sum:", of_the_sum / of_half_the_sum)

assert np.allclose(of_the_sum / of_the_mean, N)
assert np.allclose(of_the_sum / of_half_the_sum, 2)
assert np.allclose(of_half_the_sum, y - t)  # why one halves: nothing is left in front

# %% [markdown] tags=["NB00.W2"]
# So every exercise says which one it asks for. These are the usual ones:
#
# | unit | loss | factor |
# |:-|:-|:-|
# | NB02 | sum of squared errors over the data | 1 |
# | NB04, one example | half the squared error | $\frac12$ |
# | NB04.E07 | mean of halves, and a penalty | $\frac{1}{2N}$ |
# | NB05, one example | cross-entropy | 1 |
# | NB05 and later, many examples | mean over the examples | $\frac1N$ |
# | NB06, one example | half the sum of squares over the outputs | $\frac12$ |
#
# When nothing else is said, a loss of many examples is their mean.

# %% [markdown] tags=["NB00.W3"]
# ## NB00.W3 · Why arrays instead of loops?
#
# The product of $A$, of shape $(n, k)$, and $B$, of shape $(k, m)$, is
#
# $$
# C_{ij} = \sum_{s=1}^{k} A_{is}\, B_{sj} .
# $$
#
# The **inner size** $k$ must agree, and it disappears. What is left are the rows of $A$ and the columns of $B$: the shape is
# $(n, m)$. With a pencil: $\begin{pmatrix}1&2\end{pmatrix}\begin{pmatrix}3\\4\end{pmatrix} = 1\cdot3 + 2\cdot4 = 11$.

# %% tags=["NB00.W3"]
n, k, m = 3, 4, 2
figure, axes = plt.subplots(figsize=(6.8, 3.4), layout="constrained")
blue, orange, green = "#56B4E9", "#E69F00", "#009E73"
for rows, columns, left, bottom, mark, color, name in [
    (n, k, 0, 0, lambda r, c: r == 1, blue, "A  (n, k)"),
    (k, m, k + 1, n + 0.5, lambda r, c: c == 0, orange, "B  (k, m)"),
    (n, m, k + 1, 0, lambda r, c: (r, c) == (1, 0), green, "C  (n, m)"),
]:
    for r in range(rows):
        for c in range(columns):
            at = (left + c, bottom + rows - 1 - r)
            fill, hatch = (color, "//") if mark(r, c) else ("white", "")
            axes.add_patch(plt.Rectangle(at, 1, 1, ec="black", fc=fill, hatch=hatch))
    if left:
        right = left + columns + 0.25
        axes.text(right, bottom + rows / 2, name, va="center", fontsize=13)
    else:
        axes.text(k / 2, n + 0.25, name, ha="center", fontsize=13)
axes.set(xlim=(-0.3, 10), ylim=(-0.3, n + k + 0.8), aspect="equal")
axes.axis("off")
picture(
    figure,
    alt="Three grids. A has 3 rows and 4 columns, one of its rows is marked. B stands "
    "above on the right, with 4 rows and 2 columns, one of them marked. Where the marked "
    "row and column would meet lies the marked entry of C, of 3 rows and 2 columns.",
)

# %% [markdown] tags=["NB00.W3"]
# One row of $A$ and one column of $B$ make one entry of $C$. In plain Python this is three loops.


# %% tags=["NB00.W3"]
def product_in_three_loops(A, B):
    C = np.zeros_like(A)
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for s in range(A.shape[1]):
                C[i, j] += A[i, s] * B[s, j]
    return C


def timed(function, *args):
    start = time.perf_counter()
    result = function(*args)
    return result, 1e3 * (time.perf_counter() - start)


for size in (10, 100):
    A, B = rng.normal(size=(size, size)), rng.normal(size=(size, size))
    by_loops, loops_ms = timed(product_in_three_loops, A, B)
    by_numpy, numpy_ms = timed(np.matmul, A, B)
    assert np.allclose(by_loops, by_numpy)
    print(f"{size:3} x {size:3}: loops {loops_ms:9.3f} ms, A @ B {numpy_ms:7.3f} ms")

# %% [markdown] tags=["NB00.W3"]
# The times are those of your machine. `A @ B` does the same multiplications, but in compiled code that works on many
# numbers at a time. The larger the arrays, the more it gains. This is one reason to write gradients with matrices. The
# other is that one line of matrices is easier to read, and to get right, than three loops with indices.
#
# ### Spot the slip
#
# The loops gave the right product both times, and the assertion in the cell holds. Yet there is a mistake in this
# function. **Which line is it, and why did nobody notice?** Think first; then run the next cell.

# %% tags=["NB00.W3"]
A, B = rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
print("A @ B has the shape ", (A @ B).shape)
print("the loops give shape", product_in_three_loops(A, B).shape)

try:
    product_in_three_loops(B.T, A.T)
except IndexError as error:
    print("and with (2, 3) times (3, 4):", error)

whole = np.array([[1, 2], [3, 4]])
halves = np.array([[0.5, 0.0], [0.0, 0.5]])
print("right:", (whole @ halves).tolist(), " loops:", end=" ")
try:
    print(product_in_three_loops(whole, halves).tolist())
except TypeError as error:  # NumPy refuses to write a fraction into an array of integers
    print(error)

assert product_in_three_loops(A, B).shape != (A @ B).shape

# %% [markdown] tags=["NB00.W3"]
# <details>
# <summary>The slip</summary>
#
# `np.zeros_like(A)` makes the result with the shape *and the type* of $A$. The shape must be $(n, m)$, the rows of $A$ and the
# columns of $B$. With square matrices all of these are the same, so no test with square matrices can see it. Too wide a
# result keeps columns of zeros; too narrow a one stops with an error. And if $A$ holds integers, fractions are lost.
#
# There is a second slip, of omission: where the inner sizes differ, the loops go on or stop somewhere in the middle. They
# should refuse at once.
#
# </details>
#
# Take one habit from this: **try every function with sizes that are all different.** The checks of this course do.

# %% [markdown] tags=["NB00.E01"]
# ### Exercise NB00.E01: mend the loops
#
# **Why it matters:** most mistakes in gradients show first as a wrong shape. This one is the smallest of them.
# *Difficulty 1 of 5, about 5 minutes, 0 points: a warm-up.*
#
# Write the product with loops again, without the slip.


# %% nbgrader={"grade": false, "grade_id": "NB00-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB00.E01"]
def matmul_loops(A, B):
    """Multiply two matrices with three loops.

    A has the shape (n, k) and B has the shape (k, m). They may hold floats or integers;
    the entries of the result are floats. A and B stay as they are.
    Returns a new array of shape (n, m).
    Raises ValueError if the inner sizes differ.
    """
    ### BEGIN SOLUTION
    n, k = A.shape
    rows, m = B.shape
    if rows != k:
        raise ValueError(f"the inner sizes differ: {k} and {rows}")
    product = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for s in range(k):
                product[i, j] += A[i, s] * B[s, j]
    return product
    ### END SOLUTION


# %% [markdown] tags=["NB00.E01"]
# <details>
# <summary>Hint</summary>
#
# Copy the loops from above. Before them, take the sizes apart with `n, k = A.shape`, compare the inner ones, and use
# `raise ValueError("...")` with a sentence of your own. `np.zeros` takes a shape as a tuple and makes floats.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB00-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB00.E01"]
check("NB00.E01")

# %% [markdown] tags=["NB00.W3"]
# ### Three more shapes
#
# Networks need few operations beside the product. Three of them change shapes, and each returns in later units.
#
# - **Adding a row to a matrix.** $(N, k) + (k,)$ adds the same row to each of the $N$ rows. NumPy calls it *broadcasting*.
# - **Summing over an axis.** `sum(axis=0)` of $(N, k)$ goes down the columns and leaves $(k,)$: the axis that is named disappears.
# - **The outer product.** Vectors of $m$ and $n$ entries make the matrix $(m, n)$ of all products.

# %% tags=["NB00.W3"]
X, b = np.arange(6.0).reshape(3, 2), np.array([10.0, 20.0])
print("X + b =", (X + b).tolist())
print("X.sum(axis=0) =", X.sum(axis=0).tolist())
print("X.sum(axis=1) =", X.sum(axis=1).tolist())
print("np.outer(b, [1, 2, 3]) =", np.outer(b, [1, 2, 3]).tolist())

assert (X + b).shape == (3, 2)
assert X.sum(axis=0).tolist() == [6, 9]
assert X.sum(axis=1).tolist() == [1, 5, 9]
assert np.outer(b, [1, 2, 3]).shape == (2, 3)

# %% [markdown] tags=["NB00.Q1"]
# ### Quiz NB00.Q1: what comes out?

# %% tags=["NB00.Q1"]
quiz("NB00.Q1")

# %% [markdown]
# ## Recap
#
# 1. A check answers at once: each result by itself, what a wrong one looks like, and hints one at a time.
# 2. A bar is a number: $\bar v$ says how much the loss changes when $v$ changes a little.
# 3. A gradient has the shape of its variable; a Jacobian has one row for each output.
# 4. Sum, mean and half differ by a factor. Every exercise says which one it asks for.
# 5. In a product the inner size must agree and disappears. Try functions with sizes that are all different.
#
# **Further reading.** NumPy documentation, "NumPy: the absolute basics for beginners" and "Broadcasting". M. Nielsen, *Neural
# Networks and Deep Learning*, chapter 2, its first part on matrices. A. Griewank and A. Walther, *Evaluating Derivatives*,
# chapter 1. PyTorch documentation, "Tensors". JAX documentation, "Quickstart".
#
# **Next.** In NB01 matrices become layers, and layers become functions that can learn.
