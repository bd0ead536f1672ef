"""PyTorch's usual loop: zero_grad, forward, backward, step. Batches are rows of a tensor, not a `DataLoader`.

A `DataLoader` with its workers off takes several times as long on data as small as these.
"""

from __future__ import annotations

import itertools
import time

import numpy as np
import torch

from .cases import BATCH, SEED, Case, Trained


def train(case: Case, epochs: int) -> Trained:
    """Train from the start."""
    torch.set_num_threads(1)
    X, y = (torch.as_tensor(a) for a in case.examples())
    params = case.start()
    layers: list[torch.nn.Module] = []
    for k, (n, m) in enumerate(itertools.pairwise(case.sizes)):
        linear = torch.nn.Linear(n, m, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.as_tensor(params[2 * k].T))
            linear.bias.copy_(torch.as_tensor(params[2 * k + 1]))
        layers += [linear, torch.nn.ReLU() if case.activation == "relu" else torch.nn.Tanh()]
    model = torch.nn.Sequential(*layers[:-1])
    rule = torch.optim.SGD if case.rule == "sgd" else torch.optim.Adam
    optimizer = rule(model.parameters(), lr=case.lr)
    loss_of = torch.nn.BCEWithLogitsLoss() if case.sizes[-1] == 1 else torch.nn.CrossEntropyLoss()
    rng = np.random.default_rng(SEED)
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.as_tensor(rng.permutation(len(X))).split(BATCH):
            optimizer.zero_grad()
            loss = loss_of(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
    spent = time.perf_counter() - start
    return Trained(spent, [np.array(p.detach().numpy().T) for p in model.parameters()])
