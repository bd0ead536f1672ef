"""Answers to NB08 as students write them: a table of rules, a walk, node objects, a Function.

E04 to E07.
"""

from __future__ import annotations

import numpy as np

from backprop_course import Function
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters

from . import Right, Wrong

# E04 -----------------------------------------------------------------------------------------------------


class Unary(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        e = np.exp(-np.abs(self.x.value))
        self.value = np.where(self.x.value >= 0, 1 / (1 + e), e / (1 + e))


class SigmoidSlopeAtValue(Unary):
    def backward(self):
        s = 1 / (1 + np.exp(-self.value))
        self.x.addgrad(self.grad * s * (1 - s))


class SigmoidLocalOnly(Unary):
    def backward(self):
        local = self.value - self.value**2
        self.x.addgrad(local)


class SigmoidAssigns(Unary):
    def backward(self):
        self.x.grad = self.grad * self.value * (1 - self.value)


class SigmoidPlain(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 1.0 / (1.0 + np.exp(-self.x.value))

    def backward(self):
        self.x.addgrad(self.grad * self.value * (1.0 - self.value))


class SigmoidClipped(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        z = np.clip(self.x.value, -10, 10)
        self.value = 1 / (1 + np.exp(-z))

    def backward(self):
        self.x.addgrad(self.grad * self.value * (1 - self.value))


class SigmoidNoSlope(Unary):
    def backward(self):
        self.x.addgrad(self.grad * self.value)


class SigmoidByTanh(CompNode):
    def __init__(self, x):
        CompNode.__init__(self, x)
        self.x = x
        self.calls = 0

    def forward(self):
        self.calls += 1
        self.t = np.tanh(self.x.value / 2)
        self.value = 0.5 + 0.5 * self.t

    def backward(self):
        delta = self.grad * (1 - self.t**2) / 4
        self.x.addgrad(delta)


# E05 -----------------------------------------------------------------------------------------------------


class AffineBase(CompNode):
    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        self.value = self.x.value @ self.params.w.value + self.params.b.value


class AffineSums(AffineBase):
    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value.T @ self.grad)
        self.params.b.addgrad(self.grad.sum(axis=0))


class AffineOuterTurned(AffineBase):
    def backward(self):
        self.x.addgrad(np.dot(self.grad, self.params.w.value.T))
        per_example = [np.outer(g, x) for g, x in zip(self.grad, self.x.value, strict=True)]
        self.params.w.addgrad(np.array(per_example))
        self.params.b.addgrad(self.grad)


class AffineDividesByN(AffineBase):
    def backward(self):
        N = len(self.grad)
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * self.grad[:, None, :] / N)
        self.params.b.addgrad(self.grad / N)


class AffineNoTranspose(AffineBase):
    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value)
        self.params.w.addgrad(np.einsum("nd,nk->ndk", self.x.value, self.grad))
        self.params.b.addgrad(self.grad)


class AffineIgnoresUpstream(AffineBase):
    def backward(self):
        N, k = self.value.shape
        g = np.ones((N, k))
        self.x.addgrad(g @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * g[:, None, :])
        self.params.b.addgrad(g)


class AffineLoops(AffineBase):
    def backward(self):
        W = self.params.w.value
        dx, dw = np.zeros(self.x.value.shape), np.zeros((len(self.grad), *W.shape))
        for n in range(len(self.grad)):
            for i in range(W.shape[0]):
                for j in range(W.shape[1]):
                    dx[n, i] += W[i, j] * self.grad[n, j]
                    dw[n, i, j] = self.x.value[n, i] * self.grad[n, j]
        self.params.b.addgrad(1.0 * self.grad)
        self.params.w.addgrad(dw)
        self.x.addgrad(dx)


class AffineByTensordot(AffineBase):
    def forward(self):
        self.value = np.add(np.tensordot(self.x.value, self.params.w.value, 1), self.params.b.value[None])

    def backward(self):
        self.x.addgrad(np.tensordot(self.grad, self.params.w.value, axes=(1, 1)))
        self.params.w.addgrad(np.matmul(self.x.value[..., None], self.grad[:, np.newaxis]))
        self.params.b.addgrad(self.grad)


# E06 -----------------------------------------------------------------------------------------------------


