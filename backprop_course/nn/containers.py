"""Networks of layers: one after the other, or around a branch."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError, UsageError
from ._checks import array, generator
from .activations import Activation, Maxout, activation
from .init import Rng, warn_of_symmetry
from .linear import Linear
from .module import Module


class Sequential(Module):
    """Layers, each applied to what the one before returns.

    Parameters
    ----------
    *layers : Module or callable
        A function of an array, such as `np.tanh`, becomes an `Activation`.

    Attributes
    ----------
    layers : list of Module
        Also by index and slice: ``net[0]``, ``net[:-1]``, which shares the parameters.

    Warns
    -----
    SymmetryWarning
        If the units of a hidden layer start equal.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import nn
    >>> rng = np.random.default_rng(0)
    >>> nn.Sequential(nn.Linear(2, 8, rng=rng), nn.Tanh(), nn.Linear(8, 1, rng=rng))
    Sequential(
      (0) Linear(2 -> 8): weight (2, 8), bias (8,): 24 parameters, 16 multiply-adds per row
      (1) Tanh()
      (2) Linear(8 -> 1): weight (8, 1), bias (1,): 9 parameters, 8 multiply-adds per row
    ): 33 parameters, 24 multiply-adds per row
    """

    def __init__(self, *layers: Module | Callable[[Any], Any]) -> None:
        for layer in layers:
            if not callable(layer) or isinstance(layer, type):
                raise UsageError(
                    "Sequential takes layers one by one.",
                    expected="modules or functions: Sequential(first, second, ...)",
                    got=repr(layer),
                    mend="unpack a list with *; make a class into a layer with ()",
                )
        self.layers = [x if isinstance(x, Module) else Activation(x) for x in layers]
        warn_of_symmetry(self.layers, stacklevel=3 if type(self) is Sequential else 4)

    def forward(self, x: Any) -> Any:
        """Return what the last layer returns."""
        for layer in self.layers:
            x = layer(x)
        return x

    def multiply_adds(self) -> int:
        """Multiply-adds of all layers, for one row; a layer that stands twice counts twice."""
        return sum(layer.multiply_adds() for layer in self.layers)

    def _items(self) -> Iterable[tuple[Any, Any]]:
        return [*((k, v) for k, v in vars(self).items() if k != "layers"), *enumerate(self.layers)]

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    def __getitem__(self, index: int | slice) -> Any:
        return Sequential(*self.layers[index]) if isinstance(index, slice) else self.layers[index]


class MLP(Sequential):
    """A multilayer perceptron: linear layers with activations between them.

    Parameters
    ----------
    sizes : sequence of int
        Inputs, units of each hidden layer, outputs.
    activation : str, callable or Module, or a sequence of them, one for each hidden layer
        See `nn.activation` for the names; ``"maxout"`` makes the hidden layers `Maxout`.
    output : str, callable or Module, optional
        What follows the last layer; nothing by default, so that the outputs are numbers or logits.
    rng : Generator or seed
        Draws the weights.
    bias : bool, or a sequence of them, one for each linear layer
    init : str, float, array or callable, optional
        As for `Linear`. By default Xavier's, or Kaiming's before activations like relu.
    dtype : float64 or float32

    Warns
    -----
    SymmetryWarning
        If the units of a hidden layer start equal.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import nn
    >>> net = nn.MLP([2, 8, 1], "relu", output="sigmoid", rng=np.random.default_rng(0))
    >>> net(np.zeros((4, 2))).shape, net.count_parameters(), net.multiply_adds()
    ((4, 1), 33, 24)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Any = "tanh",
        output: Any = None,
        *,
        rng: Rng | None = None,
        bias: bool | Sequence[bool] = True,
        init: Any = None,
        dtype: Any = np.float64,
    ) -> None:
        if not isinstance(sizes, Sequence | np.ndarray) or isinstance(sizes, str) or len(sizes) < 2:
            raise UsageError(
                "The sizes of a network are those of its input, hidden layers and output.",
                expected="at least two integers, e.g. [2, 8, 1]",
                got=repr(sizes),
                mend="give [2, 1] for a network without a hidden layer",
            )
        rng = rng if rng is None else generator(rng)
        n = len(sizes) - 1
        hidden = _for_each(activation, n - 1, "activation", "hidden layer")
        biases = _for_each(bias, n, "bias", "linear layer")
        layers: list[Module] = []
        for i, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
            what = hidden[i] if i < n - 1 else output
            if isinstance(what, str) and what == "maxout":
                layers.append(Maxout(n_in, n_out, rng=rng, init=init or "xavier_uniform", dtype=dtype))
                continue
            after = None if what is None else _activation(what, dtype)
            how = getattr(after, "init", "xavier_uniform") if init is None else init
            layers.append(Linear(n_in, n_out, bias=bool(biases[i]), rng=rng, init=how, dtype=dtype))
            if after is not None:
                layers.append(after)
        super().__init__(*layers)


def _for_each(given: Any, n: int, name: str, of: str) -> list[Any]:
    """One setting for each layer: the same for all, or a list as long as there are layers."""
    if not isinstance(given, list | tuple):
        return [given] * n
    if len(given) != n:
        raise UsageError(
            f"{name} has not one entry for each {of}.",
            expected=f"{n}",
            got=f"{len(given)}: {given!r}",
            mend="give one for all of them, or a list of this length",
        )
    return list(given)


def _activation(what: Any, dtype: Any) -> Module:
    made = activation(what)
    for parameter in made.parameters():  # a slope in float64 would make float64 of all that follows
        parameter.value = parameter.value.astype(dtype)
    return made


class Residual(Module):
    """``shortcut(x) + branch(x)``: the gradient has a way past the branch.

    Parameters
    ----------
    *branch : Module or callable
        Layers of the branch; its output has the shape of the shortcut's.
    shortcut : Module or callable, optional
        The identity by default; a `Linear` where sizes differ.
    activation : str, callable or Module, optional
        Applied to the sum; nothing by default. Some texts put a relu there, some do not.

    References
    ----------
    He, Zhang, Ren & Sun, "Deep residual learning for image recognition" (2015), eq. 1.
    """

    def __init__(
        self, *branch: Module | Callable[[Any], Any], shortcut: Any = None, activation: Any = None
    ) -> None:
        self.branch = Sequential(*branch)
        self.shortcut = None if shortcut is None else _as_module(shortcut)
        self.activation = None if activation is None else _as_module(activation)

    def forward(self, x: Any) -> Any:
        """Return the sum of both ways.

        Raises
        ------
        ShapeError
            If they return different shapes, which would broadcast silently.
        """
        x = array(x)
        near, far = x if self.shortcut is None else self.shortcut(x), self.branch(x)
        if near.shape != far.shape:
            raise ShapeError(
                "The two ways of a residual block return different shapes.",
                expected=f"shape {near.shape} from the branch, as from the shortcut",
                got=f"shape {far.shape}",
                mend="end the branch with as many units as it gets, or give shortcut=nn.Linear(...)",
            )
        y = near + far
        return y if self.activation is None else self.activation(y)


def _as_module(what: Any) -> Module:
    return what if isinstance(what, Module) else activation(what)
