# %% [markdown]
# # NB08 · Three framework designs
#
# Your engine of NB07 keeps the graph in its Tensors. Must it be so? Three other designs run the same algorithm, and
# each is found in software that people use.
#
# **Goals.** After this unit you can
#
# - trace a plain function into a graph, and walk back with a table of rules;
# - build a graph out of objects before any number flows, and train it;
# - write an operation of your own as a `Function` with a context;
# - say what each design stores, when its graph is built, and what may go wrong.
#
# **You need** the engine of NB07, vector-Jacobian products (NB03), softmax and cross-entropy (NB05), and the
# affine layer (NB06).
#
# **Time:** about 60 minutes to read, and an hour and a half for all exercises.

# %% tags=["NB08.setup"]
from contextlib import contextmanager

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import CourseError, Function, Tensor, edf, numerical_gradient, tape
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters
from backprop_course.tape import Node, primitive_vjps, toposort
from backprop_course.widgets import EdfStepper, TracerStepper, picture, quiz

rng = np.random.default_rng(8)  # the only source of chance in this notebook


@contextmanager
def needs(*exercises):
    """Run lines that use your own functions; where that does not work yet, say so."""
    try:
        yield
    except (AttributeError, TypeError, ValueError, CourseError) as error:
        print(f"This needs {', '.join(exercises)}.")
        print(f"So far: {type(error).__name__}: {error}")


# %% [markdown] tags=["NB08.W1"]
# ## NB08.W1 · Tracing: can a program be watched while it runs?
#
# Here is a plain function of one number. It knows nothing of gradients.
#
# $$ \text{logistic}(z) = \frac{1}{1 + e^{-z}} $$
#
# The idea of a **tracer**: do not hand it the number 1.5, but an object that *behaves* like 1.5 and remembers all
# that is done to it. Such an object is a `Node` with four fields:
#
# | field | what it holds |
# |:-|:-|
# | `value` | the number or array |
# | `fun` | the function that made it; none for the root |
# | `args` | the values which that function was called with, and `kwargs` for settings by name |
# | `parents` | those arguments that were Nodes themselves |
#
# And who makes the Nodes? Each function of NumPy is **wrapped** once. The wrapper unpacks the values, calls the
# original, and wraps up the result. A function that has a wrapper, and a rule for going back, is called a
# **primitive**.
#
# The smallest such tracer takes a dozen lines:


# %% tags=["NB08.W1"]
class Record:
    """A value and how it was made: the barest tracer."""

    def __init__(self, value, fun=None, args=(), parents=()):
        self.value, self.fun, self.args, self.parents = value, fun, args, parents


def recorded(fun):
    """Wrap a function: called with a Record, it returns a Record."""

    def wrapped(*args):
        parents = tuple(arg for arg in args if isinstance(arg, Record))
        values = tuple(arg.value if isinstance(arg, Record) else arg for arg in args)
        value = fun(*values)
        return Record(value, fun.__name__, values, parents) if parents else value

    return wrapped


negative, exp, add = recorded(np.negative), recorded(np.exp), recorded(np.add)
reciprocal = recorded(np.reciprocal)


def logistic(z):
    return reciprocal(add(1.0, exp(negative(z))))


print("with a number:", logistic(1.5))
record = logistic(Record(1.5))
while record.parents:
    shown = ", ".join(f"{arg:.6f}" for arg in record.args)
    print(f"{record.value:9.6f} = {record.fun}({shown})")
    record = record.parents[0]
print(f"{record.value:9.6f}   the root")

# %% [markdown] tags=["NB08.W1"]
# Read the list from below: that is the forward pass. The function itself was not touched, and called with a
# number it still returns a number. The graph was written down silently, while the program ran.
#
# Nobody likes to write `add(1.0, exp(negative(z)))`. So the class gets **operators**: `-z` calls `negative`, and
# `1 / ...` calls a division. Formula and nested calls then leave the same values behind. The package's module
# `backprop_course.tape` does just this. It can be read in one sitting; this unit builds its parts once more.

# %% tags=["NB08.W1"]
z = Node(1.5)
nested = tape.reciprocal(tape.add(1.0, tape.exp(tape.negative(z))))
written = 1.0 / (1.0 + tape.exp(-z))
slope = nested.value * (1 - nested.value)
measured = numerical_gradient(lambda z: 1 / (1 + np.exp(-z)), 1.5)

print(f"nested calls: {nested.value:.6f}, operators: {written.value:.6f}")
print(f"slope: {slope:.6f}, measured: {measured:.6f}")

assert round(nested.value, 6) == round(written.value, 6) == 0.817574
assert round(slope, 6) == round(measured, 6) == 0.149146

# %% [markdown] tags=["NB08.W1"]
# One more field of the package's `Node` matters. In `add(1.0, x)` the root is argument number 1, not 0. So beside
# `parents` there is `argnums`: `parents[i]` was argument number `argnums[i]`.
#
# Programs put together from primitives like these need no derivation by hand any more: the way back is
# mechanical. This is **automatic differentiation**. PyTorch, TensorFlow and JAX are large libraries for it.
# *Autograd* and its teaching version *Autodidact* are small ones, and a tracer of this kind is their core.

