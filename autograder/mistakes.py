"""The catalogue of wrong gradients: what each is called, how it shows, and what is said about it.

A mistake is code. An exercise declares it with what the learner's function would compute::

    M03(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY))      # the whole answer, arguments by name
    M06.each(lambda g: -g)                              # the same change to each right gradient
    (M04 & M06).each(lambda g, N: -g / N)               # two at once

Arguments are taken by name: the answer's parameters, sizes (``N``), and for ``each`` the right gradient
``g``. Where two codes could name one value, the course says which name holds (M31 or M02, M29 or M09, ...),
and the exercise declares only that one.
"""

from __future__ import annotations

from ._mistake import Kind as Kind
from ._mistake import Mistake as Mistake

M01 = Kind(
    "M01",
    "a transpose is missing in a product",
    "The shapes do not meet in a product, or they meet by luck and the numbers are wrong.",
    "A matrix stands in a product the way it stood in the forward pass.",
    "Going backward, the cotangent passes through the transposed map: what mapped d numbers to k going "
    "forward maps k cotangents to d going back. Write the shape under each factor and see which order and "
    "transposes make them meet.",
    "NB03.W6",
)
M02 = Kind(
    "M02",
    "a result is transposed",
    "The numbers are right after transposing.",
    "The result has its axes the wrong way round.",
    "A gradient has the shape of the variable it belongs to, axis by axis: entry (i, j) says how the loss "
    "moves with entry (i, j) of that variable.",
    "NB03.W6",
)
M03 = Kind(
    "M03",
    "the bias gradient is not summed over the batch",
    "One row per example is returned, where one number per bias is asked for. Added over the rows it is "
    "right.",
    "A sum over the examples is missing.",
    "Every example uses the same bias, so the bias reaches the loss along N paths. What arrives along each "
    "of them is added: the axis of the examples disappears.",
    "NB06.W5",
)
M04 = Kind(
    "M04",
    "a mean and a sum are confused",
    "The numbers are N times too large, or N times too small, with N the number of examples.",
    "A factor 1/N is missing, or there is one too many.",
    "A factor 1/N comes from the loss and enters once, with the cotangent that arrives from upstream. A "
    "rule of a layer adds over the examples; it averages only if the layer's forward pass averages.",
    "NB06.W5",
)
M05 = Kind(
    "M05",
    "the factor 1/N is applied twice, or in some layers only",
    "From some layer on the numbers are N times too small.",
    "A factor of the loss is applied again inside the network.",
    "The mean is taken once, in the loss. Its factor 1/N is already in the cotangent that each layer is "
    "handed, so a layer must not divide again.",
    "NB06.W5",
)
M06 = Kind(
    "M06",
    "the sign is wrong",
    "A sign is wrong: of the whole, or of one of the terms that are added.",
    "A difference is taken the wrong way round, or a minus sign is lost.",
    "Differentiate the difference in the loss with respect to the prediction, not to the target; and "
    "remember that the gradient points uphill: the minus sign of descent belongs to the update, not to the "
    "gradient.",
    "NB04.W1",
)
M07 = Kind(
    "M07",
    "the factor of the squared error is wrong",
    "The numbers are twice or half of what they should be.",
    "A constant factor comes from differentiating a square.",
    "The derivative of a square brings down a 2, and a factor 1/2 in front of the loss cancels it. Look at "
    "how this exercise writes its loss, and carry exactly its constant.",
    "NB02.W1",
)
M08 = Kind(
    "M08",
    "the slope of the sigmoid is taken at its output instead of its input",
    "The numbers are those one gets from squashing a second time before the slope is taken.",
    "A local derivative is evaluated at the wrong place.",
    "A local derivative is taken where the forward pass was: at the input z of the sigmoid. When it is "
    "written with the output y already at hand, nothing is squashed again.",
    "NB04.W1",
)
M09 = Kind(
    "M09",
    "the slope of the activation is left out, or applied once too often",
    "The ratio to the right numbers is a slope: it changes with z.",
    "A link of the chain is missing, or is there twice.",
    "Each step of the forward pass gives exactly one factor. List the steps between the loss and this "
    "variable, and match every factor of yours with one of them.",
    "NB04.W1",
)
M10 = Kind(
    "M10",
    "only one of several paths survives",
    "The numbers equal the contribution of one path alone.",
    "A contribution overwrites another instead of being added to it.",
    "A variable that is used in several places receives a cotangent from each of them, and they are added. "
    "Look for an assignment where one accumulates, or for a term that is left behind.",
    "NB04.W3",
)
M11 = Kind(
    "M11",
    "a gradient is passed on before it is complete",
    "Only nodes that are used more than once, and what lies behind them, are wrong.",
    "The nodes are visited in the wrong order.",
    "A node may pass its cotangent on only when all nodes that use it have delivered theirs: that is what "
    "the reversed topological order guarantees.",
    "NB04.W4",
)
M12 = Kind(
    "M12",
    "the upstream gradient is ignored",
    "The numbers would be right if everything that arrives from upstream were 1.",
    "A local derivative stands alone.",
    "Downstream is upstream times local. The local derivative says how this step answers; what arrives from "
    "upstream says how much the loss cares. The second factor is missing.",
    "NB04.W3",
)
M13 = Kind(
    "M13",
    "softmax is handled entry by entry",
    "The numbers are p (1 - p) times the upstream gradient, as if the entries did not know each other.",
    "The off-diagonal part of a Jacobian is missing.",
    "All outputs of a softmax share one normalisation, so each depends on every score: its Jacobian is a "
    "full matrix, and the weighted mean of the upstream gradient is taken off every entry.",
    "NB05.W6",
)
M14 = Kind(
    "M14",
    "the one-hot label is not subtracted, or with the wrong sign",
    "The numbers are off by the one-hot label.",
    "The loss's own label is missing from the gradient.",
    "For cross-entropy on a softmax the gradient of the scores is what the model believes minus what is "
    "true: the true class alone gets something taken off.",
    "NB05.W6",
)
M15 = Kind(
    "M15",
    "the ReLU's mask is taken from the gradient",
    "What is zeroed depends on the sign of the upstream gradient.",
    "A local derivative is evaluated at the wrong array.",
    "Whether a unit is on was decided in the forward pass, by its input. The upstream gradient, positive or "
    "negative, passes through a unit that is on, and is stopped by one that is off.",
    "NB03.W6",
)
M16 = Kind(
    "M16",
    "the slope at exactly 0 follows another convention",
    "The numbers differ only where an input is exactly 0.",
    "At a kink there is no derivative; one chooses.",
    "Any slope between the two sides is a valid choice at the kink itself. The course takes 0, for ReLU and "
    "for the absolute value alike.",
    "NB03.W6",
    accepted=True,
)
M17 = Kind(
    "M17",
    "the ReLU's value is used in place of its slope",
    "Where a unit is on, the numbers are too large by that unit's own value.",
    "A value stands where a derivative belongs.",
    "The slope of a ReLU is 0 or 1, whatever the size of its input.",
    "NB03.W6",
)
M18 = Kind(
    "M18",
    "the penalty is missing, on the wrong parameter, or has the wrong factor",
    "The difference to the right numbers is proportional to a parameter.",
    "The penalty's own path is wrong.",
    "A penalty is a second path from the loss to the parameters that appear in it, and only to those. "
    "Differentiate it as it is written, with its factor, and add what it gives.",
    "NB04.W5",
)
M19 = Kind(
    "M19",
    "a product passes on its own factor instead of the other one",
    "The numbers are those one gets with the two factors of a product exchanged.",
    "The local derivative of a product is taken with respect to the wrong factor.",
    "The slope of a product with respect to one factor is the other factor.",
    "NB04.W3",
)
M20 = Kind(
    "M20",
    "a sum runs over the wrong axis",
    "There is one number per example where there should be one per feature, or the other way round.",
    "The wrong axis disappears.",
    "Name the axes. The axis that disappears is the one along which the variable is shared; the axis that "
    "stays is the variable's own.",
    "NB06.W5",
)
M21 = Kind(
    "M21",
    "broadcasting is not undone",
    "The result has the shape of the output, not of the operand.",
    "A sum over the copies is missing.",
    "Broadcasting copies an operand. Each copy sends a cotangent back, and they are added over every axis "
    "that was added or stretched.",
    "NB07.W5",
)
M22 = Kind(
    "M22",
    "dropout goes back through another mask or another scale",
    "Other entries are zero, or the ratio is 1 - p or p.",
    "The backward pass does not use what the forward pass used.",
    "The mask is drawn once and kept, its scale with it. Going back, it multiplies exactly as it did going "
    "forward; in evaluation there is none.",
    "NB09.W6",
)
M23 = Kind(
    "M23",
    "mean and variance are treated as constants",
    "The numbers lack what flows through the mean, the variance, or both.",
    "Paths through a statistic are missing.",
    "Mean and variance are computed from the inputs, so every input also acts through them: three paths "
    "lead back to each entry.",
    "NB09.W2",
)
M24 = Kind(
    "M24",
    "gradients of an earlier call are still there",
    "A second call gives a multiple of the first.",
    "Something is accumulated and never set back.",
    "A new backward pass starts from nothing. What must not survive between calls is made inside the "
    "function, or set to zero first.",
    "NB07.W4",
)
M25 = Kind(
    "M25",
    "an input is changed in place",
    "After the call an argument does not hold what it held before.",
    "The function writes into an array that belongs to its caller.",
    "An array is handed over by reference, and the caller still needs it: the forward pass's arrays serve "
    "every other gradient too. Make a new array instead of writing into the one you were given.",
    "NB07.W4",
)
M26 = Kind(
    "M26",
    "the weights of another layer, or weights that were already updated, are used",
    "The numbers match with a neighbouring layer's weights, or with the weights after a step.",
    "The right rule is applied with the wrong weights.",
    "The cotangent passes back through the weights that the forward pass used, of that very layer. All "
    "gradients are computed before any weight moves.",
    "NB06.W4",
)
M27 = Kind(
    "M27",
    "the formula overflows",
    "Large inputs give nan or inf.",
    "The formula is right on paper and loses its numbers on a computer.",
    "Arrange the formula so that only exponentials of negative numbers occur, and so that what cancels on "
    "paper is cancelled before anything is computed.",
    "NB05.W3",
)
M28 = Kind(
    "M28",
    "numbers are cut to integers",
    "Everything behind the decimal point is lost.",
    "An array of integers was made somewhere.",
    "An array that will hold results must be made for floats: writing a float into an integer array cuts "
    "it silently.",
    "NB10.W1",
)
M29 = Kind(
    "M29",
    "the non-linearity at the output is skipped",
    "The numbers lack the slope of the output's activation.",
    "The last link of the chain is missing.",
    "Between the loss and the last affine map stands the output's activation; its slope is a factor like "
    "any other, unless the loss was fused with it.",
    "NB05.W3",
)
M30 = Kind(
    "M30",
    "a cotangent is paired with the activation of another layer",
    "The numbers match after the list of layers is shifted by one.",
    "Two lists are read with an offset.",
    "The gradient of a layer's weights pairs the cotangent at that layer's output with what went into "
    "that layer.",
    "NB06.W4",
)
M31 = Kind(
    "M31",
    "an outer product is taken in the wrong order",
    "The numbers are right after transposing.",
    "The two factors of an outer product are exchanged.",
    "Entry (i, j) of the weights joins output i with input j (or the other way round, as the layout says): "
    "the factor that runs along the first axis comes first.",
    "NB03.W6",
)
M32 = Kind(
    "M32",
    "everything is summed to one number",
    "One number is returned where an array is asked for; it is the sum of the right entries.",
    "A sum runs over too many axes.",
    "Only the axis along which the variable is shared is summed. Name it; a sum without an axis takes "
    "them all.",
    "NB06.W5",
)
M33 = Kind(
    "M33",
    "a sum is taken twice, or at the wrong one of two places",
    "The result has lost an axis that should still be there, or kept one that a later step was to sum.",
    "Who sums over the examples is mixed up.",
    "Decide for one place where the examples are added up, and see what this exercise says about it.",
    "NB08.W3",
)
M34 = Kind(
    "M34",
    "results are returned in the wrong order",
    "A right result stands in another one's place.",
    "The results are right; their places are exchanged.",
    "Compare the order of what you return with the order that the signature promises.",
    "NB00.W2",
)
M35 = Kind(
    "M35",
    "something is counted from 1",
    "The result belongs to the neighbouring class, layer or argument.",
    "An index is off by one.",
    "Classes, layers and arguments are counted from 0 in the course's code.",
    "NB00.W2",
)
M36 = Kind(
    "M36",
    "a dimension is kept or lost",
    "The numbers are right; there is one axis of length 1 too many, or one is missing (keepdims).",
    "The shape is off by an axis of length 1.",
    "A gradient has the shape of its variable, exactly. See which axes a sum leaves behind, and what an "
    "index or a slice takes away.",
    "NB07.W5",
)
