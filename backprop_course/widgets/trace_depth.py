"""The trace of the depth explorer: what becomes of activations and gradients in a stack of layers."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .. import elementwise_grad, nn
from ..engine.drawing.text import MINUS
from ._live import Trace, scientific

EXAMPLES, WIDTH = 64, 32
INITS: dict[str, Any] = {
    "Xavier": "xavier_normal",
    "Kaiming": "kaiming_normal",
    "deviation 0.05": partial(nn.init.normal, std=0.05),
    "deviation 1": partial(nn.init.normal, std=1.0),
    "zeros": "zeros",
}
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "identity")
BINS = 24
_INIT_CODE = {
    "deviation 0.05": "functools.partial(nn.init.normal, std=0.05)",
    "deviation 1": "functools.partial(nn.init.normal, std=1.0)",
}


def trace_depth(
    depth: int = 10, activation: str = "sigmoid", init: str = "Xavier", residual: bool = False, seed: int = 0
) -> Trace:
    """Run a network of equal layers once forward and once backward, and measure every layer.

    64 examples with 32 features are drawn from the standard normal distribution, as are their targets; each
    of `depth` layers has 32 units; a linear layer with one output and the squared error follow.

    Parameters
    ----------
    depth : int
        How many layers, from 1 on.
    activation : str
        A name that `nn.activation` knows.
    init : str
        One of ``"Xavier"``, ``"Kaiming"``, ``"deviation 0.05"``, ``"deviation 1"``, ``"zeros"``.
    residual : bool
        Whether each layer is added to its input.
    seed : int
        Draws examples, targets and weights.

    Returns
    -------
    dict
        ``norms`` (log10 of the norm of each layer's weight gradient, the output layer last; None for 0),
        ``products`` (log10 of the product of the mean slopes from the top down), ``activations`` and
        ``gradients`` (for each layer the shares of its values in bins, of the gradients of its net inputs
        in decades), ``zeros`` and ``dead`` (the share of these that are 0, the number of units that have no
        slope at all), ``sentences`` (one for each layer), ``summary``,
        ``last`` and ``error``.

    Examples
    --------
    >>> from backprop_course.widgets import trace_depth
    >>> round(trace_depth(10, "sigmoid")["norms"][0])  # far below a millionth
    -7
    """
    rng = np.random.default_rng(seed)
    X, t = rng.standard_normal((EXAMPLES, WIDTH)), rng.standard_normal((EXAMPLES, 1))
    how = partial(nn.Linear, WIDTH, WIDTH, init=INITS[init])
    layers = [(how(rng=rng), nn.activation(activation)) for _ in range(depth)]
    head = nn.Linear(WIDTH, 1, rng=rng)
    with np.errstate(all="ignore"):
        inputs, outputs, h = [], [], X
        for linear, act in layers:
            inputs.append(linear(h))
            h = h + act(inputs[-1]) if residual else act(inputs[-1])
            outputs.append(h)
        loss = nn.squared_error(head(h), t)
        loss.backward()
        slopes = [
            np.asarray(elementwise_grad(act)(z.value)) for (_, act), z in zip(layers, inputs, strict=True)
        ]
    weights = [linear.weight.grad for linear, _ in layers] + [head.weight.grad]
    norms = [float(np.linalg.norm(g)) for g in weights]
    means = [float(np.mean(np.abs(slope))) for slope in slopes]
    products = np.cumprod(means[::-1])[::-1].tolist()
    values = [np.asarray(out.value) for out in outputs]
    bars = [np.asarray(z.grad) for z in inputs]
    dead = [int(np.sum(np.all(slope == 0, axis=0))) for slope in slopes]
    zeros = [round(float(np.mean(g == 0)), 3) for g in bars]
    sentences = [
        f"Layer {k + 1} of {depth}: the gradient of its weights has the norm {scientific(norms[k])}. "
        f"Activations have mean {_signed(values[k].mean())} and deviation {scientific(values[k].std())}; "
        f"their slopes have mean {means[k]:.2f}, and from the top down to here the mean slopes multiply to "
        f"{scientific(products[k])}. Of the gradients {_share(zeros[k])} exactly 0." + _dead(dead[k])
        for k in range(depth)
    ]
    sentences.append(f"The output layer: the gradient of its weights has the norm {scientific(norms[-1])}.")
    spread = _view(values)
    return {
        "error": "",
        "norms": _logs(norms),
        "products": _logs(products),
        "activations": [_shares(v, spread) for v in values],
        "spread": spread,
        "gradients": [_shares(np.log10(np.abs(g[g != 0])), GRADIENT_VIEW, g.size) for g in bars],
        "zeros": zeros,
        "dead": dead,
        "sentences": sentences,
        "summary": _summary(norms, depth),
        "last": {"layer": depth},
        "code": _code(depth, activation, init, residual, seed),
    }


GRADIENT_VIEW = [-12.0, 6.0]  # powers of ten


def _logs(values: list[float]) -> list[float | None]:
    return [round(float(np.log10(v)), 3) if 0 < v < np.inf else None for v in values]


def _shares(values: Any, view: list[float], size: int | None = None) -> list[float]:
    """Share of the values in each bin of the view; those outside are in the first or the last."""
    low, high = view
    values = np.clip(values[np.isfinite(values)], low, high)
    counts = np.histogram(values, bins=BINS, range=(low, high))[0]
    return [round(float(count) / max(size or values.size, 1), 3) for count in counts]


def _view(values: list[Any]) -> list[float]:
    """A range for all layers: within one, one, or so much that a tenth of a percent lies outside."""
    everything = np.concatenate([v.ravel() for v in values])
    everything = np.abs(everything[np.isfinite(everything)])
    top = float(np.quantile(everything, 0.999)) if everything.size else 1.0
    nice = 10.0 ** np.ceil(np.log10(max(top, 1e-3)))
    top = next(nice * share for share in (0.2, 0.5, 1.0) if nice * share >= top)
    return [-max(top, 1.0), max(top, 1.0)]


def _share(share: float) -> str:
    return "none is" if share == 0 else f"{share:.0%} are"


def _dead(count: int) -> str:
    if not count:
        return " No unit is dead."
    return f" {count} of {WIDTH} units {'has' if count == 1 else 'have'} the slope 0 for every example: dead."


def _summary(norms: list[float], depth: int) -> str:
    first, last = norms[0], norms[-1]
    if not np.isfinite(norms).all():
        return "Numbers have left the range of floats."
    if first == 0 or last == 0:
        where = "the first layer" if first == 0 else "the output layer"
        return f"The gradient of {where} is exactly 0: nothing is learned there."
    ratio = first / last
    if 1e-3 <= ratio <= 1e3:  # beyond, `diagnose` speaks of vanishing too
        level = ": nearly level" if 0.05 <= ratio <= 20 else ""
        size = float(np.exp(np.mean(np.log(norms))))
        far = ", but far too high" if size > 1e4 else ", but far too low" if size < 1e-4 else ""
        return f"From the output layer to the first the norm changes by a factor of {ratio:.2g}{level}{far}."
    word = "vanishes" if ratio < 1 else "explodes"
    return (
        f"Through {depth} {'layer' if depth == 1 else 'layers'} it {word}: the first layer has "
        f"{scientific(ratio)} of the output layer's norm."
    )


def _signed(x: float) -> str:
    return f"{x:.2f}".replace("-", MINUS) if np.isfinite(x) and abs(x) < 1e4 else scientific(x)


def _code(depth: int, activation: str, init: str, residual: bool, seed: int) -> str:
    how = _INIT_CODE.get(init, repr(INITS[init]) if init not in _INIT_CODE else "")
    block = "nn.Residual(*layer)" if residual else "nn.Sequential(*layer)"
    return (
        ("import functools\n" if init in _INIT_CODE else "")
        + "import numpy as np\nfrom backprop_course import grad, nn\n\n"
        f"rng = np.random.default_rng({seed})\n"
        f"X, t = rng.standard_normal(({EXAMPLES}, {WIDTH})), rng.standard_normal(({EXAMPLES}, 1))\n"
        f"layers = []\nfor _ in range({depth}):\n"
        f"    layer = [nn.Linear({WIDTH}, {WIDTH}, rng=rng, init={how}), nn.activation({activation!r})]\n"
        f"    layers.append({block})\n"
        f"net = nn.Sequential(*layers, nn.Linear({WIDTH}, 1, rng=rng))\n\n"
        "def loss(values):\n    return nn.squared_error(nn.pure(net, values, X)[0], t)\n\n"
        "for name, g in grad(loss)(nn.values(net)).items():\n"
        "    if name.endswith('weight'):\n        print(name, np.linalg.norm(g))"
    )