# %% [markdown] tags=["NB08.W2"]
# ## NB08.W2 · A table of rules
#
# In NB07 each operation carried its own closure. A tracer keeps all rules in one **table** instead: for each
# function and each argument, one function that takes the error signal back. The error signal of an output is its
# *cotangent* $\bar y$, and a rule computes a vector-Jacobian product (NB03):
#
# ```
# rule(g, ans, *args)  ->  the cotangent of one argument
# ```
#
# `g` is the cotangent of the result, `ans` the result itself, and `args` are the values of all arguments. For
# $\tanh$ it reads `lambda g, ans, x: g * (1 - ans**2)`. Why is `ans` handed over? It has been computed already,
# and some slopes are short in terms of it.
#
# **Rules for two arguments come in pairs.** One rule for each argument, so that only the one that is wanted is
# computed.
#
# **Broadcasting.** The plain rule of a sum is `g`, for both arguments. If NumPy has stretched an argument, that
# has the wrong shape. Each rule must return the shape of *its* argument; the sum over the copies is NB07.E06.
# Here it is once more, as a tool:


# %% tags=["NB08.W2"]
def sum_to_fit(g, x):
    """Sum g over the axes along which broadcasting copied x, into the shape of x."""
    fitted = np.asarray(g)
    while fitted.ndim > np.ndim(x):
        fitted = fitted.sum(axis=0)
    for axis, length in enumerate(np.shape(x)):
        if length == 1:
            fitted = fitted.sum(axis=axis, keepdims=True)
    return fitted


g = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]])
print("for a row:   ", sum_to_fit(g, np.zeros(2)))
print("for a number:", sum_to_fit(g, 7.0))

assert sum_to_fit(g, np.zeros(2)).tolist() == [3, 2.5]

# %% [markdown] tags=["NB08.E01"]
# ### Exercise NB08.E01: eight rules
#
# **Why it matters:** in this design a new operation is one line in a table. Autograd is written this way, and JAX
# has such tables too. *Difficulty 2 of 5, about 12 minutes, 4 points.*
#
# The table maps a name to a list of rules, one for each argument. `sum_to_fit` from the cell above may be used.


# %% nbgrader={"grade": false, "grade_id": "NB08-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E01"]
def register_rules(table):
    """Fill a table of vector-Jacobian products.

    table is a dict, empty at first. After the call it has the keys "negative", "exp",
    "log", "reciprocal" with a list of one rule rule(g, ans, x) each, and "add",
    "subtract", "multiply", "dot" with a list of two rules rule(g, ans, x, y): the first
    for x, the second for y.
    All arguments of rules are arrays: g the cotangent of the result, ans the result.
    Operands of add, subtract and multiply may have shapes that were broadcast; a rule
    returns an array in the shape of its own operand. dot is x @ y of matrices (n, d) and
    (d, k). reciprocal is 1/x.
    """
    ### BEGIN SOLUTION
    table["negative"] = [lambda g, ans, x: -g]
    table["exp"] = [lambda g, ans, x: g * ans]
    table["log"] = [lambda g, ans, x: g / x]
    table["reciprocal"] = [lambda g, ans, x: -g * ans**2]
    table["add"] = [
        lambda g, ans, x, y: sum_to_fit(g, x),
        lambda g, ans, x, y: sum_to_fit(g, y),
    ]
    table["subtract"] = [
        lambda g, ans, x, y: sum_to_fit(g, x),
        lambda g, ans, x, y: sum_to_fit(-g, y),
    ]
    table["multiply"] = [
        lambda g, ans, x, y: sum_to_fit(g * y, x),
        lambda g, ans, x, y: sum_to_fit(g * x, y),
    ]
    table["dot"] = [lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g]
    ### END SOLUTION


# %% [markdown] tags=["NB08.E01"]
# <details>
# <summary>Hint</summary>
#
# These are the closures of NB07, without the adding: a rule only *returns* its share. Ask for each whether it is
# shorter in terms of `ans` or of `x`. In a difference and in a reciprocal there is a minus sign.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E01"]
check("NB08.E01")

# %% [markdown] tags=["NB08.W2"]
# ### The walk back
#
# The nodes hold no gradients this time. The walk keeps a **dictionary of outgoing gradients**: for each node, the
# sum of the shares that have arrived so far. It begins with one entry, the cotangent of the end node. Then, for
# each node in order:
#
# 1. take the node's entry out of the dictionary: it is complete;
# 2. for each parent, look up the rule of the node's `fun` for the parent's argument number, and call it;
# 3. add what it returns to the parent's entry.
#
# The entry taken out last is that of the root: the answer.
#
# **Which order?** A topological order lists parents first (NB04.W4). The walk wants the reverse, and the
# package's `toposort(end_node)` yields the nodes in *that* order already: the end node first, the root last.
#
# **An absent entry is not a zero.** The first share is stored, later ones are added. Whether there is an entry is
# asked with `is None`. The truth of an array has no answer, and a share of exactly 0 counts as false though it is
# one.

# %% tags=["NB08.W2"]
root = Node(2.0)
end = tape.log(root * root) - root
for item in toposort(end):
    name = item.fun.__name__ if item.fun else "root"
    print(f"{name:9s} value {item.value:9.6f}   argnums {item.argnums}")

assert list(toposort(end))[-1] is root

# %% [markdown] tags=["NB08.E02"]
# ### Exercise NB08.E02: the walk back
#
# **Why it matters:** it is the same loop as in NB04.E06 and NB07.E04. The design around it is another.
# *Difficulty 3 of 5, about 12 minutes, 4 points.*
#
# `toposort` and the table `primitive_vjps` of the package are imported above. `primitive_vjps[node.fun][argnum]`
# is a rule; it is called as `rule(g, node.value, *node.args, **node.kwargs)`.