def good_Backward(loss):
    for n in CompNodes + Parameters:
        n.grad = np.zeros(n.value.shape)
    loss.grad = np.full(loss.value.shape, 1 / len(loss.value))
    for n in reversed(CompNodes):
        n.backward()


def good_Update(lr):
    for p in Parameters:
        p.value = p.value - lr * p.grad


def good_step(loss, lr):
    Forward()
    before = float(np.mean(loss.value))
    good_Backward(loss)
    good_Update(lr)
    return before


def Backward_parameters_not_zeroed(loss):
    for n in CompNodes:
        n.grad = np.zeros_like(n.value)
    loss.grad = np.ones(len(loss.value)) / len(loss.value)
    for n in CompNodes[::-1]:
        n.backward()


def Backward_seed_of_a_sum(loss):
    for group in (CompNodes, Parameters):
        for n in group:
            n.grad = np.zeros(np.shape(n.value))
    loss.grad = np.ones(np.shape(loss.value))
    for i in range(len(CompNodes) - 1, -1, -1):
        CompNodes[i].backward()


def Backward_seed_first(loss):
    loss.grad = np.ones(loss.value.shape) / loss.value.shape[0]
    for n in [*CompNodes, *Parameters]:
        n.grad = np.zeros(n.value.shape)
    for n in reversed(CompNodes):
        n.backward()


def Backward_in_order_of_creation(loss):
    for n in [*CompNodes, *Parameters]:
        n.grad = np.zeros(n.value.shape)
    loss.grad += 1 / len(loss.value)
    for n in CompNodes:
        n.backward()


def Update_uphill(lr):
    for p in Parameters:
        p.value = p.value + lr * p.grad


def step_with(backward, update=good_Update):
    def train_step(loss, lr):
        Forward()
        L = np.mean(loss.value).item()
        backward(loss)
        update(lr)
        return L

    return {"Backward": backward, "UpdateParameters": update, "train_step": train_step}


def step_without_forward(loss, lr):
    value = float(loss.value.mean())
    good_Backward(loss)
    good_Update(lr)
    Forward()
    return value


def Backward_numpy_style(loss):
    everything = list(Parameters)
    everything.extend(CompNodes)
    for item in everything:
        item.grad = item.value * 0.0
    N = loss.value.shape[0]
    loss.grad = loss.grad + np.repeat(1.0 / N, N)
    stack = list(CompNodes)
    while stack:
        stack.pop().backward()


def Update_in_place(lr):
    for p in Parameters:
        p.value -= np.multiply(lr, p.grad)
    return None


def step_returning_numpy(loss, lr):
    Forward()
    Backward_numpy_style(loss)
    Update_in_place(lr)
    return sum(loss.value) / len(loss.value)


# E07 -----------------------------------------------------------------------------------------------------


def stable_loss(u, y):
    return (np.maximum(u, 0) - u * y + np.log1p(np.exp(-np.abs(u)))).mean()


def stable_p(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1 + e)


class FusedIgnoresUpstream(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return (p - y) / len(y), None


class FusedNaive(Function):
    @staticmethod
    def forward(ctx, u, y):
        p = 1 / (1 + np.exp(-u))
        ctx.save_for_backward(p, y)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) / y.size, None


class FusedOneGradient(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) / len(p)


