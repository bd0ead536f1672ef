# %% [markdown]
# # NB07 · Build your own Tensor engine
#
# In NB04 somebody had written the graph down before you walked back through it. Can a program write its graph
# down by itself, while it computes?
#
# **Goals.** After this unit you can
#
# - write a reverse-mode engine in pieces: a node, operations, an order, a walk;
# - say what goes wrong at a second call, with a repeated operand, with arrays and with deep graphs, and mend it;
# - undo broadcasting, and carry the engine over from numbers to arrays;
# - train a regression with an engine of which you wrote every line.
#
# **You need** error signals, topological order and the walk of NB04, vector-Jacobian products (NB03), and the
# affine layer for a batch (NB06).
#
# **Time:** about 60 minutes to read, and two hours for all exercises; two sessions are a good pace.

# %% tags=["NB07.setup"]
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

from autograder import check
from backprop_course import numerical_gradient, relu as course_relu, value_and_grad
from backprop_course.widgets import GraphStepper, TapeStepper, picture, quiz

rng = np.random.default_rng(7)  # the only source of chance in this notebook


@contextmanager
def needs(*exercises):
    """Run lines that use your own functions; where that does not work yet, say so."""
    try:
        yield
    except (AttributeError, LookupError, TypeError, ValueError, RuntimeError) as error:
        print(f"This needs {', '.join(exercises)}.")
        print(f"So far: {type(error).__name__}: {error}")


# %% [markdown] tags=["NB07.W1"]
# ## NB07.W1 · What must a node remember?
#
# This is the program that shall run at the end of the first session:
#
# ```
# x = Tensor(3.0, requires_grad=True)
# y = Tensor(2.0, requires_grad=True)
# z = multiply(x, y)
# w = add(z, y)
# o = relu(w)
# o.backward()
# ```
#
# After the last line `x.grad` and `y.grad` shall hold the slopes of $o$. Nowhere does the program mention a graph.
# So the values themselves must remember it.
#
# Work it out by hand first. The forward pass gives $z = xy$, $w = z + y$ and $o = \mathrm{relu}(w)$. Then come the
# bars of NB04, from the end. $y$ is used twice, so two shares meet in $\bar y$.

# %% tags=["NB07.W1"]
x, y = 3.0, 2.0
z = x * y
w = z + y
o = max(w, 0.0)

o_bar = 1.0
w_bar = o_bar * 1.0  # w is positive: the ReLU passes everything on
z_bar = w_bar * 1.0
y_bar = w_bar * 1.0  # the share through the sum
x_bar = z_bar * y
y_bar = y_bar + z_bar * x  # and the share through the product

print(f"z = {z}, w = {w}, o = {o}")
print(f"x bar = {x_bar}, y bar = {y_bar}")

assert (z, w, o) == (6, 8, 8)
assert (x_bar, y_bar) == (2, 4)

# %% [markdown] tags=["NB07.W1"]
# What did you need at each value? The number itself. Its bar, which grew while shares arrived. Where it came
# from. And a rule which tells the bars of the values it came from. An engine needs just that: *nodes* that hold
# values, and *edges* with a rule for going back.
#
# | field | what it holds | for a leaf such as `x` |
# |:-|:-|:-|
# | `value` | the number, or an array | what was given, as an array of floats |
# | `grad` | the bar: shares are added to it | zeros in the shape of `value`, floats |
# | `requires_grad` | does anybody want this bar? | what was given; `False` for data |
# | `_prev` | the operands it was computed from, in order | an empty tuple |
# | `_backward` | a function of no arguments: sends shares to the operands | does nothing |
#
# A **leaf** is a node that was not computed from others. The names that begin with `_` are the engine's own
# business.
#
# ### Two details that matter
#
# `grad` begins with zeros of the value's *shape*, and they are *floats*. A plain `0` is an integer without a shape.
# And `_prev` is a tuple. A set forgets the order of the operands, and in $x \cdot x$ it forgets one of them.

# %% tags=["NB07.W1"]
counts = np.array([1, 2, 3])
print("zeros like integers:", np.zeros_like(counts).dtype)
try:
    slots = np.zeros_like(counts)
    slots += 0.5
except TypeError as error:
    print("adding 0.5 in place:", type(error).__name__)

as_tuple, as_set = ("x", "x"), set("xx")
print("a tuple holds", len(as_tuple), "operands, a set", len(as_set))

assert (len(as_tuple), len(as_set)) == (2, 1)

# %% [markdown] tags=["NB07.W2"]
# ## NB07.W2 · An operation is a value and a closure
#
# An operation is called with nodes and returns a new node. It does three things:
#
# 1. it computes the value;
# 2. it notes the operands in `_prev`, and whether one of them wants a gradient;
# 3. it makes the function `_backward`, which will send shares to the operands *later*.
#
# The function made in step 3 is a **closure**: it is written inside the operation and sees the operation's
# variables, even after the operation has returned. Here is one operation in full, $q = x^2$, on the barest of
# nodes.


# %% tags=["NB07.W2"]
def node(value, requires_grad=True):
    """A node with the five fields and no class of its own."""
    return SimpleNamespace(
        value=value,
        grad=0.0,
        requires_grad=requires_grad,
        _prev=(),
        _backward=lambda: None,
    )


def square(x):
    result = node(x.value**2, x.requires_grad)
    result._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + 2 * x.value * result.grad  # local times upstream, added

    result._backward = _backward
    return result


x = node(3.0)
q = square(x)
print("value:", q.value, "  gradient of x so far:", x.grad)

q.grad = 5.0  # what arrives from upstream
q._backward()
print("after the closure was called:", x.grad)
assert x.grad == 30