# %% nbgrader={"grade": false, "grade_id": "NB08-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E02"]
def add_outgrads(prev, g):
    """The sum of the shares so far.

    prev is the sum of the earlier shares, or None if g is the first one; g is an array
    or a number. Returns the new sum. Changes neither of them: others may hold them.
    """
    ### BEGIN SOLUTION
    return g if prev is None else prev + g
    ### END SOLUTION


def backward_pass(g, end_node):
    """The cotangent of the root from which end_node was computed.

    g is the cotangent of end_node, in the shape of its value. end_node is a Node; it may
    be the root itself, and a Node may occur several times among the parents of another.
    Returns root_bar, an array in the shape of the root's value.
    """
    ### BEGIN SOLUTION
    outgrads = {end_node: g}
    for item in toposort(end_node):
        outgrad = outgrads.pop(item)
        for argnum, parent in zip(item.argnums, item.parents, strict=True):
            rule = primitive_vjps[item.fun][argnum]
            share = rule(outgrad, item.value, *item.args, **item.kwargs)
            outgrads[parent] = add_outgrads(outgrads.get(parent), share)
    return outgrad
    ### END SOLUTION


# %% [markdown] tags=["NB08.E02"]
# <details>
# <summary>Hint</summary>
#
# `outgrads.pop(node)` takes an entry out and returns it; `outgrads.get(parent)` gives `None` where there is none.
# Walk through `argnums` and `parents` together. What is left in your hands after the last round?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E02"]
check("NB08.E02")

# %% [markdown] tags=["NB08.G1"]
# ### NB08.G1 · Watch the dictionary
#
# This is a walk back through a traced function. The nodes carry their numbers in the order of the walk: the end
# node is n0. Click on the graph, or tab to it; → takes a step and ← goes back. After the values, each step is one
# call of a rule, which sends a share to one parent. The table below is the dictionary: what has just changed is
# framed, and a node whose entry was taken out is marked as such; it was complete.
#
# **Where do several shares meet?** Find the two nodes, and add the shares yourself. Then change `program` or `at`,
# and put your own `backward_pass` in the place of the package's. (The rules in the table are watched while it
# runs.)


# %% tags=["NB08.G1"]
def program(x):
    y = x * x
    return y * tape.exp(-y) + x


at = 2.0  # where the program is traced
walk = tape.backward_pass  # change me: backward_pass, your own
root = Node(np.float64(at))
TracerStepper(program(root), walk, x=root)

# %% tags=["NB08.G1"]
measured = numerical_gradient(lambda x: x**2 * np.exp(-(x**2)) + x, at)
print(f"the walk: {tape.backward_pass(1.0, program(root)):.6f}, measured: {measured:.6f}")

assert np.isclose(tape.backward_pass(1.0, program(root)), measured)

# %% [markdown] tags=["NB08.W2"]
# ### From a function to its gradient
#
# Two functions remain. The user writes `grad(f)(x)` and never sees a Node.
#
# - **`make_vjp(fun, x)`** makes a root, calls `fun` with it, and so traces it. It returns two things: a closure
#   `vjp(g)` that walks back from the end node, and the value. The closure may be called several times, each time
#   with another `g`.
# - **`grad(fun, argnum=0)`** returns a function of the same arguments. It replaces argument number `argnum` by a
#   root, keeps the others as they are, and calls `vjp` with 1.
#
# The purpose: the gradient of a *given* function with respect to those of its arguments that one chooses. It is
# not done by differences: the rules are exact, and one walk gives all entries.
#
# Two cases want a decision.
#
# **The output does not depend on $x$.** Then `fun` returns no Node, and there is nowhere to begin. The derivative
# of a constant is 0, so `vjp` returns zeros in the shape of $x$.
#
# **The output is an array.** `grad` could begin with ones. That is silently the gradient of the *sum*, which
# nobody has asked for. So `grad` raises, and who wants a certain combination calls `make_vjp` with a `g` of their
# own.

# %% tags=["NB08.W2"]
vjp, value = tape.make_vjp(lambda x: x * x, np.array([1.0, 2.0, 3.0]))
print("value:", value)
print("beginning with ones:    ", vjp(np.ones(3)))
print("beginning with (1, 0, 0):", vjp(np.array([1.0, 0.0, 0.0])))

curvature = tape.grad(tape.grad(lambda z: 1.0 / (1.0 + tape.exp(-z))))(1.5)
y = 1 / (1 + np.exp(-1.5))
print(f"slope of the slope of the logistic at 1.5: {curvature:.6f}")
assert np.isclose(curvature, y * (1 - y) * (1 - 2 * y))

# %% [markdown] tags=["NB08.W2"]
# The last lines show what this design is strong at. In the package's table the rules are written in traced
# functions themselves. So a walk back can be traced in its turn, and `grad(grad(f))` works.
#
# With `grad` a training run is the round of NB07.W6: forward to store the values, backward to add up the shares,
# a step, and again.

# %% [markdown] tags=["NB08.E03"]
# ### Exercise NB08.E03: make_vjp and grad
#
# **Why it matters:** this is the interface of Autograd and JAX: functions go in, functions come out.
# *Difficulty 3 of 5, about 12 minutes, 4 points.*
#
# Use your `backward_pass`. If you skipped it, write `from backprop_course.tape import backward_pass` at the top
# of your cell.