class FusedSum(Function):
    @staticmethod
    def forward(ctx, u, y):
        probs = stable_p(u)
        ctx.save_for_backward(probs - y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        (diff,) = ctx.saved_tensors
        return g * diff, None


class FusedSign(Function):
    @staticmethod
    def forward(ctx, u, y):
        n = u.shape[0]
        t = np.exp(-np.abs(u))
        prob = np.where(u > 0, 1 / (1 + t), t / (1 + t))
        ctx.save_for_backward(y, prob)
        return np.sum(np.where(u > 0, u, 0) - u * y + np.log1p(t)) / n

    @staticmethod
    def backward(ctx, g):
        y, prob = ctx.saved_tensors
        return np.array([g * (yi - pi) / len(y) for yi, pi in zip(y, prob, strict=True)]), None


class FusedNoLabel(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * p / len(y), None


class FusedWithSlopeAgain(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        dp = (p - y) / len(y) * g
        du = dp * p * (1 - p)
        return du, None


class FusedMeanTwice(Function):
    @staticmethod
    def forward(ctx, u, y):
        N = u.size
        p = stable_p(u)
        ctx.save_for_backward((p - y) / N)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        (du,) = ctx.saved_tensors
        return g * du / du.shape[0], None


class FusedSavesTheAnswer(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward((stable_p(u) - y) / len(u))
        return float(np.mean(np.logaddexp(0, u) - u * y))

    @staticmethod
    def backward(ctx, g):
        return [g * ctx.saved_tensors[0], None]


class FusedByTanh(Function):
    @staticmethod
    def forward(ctx, u, y):
        half = np.tanh(0.5 * u)
        ctx.save_for_backward(half, y, np.array(float(len(u))))
        losses = [max(v, 0.0) - v * t + np.log1p(np.exp(-abs(v))) for v, t in zip(u, y, strict=True)]
        return sum(losses) / len(losses)

    @staticmethod
    def backward(ctx, g):
        half, y, n = ctx.saved_tensors
        return (0.5 * (1 + half) - y) * (g / n), None


def e06(**changed):
    return {"Backward": good_Backward, "UpdateParameters": good_Update, "train_step": good_step} | changed


WRONG = [
    Wrong("NB08.E04", "M08", "slope taken at the value", SigmoidSlopeAtValue),
    Wrong("NB08.E04", "M12", "local slope only", SigmoidLocalOnly),
    Wrong("NB08.E04", "M10", "sets grad instead of addgrad", SigmoidAssigns),
    Wrong("NB08.E04", "M27", "overflows", SigmoidPlain),
    Wrong("NB08.E04", "", "clipped", SigmoidClipped),
    Wrong("NB08.E04", "", "1 - y left out of the slope", SigmoidNoSlope),
    Wrong("NB08.E05", "M33", "sums over the examples itself", AffineSums),
    Wrong("NB08.E05", "M31", "outer product turned", AffineOuterTurned),
    Wrong("NB08.E05", "M04", "divides by N", AffineDividesByN),
    Wrong("NB08.E05", "M01", "w not turned", AffineNoTranspose),
    Wrong("NB08.E05", "M12", "ones in the place of grad", AffineIgnoresUpstream),
    Wrong("NB08.E06", "M24", "parameters not zeroed", step_with(Backward_parameters_not_zeroed)),
    Wrong("NB08.E06", "M04", "seed of ones: a sum", step_with(Backward_seed_of_a_sum)),
    Wrong("NB08.E06", "", "seeds before zeroing", step_with(Backward_seed_first)),
    Wrong("NB08.E06", "M11", "first node first", step_with(Backward_in_order_of_creation)),
    Wrong("NB08.E06", "M06", "goes uphill", step_with(good_Backward, Update_uphill)),
    Wrong("NB08.E06", "", "no forward before", e06(train_step=step_without_forward)),
    Wrong("NB08.E07", "M12", "g ignored", FusedIgnoresUpstream),
    Wrong("NB08.E07", "M27", "logarithm of a rounded probability", FusedNaive),
    Wrong("NB08.E07", "", "no None for the labels", FusedOneGradient),
    Wrong("NB08.E07", "M04", "1/N left out", FusedSum),
    Wrong("NB08.E07", "M06", "y - p", FusedSign),
    Wrong("NB08.E07", "M14", "label not subtracted", FusedNoLabel),
    Wrong("NB08.E07", "M09", "slope once more", FusedWithSlopeAgain),
    Wrong("NB08.E07", "M05", "1/N twice", FusedMeanTwice),
]

RIGHT = [
    Right("NB08.E04", "by tanh", SigmoidByTanh),
    Right("NB08.E05", "loops", AffineLoops),
    Right("NB08.E05", "tensordot, matmul", AffineByTensordot),
    Right("NB08.E06", "plain", e06()),
    Right(
        "NB08.E06",
        "in place, pops, a NumPy number",
        {
            "Backward": Backward_numpy_style,
            "UpdateParameters": Update_in_place,
            "train_step": step_returning_numpy,
        },
    ),
    Right("NB08.E07", "saves the answer, returns a list", FusedSavesTheAnswer),
    Right("NB08.E07", "by tanh, a loop for the loss", FusedByTanh),
]