q._backward()
print("after a second call:", x.grad)
assert x.grad == 60

# %% [markdown] tags=["NB07.W2"]
# Read the closure once more. Each part of its one line has a reason.
#
# - **`result.grad` is read inside.** While the operation runs, nothing has arrived at `result`. When the closure
#   is called, all has.
# - **The share is added.** Another operation may have sent its share before.
# - **`if x.requires_grad`**: data and constants want no gradient, and keep their zeros.
# - **`x.grad = x.grad + ...` makes a new array.** `x.grad += ...` changes the old one in place, also for others
#   who hold it.
#
# With two operands the closure does the same for each. The result wants a gradient as soon as *one* operand wants
# one.
#
# ### A trap: closures made in a loop
#
# A closure reads a variable when it is *called*. By then a loop is over, and its variable stands at the last
# item. What will this print?

# %% tags=["NB07.W2"]
closures = []
for name in ["first", "second"]:
    closures.append(lambda: name)  # noqa: B023  # this is the trap

print([closure() for closure in closures])
assert [closure() for closure in closures] == ["second", "second"]

# %% [markdown] tags=["NB07.W2"]
# So let *one* closure go through all operands, or write one statement for each.

# %% [markdown] tags=["NB07.Q1"]
# ### Quiz NB07.Q1: what is there so far?

# %% tags=["NB07.Q1"]
quiz("NB07.Q1")

# %% [markdown] tags=["NB07.E01"]
# ### Exercise NB07.E01: a Tensor, a sum, a product
#
# **Why it matters:** these three are an engine already. All other operations are written after their pattern.
# *Difficulty 2 of 5, about 15 minutes, 4 points.*
#
# The class has the five fields of NB07.W1. The operations set `_prev` and `_backward` of their result. Here both
# operands have the same shape. The same Tensor may be given twice.


# %% nbgrader={"grade": false, "grade_id": "NB07-E01", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E01"]
class Tensor:
    """A value that remembers how it was made.

    value is a number or an array; it is kept as an array of floats in the field value.
    requires_grad says whether anybody wants its gradient, and is kept too.
    Further fields: grad, zeros (float) in the shape of value; _prev, the operands in
    order, at first an empty tuple; _backward, a function of no arguments, which at first
    does nothing.
    """

    def __init__(self, value, requires_grad=False):
        ### BEGIN SOLUTION
        self.value = np.array(value, dtype=float)
        self.grad = np.zeros(self.value.shape)
        self.requires_grad = requires_grad
        self._prev = ()
        self._backward = lambda: None
        ### END SOLUTION


def add(a, b):
    """The Tensor a + b; a and b are Tensors of one shape.

    Its _prev is (a, b); it requires a gradient if a or b does. Its _backward adds to the
    grad of each operand that requires one.
    """
    ### BEGIN SOLUTION
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad + out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def multiply(a, b):
    """The Tensor a * b, entry by entry; otherwise as add.

    a and b are Tensors of one shape.
    """
    ### BEGIN SOLUTION
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + b.value * out.grad
        if b.requires_grad:
            b.grad = b.grad + a.value * out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


# %% [markdown] tags=["NB07.E01"]
# <details>
# <summary>Hint</summary>
#
# Begin with the constructor, then copy the pattern of `square`. For the sum: by how much does the result move when
# an operand moves by one? For the product: the operand moves by one, and is scaled by what?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E01-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E01"]
check("NB07.E01")

# %% [markdown] tags=["NB07.E02"]
# ### Exercise NB07.E02: a ReLU for arrays
#
# **Why it matters:** it is the first operation whose rule depends on where it is. Here the engine meets arrays.
# *Difficulty 2 of 5, about 8 minutes, 2 points.*
#
# `max(0, x.value)` compares two numbers; given an array it raises. `np.maximum` compares entry by entry. An entry
# of the upstream gradient passes where the *input* is positive, whatever its own sign is. At exactly 0 there is a
# corner; the course takes the slope 0 there.