# %% nbgrader={"grade": false, "grade_id": "NB08-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E03"]
def make_vjp(fun, x):
    """Trace fun at x.

    fun maps a Node to a Node, or to a constant if it does not use its argument; x is an
    array or a float.
    Returns the pair (vjp, value): vjp(g) gives the cotangent of x, in the shape of x, for
    a cotangent g of the output, and may be called again; value is fun(x), no Node.
    If the output does not depend on x, vjp(g) gives zeros in the shape of x.
    """
    ### BEGIN SOLUTION
    end = fun(Node(x))
    if not isinstance(end, Node):
        return lambda g: np.zeros_like(x), end
    return lambda g: backward_pass(g, end), end.value
    ### END SOLUTION


def grad(fun, argnum=0):
    """The gradient of fun by one of its arguments, as a function of the same arguments.

    fun takes any number of arguments, by position; argnum is the number of the one to
    differentiate by, counted from 0.
    Returns a function: called with numbers or arrays, it gives the gradient in the shape
    of that argument. It raises ValueError if the output of fun is not a single number.
    """

    ### BEGIN SOLUTION
    def gradient(*args):
        def of_one(x):
            return fun(*args[:argnum], x, *args[argnum + 1 :])

        vjp, value = make_vjp(of_one, args[argnum])
        if np.size(value) != 1:
            raise ValueError(f"one number is needed, not shape {np.shape(value)}")
        return vjp(np.ones_like(value))

    return gradient
    ### END SOLUTION


# %% [markdown] tags=["NB08.E03"]
# <details>
# <summary>Hint</summary>
#
# `isinstance(end, Node)` tells whether there is anything to walk back from. For `grad`: write a function of one
# argument inside, which puts its argument in the place number `argnum` among the others. Then `make_vjp` does the
# rest.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E03"]
check("NB08.E03")

# %% [markdown] tags=["NB08.W3"]
# ## NB08.W3 · Nodes that are objects
#
# The second design turns things round. First the graph is *built*, out of objects. Then numbers flow through it,
# as often as one likes. EDF, an educational framework of some 150 lines by David McAllester, is written this way.
# The package's `edf` is our version of it.
#
# There are three kinds of node:
#
# | kind | holds | `addgrad(delta)` |
# |:-|:-|:-|
# | `Input` | data or labels | does nothing: nobody asks for that gradient |
# | `Parameter` | `value`, `grad` | sums `delta` over axis 0, the examples, and adds the sum to `grad` |
# | `CompNode` | `value`, `grad`, its parents | adds `delta` to `grad` |
#
# A class for each operation derives from `CompNode`. It has a method `forward()`, which sets `value` from the
# parents' values, and a method `backward()`, which calls `addgrad` of each parent. A node knows the derivatives
# with respect to its *own* arguments and nothing else. That is why the pieces can be combined freely.
#
# Parameters and compute nodes register themselves in two lists of the module, in the order of their creation. As
# a node can only be made from nodes that exist, this order is topological, and nothing has to be sorted:
#
# - `Forward()` calls `forward` of every compute node, first to last;
# - `Backward(loss)` sets all gradients to zero, seeds the loss, and calls `backward` of every compute node, last
#   to first;
# - `UpdateParameters(lr)` takes a step in every parameter.
#
# ### The batch is axis 0
#
# Every value has the examples along its first axis. A parameter has none: all examples share it. So a node sends
# a parameter **one gradient for each example**, an array of shape $(N, \ldots)$, and the parameter sums. For
# $Z = XW + b$ and one example $n$ with features $x^{(n)}$ and cotangent $g^{(n)}$:
#
# $$
# \bar W^{(n)}_{ij} = x^{(n)}_i\, g^{(n)}_j , \qquad \bar b^{(n)}_j = g^{(n)}_j , \qquad
# \bar W = \sum_n \bar W^{(n)} = X^\top G .
# $$
#
# An outer product for each example; their sum is the product of matrices of NB06.

# %% tags=["NB08.W3"]
X = np.array([[1.0, 2.0], [3.0, -1.0]])
G = np.array([[0.5, 0.0, 1.0], [2.0, 1.0, -1.0]])
per_example = np.stack([np.outer(x, g) for x, g in zip(X, G, strict=True)])

print("one for each example:", per_example.shape)
print("their sum:\n", per_example.sum(axis=0))
assert per_example.shape == (2, 2, 3)
assert np.allclose(per_example.sum(axis=0), X.T @ G)

# %% [markdown] tags=["NB08.W3"]
# The price is memory: $N$ times that of $W$. The engines of NB07 and of the package sum inside the operation
# instead.
#
# ### Sum or mean?
#
# The loss node holds one loss for each example. The recipe of a lecture may say: for each example go forward and
# backward, add up the gradients, and step, $w \leftarrow w - \eta \sum_i \nabla \ell_i$. `Backward` seeds
# `loss.grad` with $1/N$ in each entry instead, and so every gradient is that of the **mean**. Then the step size
# need not change when the batch grows. (NB00 has the table of such conventions.)
#
# ### Two traps
#
# **Zero first, then seed.** The loss is a compute node like the others. Whoever seeds it before all gradients are
# set to zero, wipes out the seed. And zeroing belongs to *both* lists.
#
# **A clipped sigmoid.** $e^{-z}$ overflows for large negative $z$. An easy way out is to clip $z$ to $[-10, 10]$
# first, and to go on using the slope $y(1-y)$. But that is the slope of another function: the clipped one is flat
# outside.

# %% tags=["NB08.W3"]
z = 12.0
clipped = 1 / (1 + np.exp(-np.clip(z, -10, 10)))
true = 1 / (1 + np.exp(-z))
flat = numerical_gradient(lambda z: 1 / (1 + np.exp(-np.clip(z, -10, 10))), z)

