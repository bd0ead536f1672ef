"""One refusal of each public function: how to make it say no.

A function that never refuses stands in `NEVER`, with the reason; a new name needs a line in one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import backprop_course as bc
from backprop_course import Tensor, data, nn, optim, training
from backprop_course.optim import schedules

X, LABELS = np.ones((4, 3)), np.zeros(4, dtype=int)
TEXT = np.array(["a"])


def a_sum(x: Any) -> Any:
    return np.sum(x * x)


def wanted() -> Tensor:
    return Tensor(np.ones((2, 3)), requires_grad=True)


def a_trainer(optimizer: Any) -> bc.Trainer:
    return bc.Trainer(nn.MLP([3, 2], rng=0), bc.cross_entropy, optimizer)


def an_anomaly() -> None:
    with bc.detect_anomaly(), np.errstate(divide="ignore"):
        np.log(Tensor(np.zeros(2), requires_grad=True))


TRIGGERS: dict[str, Callable[[], Any]] = {
    "Function": lambda: bc.Function(),
    "Graph": lambda: bc.trace(a_sum, np.ones(3)).forward(np.ones(3), np.ones(3)),
    "Tensor": lambda: Tensor([[1.0], [1.0, 2.0]]),
    "Trainer": lambda: a_trainer(None),
    "affine": lambda: bc.affine(wanted(), np.ones((4, 2)), np.ones(2)),
    "binary_cross_entropy_with_logits": lambda: bc.binary_cross_entropy_with_logits(np.ones(3), np.ones(2)),
    "compile": lambda: bc.compile(None),  # type: ignore[arg-type]  # what is refused
    "cross_entropy": lambda: bc.cross_entropy(X, np.zeros(2, dtype=int)),
    "defjvp": lambda: bc.defjvp(lambda x: x, None),
    "defvjp": lambda: bc.defvjp(lambda x: x, None),
    "detect_anomaly": an_anomaly,
    "diagnose": lambda: bc.diagnose(3),  # type: ignore[arg-type]  # what is refused
    "elementwise_grad": lambda: bc.elementwise_grad(None),  # type: ignore[arg-type]  # what is refused
    "gelu": lambda: bc.gelu(np.ones(3), approximate="erf"),
    "grad": lambda: bc.grad(lambda x: x)(np.ones(3)),
    "gradient_check": lambda: bc.gradient_check(a_sum, 3),
    "hessian": lambda: bc.hessian(lambda x: x)(np.ones(3)),
    "hvp": lambda: bc.hvp(a_sum, (np.ones(3),), (np.ones(2),)),
    "jacobian": lambda: bc.jacobian(a_sum, mode="sideways"),
    "jvp": lambda: bc.jvp(a_sum, (np.ones(3),), (np.ones(2),)),
    "kl_divergence": lambda: bc.kl_divergence(["a"], ["b"]),
    "log_softmax": lambda: bc.log_softmax(["a"]),
    "logsumexp": lambda: bc.logsumexp(["a"]),
    "mae_loss": lambda: bc.mae_loss(np.ones(3), np.ones(2)),
    "mse_loss": lambda: bc.mse_loss(np.ones(3), np.ones(2)),
    "numerical_gradient": lambda: bc.numerical_gradient(np.sin, np.ones(3)),
    "numerical_jacobian": lambda: bc.numerical_jacobian(None, np.ones(3)),  # type: ignore[arg-type]  # what is refused
    "overfit_check": lambda: bc.overfit_check(None, X, LABELS),  # type: ignore[arg-type]  # what is refused
    "primitive": lambda: bc.primitive(lambda x: None)(1.0),
    "relu": lambda: bc.relu("a"),
    "sigmoid": lambda: bc.sigmoid("a"),
    "silu": lambda: bc.silu("a"),
    "softmax": lambda: bc.softmax(["a"]),
    "softplus": lambda: bc.softplus("a"),
    "trace": lambda: bc.trace(None),  # type: ignore[arg-type]  # what is refused
    "value_and_grad": lambda: bc.value_and_grad(lambda x: x)(np.ones(3)),
    "vjp": lambda: bc.vjp(np.sin, np.ones(3))[1](np.ones(2)),
    "nn.Activation": lambda: nn.Activation(np.tanh)(TEXT),
    "nn.BatchNorm": lambda: nn.BatchNorm(3, eps=-1.0),
    "nn.Dropout": lambda: nn.Dropout(2.0),
    "nn.ELU": lambda: nn.ELU()(TEXT),
    "nn.GELU": lambda: nn.GELU()(TEXT),
    "nn.GroupNorm": lambda: nn.GroupNorm(2, 3),
    "nn.HardThreshold": lambda: nn.HardThreshold()(TEXT),
    "nn.Identity": lambda: nn.Identity()(TEXT),
    "nn.InstanceNorm": lambda: nn.InstanceNorm(3)(X),
    "nn.LayerNorm": lambda: nn.LayerNorm(3)(np.ones((4, 2))),
    "nn.LeakyReLU": lambda: nn.LeakyReLU()(TEXT),
    "nn.Linear": lambda: nn.Linear(3, 2, rng=0)(np.ones((4, 2))),
    "nn.MLP": lambda: nn.MLP(None),  # type: ignore[arg-type]  # what is refused
    "nn.Maxout": lambda: nn.Maxout(0, 1),
    "nn.McCullochPitts": lambda: nn.McCullochPitts(3, 2, inhibitory=(5,)),
    "nn.Module": lambda: nn.Module().load_state_dict({"w": np.ones(2)}),
    "nn.PReLU": lambda: nn.PReLU(2)(X),
    "nn.Perceptron": lambda: nn.Perceptron(3).fit(X, np.full(4, 2.0)),
    "nn.ReLU": lambda: nn.ReLU()(TEXT),
    "nn.Residual": lambda: nn.Residual(nn.Linear(3, 2, rng=0))(X),
    "nn.SELU": lambda: nn.SELU()(TEXT),
    "nn.Sequential": lambda: nn.Sequential(5),
    "nn.SiLU": lambda: nn.SiLU()(TEXT),
    "nn.Sigmoid": lambda: nn.Sigmoid()(TEXT),
    "nn.Softplus": lambda: nn.Softplus()(TEXT),
    "nn.Tanh": lambda: nn.Tanh()(TEXT),
    "nn.absolute_error": lambda: nn.absolute_error(np.ones(3), np.ones(2)),
    "nn.activation": lambda: nn.activation("rleu"),
    "nn.binary_cross_entropy": lambda: nn.binary_cross_entropy(np.ones(3), np.full(3, 2.0)),
    "nn.buffers": lambda: nn.buffers(None),  # type: ignore[arg-type]  # what is refused
    "nn.cross_entropy": lambda: nn.cross_entropy(X, np.zeros(2, dtype=int)),
    "nn.gate": lambda: nn.gate("xor"),
    "nn.huber": lambda: nn.huber(np.ones(3), np.ones(2)),
    "nn.init.fans": lambda: nn.init.fans((2, 3, 4)),
    "nn.init.kaiming_normal": lambda: nn.init.kaiming_normal((2,), np.random.default_rng(0)),
    "nn.init.kaiming_uniform": lambda: nn.init.kaiming_uniform((2,), np.random.default_rng(0)),
    "nn.init.lecun_normal": lambda: nn.init.lecun_normal((2,), np.random.default_rng(0)),
    "nn.init.start": lambda: nn.init.start("nothing", (2, 3), 0, float),
    "nn.init.xavier_normal": lambda: nn.init.xavier_normal((2,), np.random.default_rng(0)),
    "nn.init.xavier_uniform": lambda: nn.init.xavier_uniform((2,), np.random.default_rng(0)),
    "nn.initialize": lambda: nn.initialize(None, "zeros"),
    "nn.kl_from_logits": lambda: nn.kl_from_logits(X, np.ones((4, 2))),
    "nn.l1": lambda: nn.l1({}, -1.0),
    "nn.l2": lambda: nn.l2(3, 0.1),  # type: ignore[arg-type]  # what is refused
    "nn.max_margin": lambda: nn.max_margin(X, np.zeros(2, dtype=int)),
    "nn.pure": lambda: nn.pure(nn.Linear(3, 2, rng=0), {}, X),
    "nn.squared_error": lambda: nn.squared_error(np.ones(3), np.ones(2)),
    "nn.values": lambda: nn.values(None),  # type: ignore[arg-type]  # what is refused
    "optim.AdaGrad": lambda: optim.AdaGrad([]),
    "optim.Adam": lambda: optim.Adam([]),
    "optim.AdamW": lambda: optim.AdamW([]),
    "optim.GradientDescent": lambda: optim.GradientDescent([], 0.1),
    "optim.Optimizer": lambda: optim.Optimizer([], 0.1),
    "optim.RMSProp": lambda: optim.RMSProp([]),
    "optim.SGD": lambda: optim.SGD([], 0.1),
    "optim.backtracking": lambda: optim.backtracking(a_sum, np.ones(2), np.ones(2)),
    "optim.clip_by_norm": lambda: optim.clip_by_norm({}, 1.0),
    "optim.clip_by_value": lambda: optim.clip_by_value({"w": np.ones(2)}, -1.0),
    "optim.clip_grad_norm": lambda: optim.clip_grad_norm([wanted()], -1.0),
    "optim.clip_grad_value": lambda: optim.clip_grad_value([wanted()], -1.0),
    "optim.global_norm": lambda: optim.global_norm({"w": None}),
    "optim.minimize": lambda: optim.minimize(a_sum, np.ones(2), method=3),  # type: ignore[arg-type]  # what is refused
    "optim.schedules.Constant": lambda: schedules.Constant(-1.0),
    "optim.schedules.Cosine": lambda: schedules.Cosine(-1.0, 10),
    "optim.schedules.Exponential": lambda: schedules.Exponential(0.1, -1.0),
    "optim.schedules.Inverse": lambda: schedules.Inverse(-1.0),
    "optim.schedules.PerEpoch": lambda: schedules.PerEpoch(schedules.Constant(0.1), 0),
    "optim.schedules.Plateau": lambda: schedules.Plateau(-1.0),
    "optim.schedules.Step": lambda: schedules.Step(0.1, 0),
    "optim.schedules.WarmUp": lambda: schedules.WarmUp(3, 10),  # type: ignore[arg-type]  # what is refused
    "optim.wolfe": lambda: optim.wolfe(a_sum, np.ones(2), np.ones(2)),
    "data.Scale": lambda: data.Scale([]),
    "data.batches": lambda: data.batches(X, np.ones(2)),
    "data.blobs": lambda: data.blobs(0),
    "data.circles": lambda: data.circles(0),
    "data.from_arrays": lambda: data.from_arrays(X, np.ones(2)),
    "data.gate": lambda: data.gate("nothing"),
    "data.logistic_1d": lambda: data.logistic_1d(0),
    "data.logistic_2d": lambda: data.logistic_2d(0),
    "data.moons": lambda: data.moons(0),
    "data.plane": lambda: data.plane(0),
    "data.sine": lambda: data.sine(0),
    "data.spirals": lambda: data.spirals(0),
    "data.split": lambda: data.split(X, np.ones(2)),
    "data.standardize": lambda: data.standardize([]),
    "training.History": lambda: training.History().plot(),
    "training.accuracy": lambda: training.accuracy(X, np.zeros(2)),
}

# Public and without a refusal of their own.
NEVER = {
    "elu": "entry by entry: what is no number is refused by NumPy",
    "leaky_relu": "entry by entry: what is no number is refused by NumPy",
    "maxout": "entry by entry: what is no number is refused by NumPy",
    "no_grad": "takes nothing",
    "nn.init.constant": "any shape and number",
    "nn.init.normal": "any shape",
    "nn.init.warn_of_symmetry": "a warning is all it gives",
    "nn.init.zeros": "any shape",
    "optim.Length": "a result",
    "optim.Minimum": "a result",
    "optim.schedules.Schedule": "made by its subclasses",
    "data.Batches": "made by batches",
    "data.diabetes": "takes nothing",
    "data.digits": "takes nothing",
    "data.from_csv": "has tests of its own, with files",
    "data.iris": "takes nothing",
    "data.ols": "takes nothing",
    "data.wine": "takes nothing",
    "data.xor": "takes nothing",
    "training.Callback": "made by its subclasses",
    "training.Diagnosis": "a result",
    "training.Finding": "a result",
    "training.OverfitReport": "a result",
}