# %% nbgrader={"grade": false, "grade_id": "NB07-E02", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E02"]
def relu(x):
    """The Tensor max(x, 0), entry by entry; x is a Tensor of any shape.

    Its _backward adds to x.grad, in the shape of x, the upstream gradient where x is
    positive, and 0 elsewhere: also where x is exactly 0.
    """
    ### BEGIN SOLUTION
    out = Tensor(np.maximum(x.value, 0.0), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.grad * (x.value > 0)

    out._backward = _backward
    return out
    ### END SOLUTION


# %% [markdown] tags=["NB07.E02"]
# <details>
# <summary>Hint</summary>
#
# A comparison such as `values > 0` gives an array of `True` and `False`. As a factor these count as 1 and 0.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E02-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E02"]
check("NB07.E02")

# %% [markdown] tags=["NB07.W3"]
# ## NB07.W3 · In which order are the closures called?
#
# Every node has its closure now. A closure reads the gradient of its result and hands it on, once. So it must not
# be called before the result has received *all* its shares: the order is that of NB04.W4, read from its end.
#
# The graph in NB04 was a dictionary. Here it hangs on the root: `_prev` leads from $o$ to $w$, on to $z$ and $y$,
# and so to the leaves.
#
# ### What a wrong order costs
#
# Take $a = x^2$, $b = a^2$, $c = a + b$ at $x = 2$. Seen from $c$, the node $a$ is one step away, and so is $b$.
# But $b$ uses $a$: its share must arrive before $a$ hands anything on.

# %% tags=["NB07.W3"]
x = 2.0
a = x**2
slopes = {"c": {"a": 1.0, "b": 1.0}, "b": {"a": 2 * a}, "a": {"x": 2 * x}, "x": {}}


def walk(order):
    """The bar of x when the nodes hand on their bars in this order."""
    bars = {"c": 1.0, "b": 0.0, "a": 0.0, "x": 0.0}
    for name in order:
        for operand, slope in slopes[name].items():
            bars[operand] += bars[name] * slope
    return bars["x"]


by_distance = walk(["c", "a", "b", "x"])  # as a search from c first meets them
users_first = walk(["c", "b", "a", "x"])
measured = numerical_gradient(lambda x: x**2 + x**4, x)

print(f"by distance: {by_distance}, users first: {users_first}, measured: {measured:.6f}")
assert (by_distance, users_first) == (4, 36)
assert np.isclose(measured, users_first)

# %% [markdown] tags=["NB07.W3"]
# The distance from the root is no order. This is one:
#
# > To list a node: first list all nodes it was made from, then the node itself. Never list a node twice.
#
# The list then has every operand before its results, with the root at its end. It is a **depth-first** search which
# writes a node down on the way *out*. For $c$ above it gives $x, a, b, c$. Read backwards, users come first.
#
# ### The walk
#
# `o.backward()` then has four steps:
#
# 1. sort: list all nodes behind `o`;
# 2. set the gradients of the inner nodes to zero, those that were computed from others;
# 3. seed: $\bar o = 1$, or the gradient that the caller gives;
# 4. call the closures, from the end of the list to its beginning.
#
# The sort runs here and not earlier. While the program computes, nobody knows yet which node will be the root.

# %% [markdown] tags=["NB07.W4"]
# ## NB07.W4 · Five ways to get it wrong
#
# **Spot the slip.** This walk is short, and it gives the right slope at the first try. Four things are wrong with
# it. Find them before you open the answer. (`chain` lists the nodes; it is not one of the four.)


# %% tags=["NB07.W4"]
def chain(root):
    """All nodes, the root last, of a program in which every operation has one operand."""
    nodes = [root]
    while nodes[0]._prev:
        nodes.insert(0, nodes[0]._prev[0])
    return nodes


def hasty_backward(root):
    if root.grad == 0:
        root.grad = 1
    for item in reversed(chain(root)):
        item._backward()


x = node(2.0)
q = square(square(x))  # x**4
hasty_backward(q)
print("first call: ", x.grad)
assert x.grad == 32

hasty_backward(q)
print("second call:", x.grad)

# %% [markdown] tags=["NB07.W4"]
# <details>
# <summary>The four slips</summary>
#
# 1. **Nothing is reset.** The inner node still holds the bar of the first call. The second call adds to it, and
#    hands on the sum: old shares are counted again. Inner nodes must begin each call at zero.
# 2. **The seed depends on what is left over.** The root is seeded only if its gradient happens to be 0. A caller
#    cannot begin with another number, and after an earlier call the old one is taken. Each call must seed anew.
# 3. **`== 0` on an array** gives an array, and `if` cannot take it.
# 4. **Zero is taken for "not there".** A gradient of 0 is a number like any other. Whether one *was given* is
#    asked with `is None`.
#
# </details>
#
# The numbers show the first slip. Two calls should give twice the slope in the leaf, as leaves add up what they
# receive.

# %% tags=["NB07.W4"]
print(f"second call: {x.grad}, should be: {2 * 32.0}")
assert x.grad == 96  # 32 + 64: the inner node handed on 8 + 8 instead of 8

many = node(np.array([1.0, 2.0]))
many.grad = np.zeros(2)
try:
    hasty_backward(many)
except ValueError as error:
    print(type(error).__name__, "-", str(error).split(".")[0])

# %% [markdown] tags=["NB07.W4"]
# These are the decisions for your engine. The course's own decides alike, and so does PyTorch in the main; there a
# second call wants `retain_graph=True`, as the first one frees what was stored.
#
# | question | decision | why |
# |:-|:-|:-|
# | second call | inner nodes start at 0 each time; leaves keep what they have, and add | a leaf may collect from several losses; who trains sets it to zero |
# | seed | the given gradient; 1 where none is given | the slope of a value with respect to itself is 1 |
# | an array as root, and no gradient given | `ValueError` | only a single number has an obvious seed |
# | a root that wants no gradient | `RuntimeError` | zeros would look like a result |
# | repeated operand, $x \cdot x$ | the tuple `_prev` holds `x` twice, the order lists it once | the one closure adds both shares; at $x = 3$ they are 3 and 3, and $2x = 6$ |
# | deep graphs | no function that calls itself | see below |
#
# ### Deep graphs
#
# A loop of 20 000 steps makes a chain of 20 000 nodes. The search "first list the operands, then yourself" is most
# easily written as a function that calls itself. How deep does that go?


# %% tags=["NB07.W4"]
def listed(item, order):
    for operand in item._prev:
        listed(operand, order)
    order.append(item)


def tower(height):
    top = node(1.0)
    for _ in range(height - 1):
        top = SimpleNamespace(_prev=(top,))
    return top


for height in (100, 20_000):
    order = []
    try:
        listed(tower(height), order)
        print(f"{height} nodes: listed {len(order)}")
    except RecursionError:
        print(f"{height} nodes: too deep, Python allows {sys.getrecursionlimit()} calls")

assert sys.getrecursionlimit() < 20_000

# %% [markdown] tags=["NB07.W4"]
# The way out is a list of your own, in the place of Python's stack: nodes that wait, each with a note whether its
# operands have been seen to. The first time a node comes up, put it back with the note, and its operands on top.
# The second time, list it.

# %% [markdown] tags=["NB07.E03"]
# ### Exercise NB07.E03: the order
#
# **Why it matters:** if one node stands in the wrong place, slopes are lost without any message.
# *Difficulty 3 of 5, about 12 minutes, 3 points.*
#
# There are many right orders; any of them will do. Leaves belong to the list too.


# %% nbgrader={"grade": false, "grade_id": "NB07-E03", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E03"]
def build_topo(root):
    """List all nodes that root was made from, and root itself.

    root is a Tensor; the field _prev of a node holds its operands, and may hold one
    twice. Chains may have 20 000 nodes: the function must not call itself.
    Returns a list in which every node stands once, behind all its operands: root last.
    """
    ### BEGIN SOLUTION
    order, seen = [], set()
    waiting = [(root, False)]
    while waiting:
        item, operands_listed = waiting.pop()
        if operands_listed:
            order.append(item)
        elif item not in seen:
            seen.add(item)
            waiting.append((item, True))
            waiting.extend((operand, False) for operand in reversed(item._prev))
    return order
    ### END SOLUTION


# %% [markdown] tags=["NB07.E03"]
# <details>
# <summary>Hint</summary>
#
# Keep a list of pairs: a node, and whether its operands have been seen to. `pop` takes the last pair. A set tells
# which nodes were met before. When you meet a node for the first time, three things happen; what are they?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E03-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E03"]
check("NB07.E03")

# %% [markdown] tags=["NB07.E04"]
# ### Exercise NB07.E04: backward
#
# **Why it matters:** this is the function behind `loss.backward()` in every framework that has one.
# *Difficulty 3 of 5, about 15 minutes, 5 points.*
#
# Write it as a function of `self`; a cell below makes it a method of your class. It may use your `build_topo`.
# Look at the table of NB07.W4 for each decision.


# %% nbgrader={"grade": false, "grade_id": "NB07-E04", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E04"]
def backward(self, grad=None):
    """Add the slope of self with respect to each leaf to the grad of that leaf.

    self is the Tensor to begin with. grad is the gradient to begin with, a number or an
    array in the shape of self, and may be 0; None means 1, which only a self of one
    entry may have.
    Nodes that were computed start at zero in each call, leaves keep what they have.
    Raises RuntimeError if self does not require a gradient, and ValueError if grad is
    None and self has more than one entry. Returns nothing.
    """
    ### BEGIN SOLUTION
    if not self.requires_grad:
        raise RuntimeError("nothing behind this Tensor requires a gradient")
    if grad is None:
        if self.value.size != 1:
            raise ValueError(f"an array of shape {self.value.shape} needs a gradient")
        grad = np.ones(self.value.shape)
    order = build_topo(self)
    for item in order:
        if item._prev:
            item.grad = np.zeros(item.value.shape)
    self.grad = np.array(grad, dtype=float)
    for item in reversed(order):
        item._backward()
    ### END SOLUTION


# %% [markdown] tags=["NB07.E04"]
# <details>
# <summary>Hint</summary>
#
# Refuse first. Then the four steps of NB07.W3, in their order. How do you recognise a leaf by its fields? Why
# must the seed come after the zeros?
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E04-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E04"]
check("NB07.E04")

# %% [markdown]
# Now the program of NB07.W1 runs, on nothing but your own lines.

# %%
Tensor.backward = backward  # run this again after you have run the class again

with needs("E01", "E02", "E03", "E04"):
    x = Tensor(3.0, requires_grad=True)
    y = Tensor(2.0, requires_grad=True)
    z = multiply(x, y)
    w = add(z, y)
    o = relu(w)
    o.backward()
    print(f"o = {o.value}, x.grad = {x.grad}, y.grad = {y.grad}")
    print("by hand: o = 8, x.grad = 2, y.grad = 4")

# %% [markdown] tags=["NB07.G1"]
# ### NB07.G1 · Watch your own tape
#
# This graph is read off *your* objects, and it shows what *your* `backward` does. Each node is called after the
# variable, its operation after the function in which the closure was made. Click on the graph, or tab to it; →
# takes a step and ← goes back. First come the values, then the closures, in the order in which your `backward`
# calls them. The table below says what each node holds in `grad` at that time; what has just changed is framed.
#
# **Predict each number before you press**, or let "Predict" cover them. Then change the program in the cell: use
# `y` a third time, or make `w` negative. If your order or your zeros are not right yet, the last step says so.

# %% tags=["NB07.G1"]
tape_picture = "This needs E01, E02, E03, E04."
with needs("E01", "E02", "E03", "E04"):
    x, y = Tensor(3.0, requires_grad=True), Tensor(2.0, requires_grad=True)
    z = multiply(x, y)
    w = add(z, y)
    o = relu(w)
    tape_picture = TapeStepper(o, x=x, y=y, z=z, w=w, o=o)

tape_picture

# %% [markdown] tags=["NB07.G1"]
# The same program on the course's own engine, one edge at a time. Click on it, or tab to it; → takes a step and ←
# goes back.


# %% tags=["NB07.G1"]
def first_program(x, y):
    z = x * y
    w = z + y
    o = course_relu(w)
    return o


GraphStepper(first_program, 3.0, 2.0)

# %% [markdown] tags=["NB07.Q2"]
# ### Quiz NB07.Q2: what happens when?

# %% tags=["NB07.Q2"]
quiz("NB07.Q2")

# %% [markdown] tags=["NB07.R1"]
# ### Reflection NB07.R1: tell the story of one call
#
# Draw the graph of $z = xy$, $w = z + y$, $o = \mathrm{relu}(w)$ for $x = 3$ and $y = 2$. Then tell in full
# sentences what `o.backward()` does: in which order, who calls whom, and what each node holds after each step.

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB07-R1", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB07.R1"]
# The forward pass has left $z = 6$, $w = 8$, $o = 8$; five nodes hold one another through `_prev`, and three
# closures wait. `o.backward()` first sorts: $x, y, z, w, o$. It sets the gradients of $z$, $w$ and $o$ to 0 and
# seeds $\bar o = 1$. The closure of $o$ comes first; as $w > 0$ it passes the 1 on, $\bar w = 1$. The closure of
# $w$ adds 1 to $\bar z$ and 1 to $\bar y$. Only then is the closure of $z$ called, with $\bar z = 1$ complete: it
# adds $y = 2$ to $\bar x$ and $x = 3$ to $\bar y$, which is $1 + 3 = 4$ now. The leaves $x$ and $y$ have closures
# that do nothing. So $\bar x = 2$ and $\bar y = 4$.
#
# **What a good answer says.**
#
# - The sort runs inside `backward`, before any closure.
# - Inner nodes are zeroed, then the root is seeded.
# - Closures run from the root to the leaves; each reads its own node's complete gradient.
# - $\bar y$ is a sum of two shares, from $w$ and from $z$, with the numbers 1 and 3.
# - The values 2 and 4 at the end.