print(f"slope of the sigmoid at {z}:         {true * (1 - true):.2e}")
print(f"slope of the clipped function there: {flat:.2e}")
print(f"what y(1 - y) says after clipping:   {clipped * (1 - clipped):.2e}")

assert flat == 0
assert clipped * (1 - clipped) > 7 * true * (1 - true)

# %% [markdown] tags=["NB08.W3"]
# Nothing has to be clipped. Where $z \ge 0$, compute $1/(1+e^{-z})$; where $z < 0$, compute $e^{z}/(1+e^{z})$. It
# is the same function, and the exponent is never positive: $e^{-|z|}$ serves both.

# %% [markdown] tags=["NB08.E04"]
# ### Exercise NB08.E04: a sigmoid as a node
#
# **Why it matters:** every activation of such a framework is a class like this one.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*
#
# The constructor is given: it registers the node. At that time the parent may not have a value yet.


# %% nbgrader={"grade": false, "grade_id": "NB08-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E04"]
class Sigmoid(CompNode):
    """The node 1/(1 + exp(-x)), entry by entry.

    x is the parent, a node with a value of any shape.
    """

    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        """Set self.value from self.x.value, without clipping.

        Entries such as 1000 and -1000 must neither overflow nor warn.
        """
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(self.x.value))
        self.value = np.where(self.x.value >= 0, 1.0, small) / (1.0 + small)
        ### END SOLUTION

    def backward(self):
        """Send the parent its cotangent by self.x.addgrad(delta).

        self.grad is the cotangent of self.value, complete and in its shape.
        """
        ### BEGIN SOLUTION
        self.x.addgrad(self.grad * self.value * (1.0 - self.value))
        ### END SOLUTION


# %% [markdown] tags=["NB08.E04"]
# <details>
# <summary>Hint</summary>
#
# Compute $e^{-|x|}$ once. `np.where(condition, a, b)` chooses entry by entry; both branches are computed, so
# neither may overflow. `backward` is upstream times local, and the local slope is short in terms of `self.value`.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E04"]
check("NB08.E04")

# %% [markdown] tags=["NB08.E05"]
# ### Exercise NB08.E05: an affine layer as a node
#
# **Why it matters:** gradients of single examples show which example pulls, and how hard. Here they come for free.
# *Difficulty 3 of 5, about 12 minutes, 4 points.*


# %% nbgrader={"grade": false, "grade_id": "NB08-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E05"]
class Affine(CompNode):
    """The node x @ w + b, of shape (N, k).

    params holds two parameters: params.w with a value of shape (d, k), and params.b with
    a value of shape (k,). x is the parent, a node with a value of shape (N, d).
    """

    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        """Set self.value, of shape (N, k)."""
        ### BEGIN SOLUTION
        self.value = self.x.value @ self.params.w.value + self.params.b.value
        ### END SOLUTION

    def backward(self):
        """Send all three their share by addgrad; self.grad has shape (N, k).

        self.x is sent shape (N, d). The parameters are sent one gradient for each
        example: params.w shape (N, d, k), params.b shape (N, k). They sum themselves; do
        not divide by N.
        """
        ### BEGIN SOLUTION
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * self.grad[:, None, :])
        self.params.b.addgrad(self.grad)
        ### END SOLUTION


# %% [markdown] tags=["NB08.E05"]
# <details>
# <summary>Hint</summary>
#
# An array of shape $(N, d, 1)$ times one of shape $(N, 1, k)$ broadcasts to $(N, d, k)$. `values[:, :, None]`
# adds an axis of length 1 at the end. Which of the two factors needs its new axis in the middle?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E05"]
check("NB08.E05")

# %% [markdown] tags=["NB08.E06"]
# ### Exercise NB08.E06: the training step
#
# **Why it matters:** these three functions are a whole training framework. Their order is what goes wrong.
# *Difficulty 2 of 5, about 10 minutes, 3 points.*
#
# `CompNodes` and `Parameters` are the two lists, imported at the top; so is `Forward`. A parameter has the fields
# `value` and `grad`.


# %% nbgrader={"grade": false, "grade_id": "NB08-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E06"]
def Backward(loss):
    """Fill grad of every node and parameter with the gradient of the mean loss.

    loss is a compute node whose value has shape (N,): one loss for each example.
    Every node of CompNodes and of Parameters gets a grad of zeros in the shape of its
    value; loss.grad then is 1/N in every entry; then backward() of every node of
    CompNodes is called, last one first. Calling it twice gives the same gradients.
    """
    ### BEGIN SOLUTION
    for item in [*CompNodes, *Parameters]:
        item.grad = np.zeros(np.shape(item.value))
    loss.grad = np.ones(np.shape(loss.value)) / len(loss.value)
    for item in reversed(CompNodes):
        item.backward()
    ### END SOLUTION


def UpdateParameters(lr):
    """Take a step of gradient descent in each of Parameters.

    lr is the step size, a float: value becomes value - lr * grad.
    """
    ### BEGIN SOLUTION
    for parameter in Parameters:
        parameter.value = parameter.value - lr * parameter.grad
    ### END SOLUTION


def train_step(loss, lr):
    """One step of training: compute all values, go back, take a step of size lr.

    loss is a compute node as in Backward, lr a float.
    Returns a float: the mean loss over the batch before the step.
    """
    ### BEGIN SOLUTION
    Forward()
    Backward(loss)
    UpdateParameters(lr)
    return float(np.mean(loss.value))
    ### END SOLUTION


# %% [markdown] tags=["NB08.E06"]
# <details>
# <summary>Hint</summary>
#
# Read the docstring of `Backward` sentence by sentence: each is one loop or one line. In `train_step` the values
# in the nodes are those of the last forward pass, also after the update.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E06"]
check("NB08.E06")

# %% [markdown] tags=["NB08.W3"]
# ### The complete program
#
# XOR once more (NB06): four points, eight hidden units. The package's classes first. Note that the graph is built
# once, before the loop, and that `x` and `labels` are nodes whose values could be replaced by another batch at
# any time.


# %% tags=["NB08.W3"]
def build(Affine, Sigmoid):
    """The graph of a network for XOR, from fresh parameters; returns its loss node."""
    start = np.random.default_rng(3)
    edf.clear_compgraph()
    x = edf.Input(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]))
    labels = edf.Input(np.array([0, 1, 1, 0]))
    hidden = edf.AffineParams(2, 8, start)
    output = edf.AffineParams(8, 2, start)
    probabilities = edf.Softmax(Affine(output, Sigmoid(Affine(hidden, x))))
    return edf.CrossEntropyLoss(probabilities, labels)


loss = build(edf.Affine, edf.Sigmoid)
print([type(item).__name__ for item in CompNodes], "and", len(Parameters), "parameters")

losses = []
for _ in range(300):
    edf.Forward()
    losses.append(np.mean(loss.value))
    edf.Backward(loss)
    edf.UpdateParameters(1.0)
print(f"loss at first {losses[0]:.3f}, after 300 steps {losses[-1]:.3f}")

assert len(CompNodes) == 5
assert losses[-1] < 0.05 < np.log(2) - 0.05 < losses[0]

# %% tags=["NB08.W3"]
own_losses = []
with needs("E04", "E05", "E06"):
    own_loss = build(Affine, Sigmoid)
    own_losses = [float(train_step(own_loss, 1.0)) for _ in range(300)]
    largest = np.max(np.abs(np.array(own_losses) - losses))
    print(f"your classes, same start: largest difference in the loss {largest:.1e}")

figure, axes = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
axes.plot(losses, color="#0072B2", linewidth=2, label="the package's nodes")
if own_losses:
    axes.plot(own_losses, "--", color="#D55E00", linewidth=3, label="your nodes")
axes.axhline(np.log(2), linestyle=":", color="black", label="guessing: log 2")
axes.set(xlabel="step", ylabel="mean cross-entropy", title="XOR, 8 hidden units")
axes.legend(frameon=False)
picture(
    figure,
    alt="The mean cross-entropy of the network for XOR over 300 steps: it begins near "
    "log 2, the loss of guessing, and falls to almost 0. The curve of your own nodes "
    "lies on that of the package.",
)

# %% [markdown] tags=["NB08.G1"]
# ### Watch the node objects
#
# The same view for the second design: one `Forward()`, then one `Backward(loss)`. Each step is one call of
# `addgrad`. **Which shape will be sent to `w2`, and which shape does `w2` keep?** Then put your own `Affine` and
# `Sigmoid` in.

# %% tags=["NB08.G1"]
classes = edf.Affine, edf.Sigmoid  # change me: Affine, Sigmoid
EdfStepper(build(*classes))

# %% [markdown] tags=["NB08.W4"]
# ## NB08.W4 · A Function with a context
#
# The third design is for one operation at a time. Frameworks bring thousands of operations. What if yours is not
# among them, or if you know a better way back than the one put together from pieces? Then you write a class with
# two static methods:
#
# - **`forward(ctx, *inputs)`** gets plain arrays, computes the result, and saves in `ctx` what the way back will
#   need;
# - **`backward(ctx, g)`** gets the cotangent of the result and returns **one thing for each input** of `forward`,
#   in their order: a cotangent, or `None` for an input that wants none.
#
# `ctx` is the **context**. There is one for each call, so that two calls do not mix up what they saved. It takes
# the place of the variables that a closure sees. PyTorch's `torch.autograd.Function` is made this way, and so is
# the course's `Function`. A product:


# %% tags=["NB08.W4"]
class Multiply(Function):
    """The product of two arrays of one shape."""

    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b, g * a


# %% [markdown] tags=["NB08.W4"]
# It is called by `apply`, and can be mixed with the engine's own operations. Take $f = (x + y)\,z$ at
# $(-2, 5, -4)$. Pencil: the sum is 3, so $f = -12$; then $\bar z = 3$, and $-4$ goes through the sum to both $x$
# and $y$.

# %% tags=["NB08.W4"]
x, y, z = (Tensor(number, requires_grad=True) for number in (-2.0, 5.0, -4.0))
f = Multiply.apply(x + y, z)
f.backward()
slopes = [float(leaf.grad) for leaf in (x, y, z)]
print(f"f = {float(f.value)}, slopes {slopes}")

assert float(f.value) == -12
assert slopes == [-4, -4, 3]

# %% tags=["NB08.W4"]
try:
    import torch
except ImportError:
    torch = None
    print("PyTorch is not installed here; `pip install torch` brings it.")
else:
    a, b, c = (torch.tensor(number, requires_grad=True) for number in (-2.0, 5.0, -4.0))
    out = (a + b) * c
    out.backward()
    torch_slopes = [leaf.grad.item() for leaf in (a, b, c)]
    print(f"PyTorch: f = {out.item()}, slopes {torch_slopes}")
    assert torch_slopes == slopes