# %% [markdown] tags=["NB07.E05"]
# ### Exercise NB07.E05: eight more operations
#
# **Why it matters:** with these the engine takes every formula of the course so far. Nothing else in it has to
# change. *Difficulty 3 of 5, about 15 minutes, 4 points.*
#
# Each follows the pattern of `multiply`: a value, the operands in `_prev`, one closure. Three of the slopes are
# short in terms of the *output*. In `pow` the exponent is a plain number and gets no gradient. The names `pow` and,
# later, `sum` hide Python's own; in this notebook that does no harm.


# %% nbgrader={"grade": false, "grade_id": "NB07-E05", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E05"]
def neg(x):
    """The Tensor -x; x is a Tensor of any shape."""
    ### BEGIN SOLUTION
    out = Tensor(-x.value, x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad - out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def sub(a, b):
    """The Tensor a - b; a and b are Tensors of one shape."""
    ### BEGIN SOLUTION
    out = Tensor(a.value - b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad - out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def pow(x, n):
    """The Tensor x**n; x is a Tensor of any shape, n an int or float, also below 0."""
    ### BEGIN SOLUTION
    out = Tensor(x.value**n, x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + n * x.value ** (n - 1) * out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def exp(x):
    """The Tensor e**x; x is a Tensor of any shape."""
    ### BEGIN SOLUTION
    out = Tensor(np.exp(x.value), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.value * out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def log(x):
    """The natural logarithm; x is a Tensor of any shape with positive entries."""
    ### BEGIN SOLUTION
    out = Tensor(np.log(x.value), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.grad / x.value

    out._backward = _backward
    return out
    ### END SOLUTION


def sigmoid(x):
    """The Tensor 1/(1 + exp(-x)); x is a Tensor of any shape."""
    ### BEGIN SOLUTION
    out = Tensor(1 / (1 + np.exp(-x.value)), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.value * (1 - out.value) * out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def tanh(x):
    """The hyperbolic tangent; x is a Tensor of any shape."""
    ### BEGIN SOLUTION
    out = Tensor(np.tanh(x.value), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + (1 - out.value**2) * out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def div(a, b):
    """The Tensor a / b; a and b are Tensors of one shape, b without zeros."""
    ### BEGIN SOLUTION
    out = Tensor(a.value / b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad / b.value
        if b.requires_grad:
            b.grad = b.grad - out.grad * a.value / b.value**2

    out._backward = _backward
    return out
    ### END SOLUTION


# %% [markdown] tags=["NB07.E05"]
# <details>
# <summary>Hint</summary>
#
# Write the slope of each function on paper first: with respect to $x$, or to $a$ and to $b$. The second operand of a
# difference and of a quotient is where the signs are. For the sigmoid and for tanh look up NB01: $\sigma' =
# \sigma(1 - \sigma)$ and $\tanh' = 1 - \tanh^2$.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E05-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E05"]
check("NB07.E05")

# %% [markdown] tags=["NB07.R2"]
# ### Reflection NB07.R2: what is missing?
#
# Which operation would you add next, and why that one? Could it also be put together from those you have? What
# would be gained or lost by that?

# %% [markdown] nbgrader={"grade": true, "grade_id": "NB07-R2", "locked": false, "points": 0, "schema_version": 3, "solution": true, "task": false} tags=["NB07.R2"]
# For example softplus, $\log(1 + e^x)$, which the loss of a logistic regression needs. It can be put together
# from `exp`, `add` and `log`, and its slope then comes for free. But for large $x$ the exponential overflows, and
# the tape holds three nodes in the place of one. An operation of its own computes
# $\max(x, 0) + \log(1 + e^{-|x|})$, which never overflows, and its closure needs one line, $\sigma(x)$ times
# upstream. The price: a slope derived by hand, which must be checked against differences.
#
# **What a good answer says.**
#
# - A named operation, and a program or loss that needs it.
# - Whether it can be composed from the operations there are.
# - A reason for or against composing: number of nodes and stored values, overflow, a rule that may be wrong.
# - Its local slope, or how one would find and check it.

# %% [markdown] tags=["NB07.W5"]
# ## NB07.W5 · From numbers to arrays
#
# Lectures mostly stop at engines for single numbers. What has to change for arrays? In the class, nothing: `grad`
# has the shape of `value`. In the operations, look at each kind.
#
# - **Entry by entry, equal shapes.** Nothing changes. Each entry is a small graph of its own.
# - **Matrix products.** The rule comes from NB06: for $Y = AB$ it is $\bar A = \bar Y B^\top$ and
#   $\bar B = A^\top \bar Y$.
# - **Sums and means.** One number leaves for many that came in.
# - **Broadcasting.** One number comes in and is used many times.
#
# The last two are mirror images of each other.
#
# ### Copy and sum
#
# In `X + b` with `X` of shape (3, 2) and `b` of shape (2,), NumPy uses `b` once for each row. That is a fan-out:
# *one* value, three users. Their shares add. So the backward pass of copying is summing, over the axis along
# which was copied.
#
# $$
# Z_{ij} = X_{ij} + b_j \qquad\Longrightarrow\qquad \bar b_j = \sum_i \bar Z_{ij} .
# $$
#
# Follow it with a pencil: add the columns.

# %% tags=["NB07.W5"]
X = np.arange(6.0).reshape(3, 2)
b = np.array([10.0, 20.0])
Z_bar = np.array([[1.0, -2.0], [3.0, 0.5], [-1.0, 4.0]])

b_bar = Z_bar.sum(axis=0)
measured = numerical_gradient(lambda b: np.sum((X + b) * Z_bar), b)
print("b bar:   ", b_bar)
print("measured:", measured)

assert b_bar.tolist() == [3, 2.5]
assert np.allclose(measured, b_bar)

# %% tags=["NB07.W5"]
figure, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.6), layout="constrained")


def cells(axes, rows, top, faint=False):
    """Draw a grid of numbers, its first row at the height top."""
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            style = {"linestyle": "--" if faint else "-", "linewidth": 1.5}
            box = plt.Rectangle((j, top - i), 1, 1, edgecolor="#0072B2", **style)
            box.set_facecolor("none")
            axes.add_patch(box)
            middle = j + 0.5, top - i + 0.5
            axes.text(*middle, f"{entry:g}", ha="center", va="center", fontsize=12)


cells(left, [b], 4)
cells(left, np.broadcast_to(b, X.shape), 2, faint=True)
cells(right, Z_bar, 4)
cells(right, [b_bar], 0)
for axes, title, height in [
    (left, "forward: b is copied", 3.9),
    (right, "backward: shares are summed", 1.9),
]:
    arrow = {"arrowstyle": "->", "color": "#D55E00", "linewidth": 2}
    for column in (0.5, 1.5):
        axes.annotate("", (column, height - 0.8), (column, height), arrowprops=arrow)
    axes.set(xlim=(-1.6, 3.2), ylim=(-0.2, 5.2), title=title, aspect="equal")
    axes.set_axis_off()
left.text(-0.2, 4.5, "b", ha="right", va="center", fontsize=12)
left.text(-0.2, 1.5, "copies", ha="right", va="center", fontsize=12)
right.text(-0.2, 3.5, "Z bar", ha="right", va="center", fontsize=12)
right.text(-0.2, 0.5, "b bar", ha="right", va="center", fontsize=12)
picture(
    figure,
    alt="Left, forward: the row b with 10 and 20 becomes three rows of copies with "
    "dashed frames. Right, backward: the three rows of Z bar are summed column by column "
    "into the row b bar with 3 and 2.5.",
)

# %% [markdown] tags=["NB07.W5"]
# Broadcasting copies in two ways, and both can occur together:
#
# | shape of the operand | shape of the result | what was copied | the way back |
# |:-|:-|:-|:-|
# | (2,) | (3, 2) | a new axis in front | sum over it; it disappears |
# | (3, 1) | (3, 2) | an axis of length 1 was stretched | sum over it; it stays, with length 1 |
# | () | (3, 2) | two new axes | sum over both |
# | (3, 2) | (3, 2) | nothing | nothing |
#
# NumPy compares shapes *from the right*. So new axes always come in front.
#
# A sum is the mirror image: many entries go in, one number comes out, and each of them has the slope 1. So the
# way back copies the upstream number to every entry. A mean divides by the number of entries that went into *one*
# result.

# %% tags=["NB07.W5"]
stretched = Z_bar.sum(axis=1, keepdims=True)
print("for an operand of shape (3, 1):", stretched.tolist())

row_bar = np.array([1.0, 2.0, 3.0])  # upstream of a sum over axis 1, shape (3,)
spread = np.expand_dims(row_bar, 1) * np.ones((3, 2))
print("for X in X.sum(axis=1):", spread.tolist())

assert stretched.ravel().tolist() == [-1, 3.5, 3]
assert np.allclose(numerical_gradient(lambda X: X.sum(axis=1) @ row_bar, X), spread)
assert np.allclose(numerical_gradient(lambda X: X.mean(axis=1) @ row_bar, X), spread / 2)

# %% [markdown] tags=["NB07.E06"]
# ### Exercise NB07.E06: broadcasting undone
#
# **Why it matters:** every operation with two operands needs this function. Without it a bias gets a gradient of
# the wrong shape, or, in place, an error. *Difficulty 3 of 5, about 10 minutes, 3 points.*


# %% nbgrader={"grade": false, "grade_id": "NB07-E06", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E06"]
def unbroadcast(g, shape):
    """Sum a gradient over the axes along which broadcasting copied an operand.

    g is an array in the shape of the result. shape is a tuple: the shape of the operand,
    from which broadcasting made that of g; it may be (). Both work on plain arrays.
    Returns x_bar, an array of exactly this shape: summed over axes that were added in
    front, and over those that were stretched from length 1. Does not change g.
    """
    ### BEGIN SOLUTION
    x_bar = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(axis for axis, length in enumerate(shape) if length == 1)
    return x_bar.sum(axis=stretched, keepdims=True)
    ### END SOLUTION


# %% [markdown] tags=["NB07.E06"]
# <details>
# <summary>Hint</summary>
#
# Two steps. First let `g` lose its extra axes in front, until it has as many as `shape`. Then sum along each axis
# where `shape` says 1, and keep that axis. `sum` takes a tuple of axes; an empty tuple means none.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E06-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E06"]
check("NB07.E06")

# %% [markdown] tags=["NB07.W6"]
# ## NB07.W6 · Train a regression with your own engine
#
# Every training run is the same round, again and again:
#
# 1. **forward**: compute the loss, and let the tape grow;
# 2. **backward**: fill the gradients of the parameters;
# 3. **step**: change the parameters' values, against the gradient;
# 4. **clear**: set the gradients of the parameters to zero; the next forward pass makes a new tape.
#
# The step is no part of the graph. It works on `value`, with NumPy, and nothing is recorded.
#
# **One step by hand.** Two examples, one feature, one output; the loss is the mean over all entries of the squared
# residual. Everything begins at zero, and the rate is 0.1:
#
# $$
# R = Xw + b - Y, \qquad \mathcal{L} = \frac{1}{Nk}\sum_{n,j} R_{nj}^2, \qquad
# \bar R = \frac{2}{Nk} R, \qquad \bar w = X^\top \bar R, \qquad \bar b = \sum_n \bar R_n .
# $$

# %% tags=["NB07.W6"]
X, Y = np.array([[1.0], [2.0]]), np.array([[3.0], [5.0]])
w, b = np.zeros((1, 1)), np.zeros(1)

R = X @ w + b - Y
L = np.mean(R**2)
R_bar = 2 * R / R.size
w_bar, b_bar = X.T @ R_bar, R_bar.sum(axis=0)
w, b = w - 0.1 * w_bar, b - 0.1 * b_bar
L_after = np.mean((X @ w + b - Y) ** 2)

print(f"loss {L}, w bar {w_bar.item()}, b bar {b_bar.item()}")
print(f"after the step: w = {w.item():.1f}, b = {b.item():.1f}, loss {L_after:.3f}")

assert (L, w_bar.item(), b_bar.item()) == (17, -13, -8)
assert np.allclose([w.item(), b.item(), L_after], [1.3, 0.8, 1.685])

# %% [markdown] tags=["NB07.E07"]
# ### Exercise NB07.E07: arrays, and a training loop
#
# **Why it matters:** these six functions turn the toy into an engine that trains.
# *Difficulty 4 of 5, about 35 minutes, 8 points.*
#
# The first five are operations on Tensors after the pattern of E01. `broadcast_add` and `broadcast_mul` use your
# `unbroadcast`; `sum` and `mean` put the lost axis back with `np.expand_dims`, as NB07.W5 does. `fit_affine`
# takes and returns plain arrays; inside it, let your engine do the work: `matmul`, `broadcast_add`, `sub`,
# `multiply`, `mean`, `backward`.


# %% nbgrader={"grade": false, "grade_id": "NB07-E07", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["NB07.E07"]
def matmul(a, b):
    """The Tensor a @ b; a and b are Tensors of shapes (n, d) and (d, k)."""
    ### BEGIN SOLUTION
    out = Tensor(a.value @ b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad @ b.value.T
        if b.requires_grad:
            b.grad = b.grad + a.value.T @ out.grad

    out._backward = _backward
    return out
    ### END SOLUTION


def sum(x, axis=None, keepdims=False):
    """The sum of the Tensor x over one axis, or over all.

    axis is an int, also negative, or None for all axes. With keepdims=True the axes
    stay, with length 1; without it they disappear, as in x.value.sum.
    """
    ### BEGIN SOLUTION
    out = Tensor(x.value.sum(axis=axis, keepdims=keepdims), x.requires_grad)
    out._prev = (x,)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        if x.requires_grad:
            x.grad = x.grad + g * np.ones_like(x.value)

    out._backward = _backward
    return out
    ### END SOLUTION


def mean(x, axis=None, keepdims=False):
    """The mean of the Tensor x; axis and keepdims as in sum.

    A mean over an axis divides by the length of that axis, the mean over all by the
    number of entries.
    """
    ### BEGIN SOLUTION
    out = Tensor(x.value.mean(axis=axis, keepdims=keepdims), x.requires_grad)
    out._prev = (x,)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        averaged = x.value.size / out.value.size
        if x.requires_grad:
            x.grad = x.grad + g * np.ones_like(x.value) / averaged

    out._backward = _backward
    return out
    ### END SOLUTION


def broadcast_add(a, b):
    """The Tensor a + b; a and b are Tensors whose shapes NumPy can broadcast.

    Each operand receives a gradient of its own shape.
    """
    ### BEGIN SOLUTION
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + unbroadcast(out.grad, a.value.shape)
        if b.requires_grad:
            b.grad = b.grad + unbroadcast(out.grad, b.value.shape)

    out._backward = _backward
    return out
    ### END SOLUTION


def broadcast_mul(a, b):
    """The Tensor a * b, entry by entry; a and b as in broadcast_add."""
    ### BEGIN SOLUTION
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + unbroadcast(out.grad * b.value, a.value.shape)
        if b.requires_grad:
            b.grad = b.grad + unbroadcast(out.grad * a.value, b.value.shape)

    out._backward = _backward
    return out
    ### END SOLUTION


def fit_affine(X, y, lr, steps):
    """Fit y = X @ w + b by gradient descent from zeros.

    X has shape (N, d), y has shape (N, k), both are plain arrays. The loss is the mean
    of (X @ w + b - y)**2 over all N*k entries, without a factor 1/2. lr is the step
    size, a float; steps is the number of steps, an int, which may be 0.
    Returns (w, b, history): plain arrays w (d, k) and b (k,), and a list of steps + 1
    floats: the loss before the first step, after it, and so on to the last.
    """
    ### BEGIN SOLUTION
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), requires_grad=True)
    b = Tensor(np.zeros(y.shape[1]), requires_grad=True)
    history = []
    for step in range(steps + 1):
        residual = sub(broadcast_add(matmul(Tensor(X), w), b), Tensor(y))
        loss = mean(multiply(residual, residual))
        history.append(float(loss.value))
        if step < steps:
            w.grad, b.grad = np.zeros_like(w.value), np.zeros_like(b.value)
            backward(loss)
            w.value = w.value - lr * w.grad
            b.value = b.value - lr * b.grad
    return w.value, b.value, history
    ### END SOLUTION


# %% [markdown] tags=["NB07.E07"]
# <details>
# <summary>Hint</summary>
#
# Write the shapes beside every line of a closure: what is added to `a.grad` must have the shape of `a.value`. In
# `fit_affine` make the parameters once, and the tape anew in each round. One round more than there are steps
# computes a loss; the last one takes no step.
#
# </details>

# %% nbgrader={"grade": true, "grade_id": "NB07-E07-check", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["NB07.E07"]
check("NB07.E07")

# %% [markdown] tags=["NB07.W6"]
# ### A line through a cloud
#
# Forty noisy points. Your engine descends; the normal equations give the exact least-squares line to compare with.

# %% tags=["NB07.W6"]
X = rng.uniform(-1, 1, (40, 1))
Y = 1.5 * X - 0.5 + 0.2 * rng.normal(size=(40, 1))

design = np.hstack([X, np.ones_like(X)])
exact = np.linalg.lstsq(design, Y, rcond=None)[0].ravel()
print(f"least squares: w = {exact[0]:.4f}, b = {exact[1]:.4f}")

line, history = None, []
with needs("E01", "E03", "E04", "E05", "E06", "E07"):
    w, b, history = fit_affine(X, Y, lr=0.3, steps=60)
    line = w.item(), b.item()
    print(f"your engine:   w = {line[0]:.4f}, b = {line[1]:.4f}")

# %% tags=["NB07.W6"]
figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.5), layout="constrained")
ends = np.array([-1.0, 1.0])
left.plot(X, Y, "o", color="gray", markersize=4, label="points")
blue = {"color": "#0072B2", "linewidth": 2, "label": "least squares"}
red = {"color": "#D55E00", "linewidth": 3, "label": "your engine"}
left.plot(ends, exact[0] * ends + exact[1], **blue)
if line is not None:
    left.plot(ends, line[0] * ends + line[1], "--", **red)
left.set(xlabel="x", ylabel="y", title="The line after 60 steps")
left.legend(frameon=False)
floor = np.mean((design @ exact[:, None] - Y) ** 2)
right.axhline(floor, linestyle=":", **blue)
if len(history) > 0:
    right.plot(history, **red)
right.set(xlabel="step", ylabel="mean squared error", title="The loss")
right.legend(frameon=False)
picture(
    figure,
    alt="Left: forty points about a rising line; the line that your engine found lies on "
    "that of least squares. Right: the loss falls within some twenty steps to the "
    "dotted line of the least-squares loss and stays there.",
)

# %% [markdown] tags=["NB07.W6"]
# **Does another engine agree?** The course's own one works on NumPy's functions as they are. At the least-squares
# line, which yours came near, its gradients must be zero:

# %% tags=["NB07.W6"]
value_and_gradients = value_and_grad(lambda p: np.mean((X @ p["w"] + p["b"] - Y) ** 2))
loss, gradients = value_and_gradients({"w": exact[:1, None], "b": exact[1:]})
largest = max(np.max(np.abs(g)) for g in gradients.values())
print(f"loss {loss:.6f}, largest slope {largest:.1e}")

assert np.isclose(loss, floor)
assert largest < 1e-12

# %% [markdown] tags=["NB07.W6"]
# It has the same parts as yours: nodes, an order, rules, a walk. What it has more are rules for several hundred
# functions of NumPy, derivatives of derivatives, and speed. Each of your operations makes a Tensor, its arrays
# and a closure, even if a single number is computed; `benchmarks/README.md` in the course's repository measures
# where the time of an engine goes.

# %% [markdown]
# ## Recap
#
# 1. A node holds a value, a gradient, its operands and a closure; the graph is what the nodes hold of one another.
# 2. A closure runs later: it reads the complete upstream gradient, and *adds* its share to each operand.
# 3. `backward` sorts, zeroes the inner nodes, seeds the root, and calls the closures from the root to the leaves.
# 4. The way back of copying is summing, and the way back of summing is copying.
# 5. Forward, backward, step, clear: training is this round, and the tape is new in each.
#
# **Further reading.** The lecture on implementing backpropagation: nodes, closures, topological order. M.
# Nielsen, *Neural Networks and Deep Learning*, chapter 2. A. Griewank and A. Walther, *Evaluating Derivatives*,
# chapters 3 and 6. PyTorch documentation, "Autograd mechanics" and "Broadcasting semantics". JAX documentation,
# "Autodidax: JAX core from scratch".
#
# **Next.** In NB08 the same algorithm takes three other forms: a tracer with a table of rules, objects that know
# their parents, and functions with a context.