# %% [markdown] tags=["NB08.W4"]
# PyTorch's program has the same lines as ours: make leaves that require a gradient, compute, call `backward`,
# read `grad`.
#
# **Where to look things up.** PyTorch documentation: "Autograd mechanics" for what is stored, "Extending PyTorch"
# for `torch.autograd.Function`. JAX documentation: "Custom derivative rules for JAX-transformable Python
# functions". Of the course, `help(Function)` has a whole example.
#
# ### Why fuse?
#
# The loss of a logistic regression can be put together from pieces: a sigmoid, logarithms, a mean. For a score
# $u$ and a label $y$,
#
# $$
# p = \sigma(u), \qquad \ell = -y \log p - (1 - y)\log(1 - p), \qquad
# \frac{\partial \ell}{\partial p} = \frac{p - y}{p\,(1 - p)} .
# $$
#
# At $u = 1000$ the machine rounds $p$ to 1. The piece $\partial\ell/\partial p$ then is $0/0$ or infinite,
# although the slope for $u$ is harmless (NB05): the factors cancel,
#
# $$
# \frac{\partial \ell}{\partial u} = \frac{p - y}{p\,(1-p)}\; p\,(1-p) = p - y .
# $$
#
# An operation that goes from $u$ to the loss in *one* node can use the short form. The loss itself has a stable
# form too: $\ell = \max(u, 0) - u y + \log(1 + e^{-|u|})$.

# %% tags=["NB08.W4"]
u, label = 1000.0, 0.0
p = 1 / (1 + np.exp(-u))
with np.errstate(divide="ignore"):
    in_pieces = np.divide(p - label, p * (1 - p))
stable = max(u, 0) - u * label + np.log1p(np.exp(-abs(u)))
print(f"in pieces: p = {p}, slope for p {in_pieces}, to be multiplied by {p * (1 - p)}")
print(f"fused:     slope for u {p - label}, loss {stable}")

assert np.isinf(in_pieces)
assert p - label == 1
assert stable == 1000

# %% [markdown] tags=["NB08.E07"]
# ### Exercise NB08.E07: sigmoid and cross-entropy in one node
#
# **Why it matters:** every framework has this fused loss, for the reason above. Now you can write such a node
# yourself. *Difficulty 4 of 5, about 20 minutes, 5 points.*
#
# The way back is to use what `forward` saved; it shall take no exponential, tanh or the like a second time.


# %% nbgrader={"grade": false, "grade_id": "NB08-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB08.E07"]
class FusedSigmoidBCE(Function):
    """The mean binary cross-entropy of the scores u, before the sigmoid, and labels y."""

    @staticmethod
    def forward(ctx, u, y):
        """The mean over the N examples of max(u, 0) - u*y + log(1 + exp(-|u|)).

        u and y have shape (N,); y holds numbers from 0 to 1. Saves what backward needs by
        ctx.save_for_backward(...). Scores such as 1000 and -1000 must not overflow or
        warn.
        Returns a number.
        """
        ### BEGIN SOLUTION
        small = np.exp(-np.abs(u))
        p = np.where(u >= 0, 1.0, small) / (1.0 + small)
        ctx.save_for_backward(p, y)
        return np.mean(np.maximum(u, 0.0) - u * y + np.log1p(small))
        ### END SOLUTION

    @staticmethod
    def backward(ctx, g):
        """The cotangents of the inputs, for a cotangent g of the mean, a number.

        What was saved is ctx.saved_tensors, a tuple.
        Returns the pair (u_bar, None): u_bar has shape (N,), and None stands in the place
        of the labels.
        """
        ### BEGIN SOLUTION
        p, y = ctx.saved_tensors
        return g * (p - y) / len(y), None
        ### END SOLUTION


# %% [markdown] tags=["NB08.E07"]
# <details>
# <summary>Hint</summary>
#
# Save the probabilities and the labels. `np.log1p(t)` is $\log(1 + t)$. A mean over $N$ examples gives each of
# them a factor $1/N$, and what arrives from upstream is one more factor.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB08-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB08.E07"]
check("NB08.E07")

# %% [markdown] tags=["NB08.W4"]
# ### Does PyTorch agree?
#
# PyTorch's own fused loss, `binary_cross_entropy_with_logits`, on the same scores. Your class is called through
# the course's engine; with the base class `torch.autograd.Function` and torch's functions in the place of
# NumPy's, the same two methods would run there.

# %% tags=["NB08.W4"]
scores = np.array([-1000.0, -2.0, 0.0, 0.7, 1000.0])
labels = np.array([1.0, 0.0, 1.0, 1.0, 0.0])

with needs("E07"):
    leaf = Tensor(scores, requires_grad=True)
    mean_loss = FusedSigmoidBCE.apply(leaf, labels)
    (3.0 * mean_loss).backward()
    print(f"yours:   loss {float(mean_loss.value):.6f}, 3 × slopes {leaf.grad.round(6)}")

if torch is None:
    print("PyTorch is not installed here, so there is nothing to compare with.")
else:
    twin = torch.tensor(scores, requires_grad=True)
    fused_loss = torch.nn.functional.binary_cross_entropy_with_logits
    theirs = fused_loss(twin, torch.tensor(labels))
    (3.0 * theirs).backward()
    print(f"PyTorch: loss {theirs.item():.6f}, 3 × slopes {twin.grad.numpy().round(6)}")

# %% [markdown] tags=["NB08.W5"]
# ## NB08.W5 · Which design for what?
#
# | question | closures (NB07) | tracer and table | node objects (EDF) | Function with context |
# |:-|:-|:-|:-|:-|
# | the graph is built | while the program runs, anew each time | while the program runs, anew each time | once, before numbers flow | one node of a larger graph |
# | gradients are kept | in the nodes | in a dictionary of the walk | in the nodes | by the engine around it |
# | the way back of one operation | a closure | a table, by function and argument | a method `backward` | a static method `backward` |
# | what forward leaves behind | variables the closure sees | `args` and `value` of the Node | fields of the object | what was saved in `ctx` |
# | the order | sorted in `backward` | sorted in the walk | order of creation | by the engine around it |
# | Python's own `if` and `for` | just work | just work | are not in the graph | just work, inside |
# | second derivatives | no: closures are not recorded | yes, if rules use primitives | no | only if `backward` is recorded |
# | found in | micrograd | Autograd, JAX | EDF, early static-graph libraries | PyTorch |
#
# **A hazard they share.** The way back uses values of the way forward. Who changes such an array *in place* in
# between changes the slopes, without a message:

# %% tags=["NB08.W5"]
array = np.array([1.0, 2.0, 3.0])
root = Node(array)
end = root * root
right = tape.backward_pass(np.ones(3), end)
array *= 10  # the Node holds this very array
wrong = tape.backward_pass(np.ones(3), end)
print("slopes of x*x:   ", right)
print("after array *= 10:", wrong)

assert right.tolist() == [2, 4, 6]
assert wrong.tolist() == [20, 40, 60]

held = np.array([1.0, 2.0, 3.0])
leaf = Tensor(held, requires_grad=True)
squares = (leaf * leaf).sum()
held *= 10
squares.backward()
print("the course's Tensor:", leaf.grad, "- it took a copy")
assert leaf.grad.tolist() == [2, 4, 6]

# %% [markdown] tags=["NB08.W5"]
# There are three ways to be safe. Copy, and make what is held read-only, as the course's engine does. Count the
# changes of each array and refuse to go back if the count has changed, as PyTorch does. Or have no changes in
# place at all, as JAX does.
#
# ### Where the work is done
#
# In all four designs Python only keeps the books. A product of matrices or a tanh over an array is done by
# compiled code, a **kernel**: for NumPy in C, for PyTorch in C++ on processors and mostly in CUDA on graphics
# cards. There are further backends, for phones for instance. Kernels have details of their own. One such mobile
# kernel clamps the input of tanh to $[-15, 15]$ first. Does that change a result?

# %% tags=["NB08.W5"]
for size in (np.float32, np.float64):
    gap = 1 - np.tanh(size(15.0))
    print(f"{size.__name__}: 1 - tanh(15) = {gap:.1e}")

assert 1 - np.tanh(np.float32(15.0)) == 0

# %% [markdown] tags=["NB08.W5"]
# In 32 bits it does not. It is a detail of that kernel and no part of the mathematics.
#
# Bookkeeping costs time as well, and for small arrays it costs more than the arithmetic. The page
# `benchmarks/README.md` of the course's repository takes one operation apart and measures where the time goes,
# for our engine and its peers.
#
# ### What comes later
#
# Networks for images, sequences and language have other layers than those of this course. They are functions with
# a computation graph all the same: nodes, rules, an order, a walk. Any of these engines serves them as soon as it
# has the rules.

# %% [markdown] tags=["NB08.Q1"]
# ### Quiz NB08.Q1: whose feature is it?

# %% tags=["NB08.Q1"]
quiz("NB08.Q1")

# %% [markdown] tags=["NB08.R1"]
# ### Reflection NB08.R1: choose a design
#
# Which of the designs would you choose for teaching, which for speed, which for derivatives of derivatives? Give
# a reason for each, and name what you would give up.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB08-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB08.R1"]
# *Teaching:* node objects, or closures. All that belongs to one operation stands in one place, forward and
# backward side by side, and one can look into each node afterwards. Given up: the program looks like the building
# of a graph, not like a formula.
#
# *Speed:* a graph that is known before numbers flow can be planned: buffers are made once, operations fused, no
# order sorted twice. Node objects have such a graph; a tracer can trace once and replay. Given up: Python's `if`
# and `for` on values, as the recorded path is fixed. A hand-written Function speeds up one critical operation.
#
# *Derivatives of derivatives:* the tracer with a table. Its rules are written in traced functions, so the walk
# back is itself a program that can be traced. Given up: every function needs a wrapper and a rule, and stored
# values live longer.
#
# **What a good answer says.**
#
# - One design for each of the three purposes, with a reason that lies in *when the graph is built* or *who stores
#   what*.
# - For second derivatives: the way back must be made of operations that are recorded themselves.
# - For each choice something that is given up.
# - Other choices than these are as good if the reasons hold.

# %% [markdown]
# ## Recap
#
# 1. A tracer hands the program an object in the place of a number, and the program writes its own graph.
# 2. A table has one rule for each function and argument: cotangent of the result in, cotangent of the argument out.
# 3. Node objects are built first; `Forward`, `Backward` and `UpdateParameters` run over lists in order of creation.
# 4. A `Function` saves in its context what its way back needs, and returns one thing for each input.
# 5. The algorithm is the same in all designs; they differ in when the graph is built and in who stores what.
#
# **Further reading.** The lectures on automatic differentiation and on educational frameworks. M. Nielsen,
# *Neural Networks and Deep Learning*, chapter 2. A. Griewank and A. Walther, *Evaluating Derivatives*, chapter 6.
# PyTorch documentation, "Extending PyTorch" and "Autograd mechanics". JAX documentation, "Autodidax: JAX core
# from scratch" and "Custom derivative rules".
#
# **Next.** In NB09 the gradients are right, and training fails nevertheless. Initial weights, step sizes and
# normalisation decide.
