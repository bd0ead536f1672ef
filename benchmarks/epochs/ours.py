"""Ours: `Trainer.fit` as anybody calls it, with all that it records."""

from __future__ import annotations

import time

from backprop_course import Trainer, binary_cross_entropy_with_logits, cross_entropy, nn, optim

from .cases import BATCH, SEED, Case, Trained


def train(case: Case, epochs: int) -> Trained:
    """Train from the start."""
    X, y = case.examples()
    params = case.start()
    model = nn.MLP(case.sizes, case.activation, rng=0)
    model.load_state_dict(dict(zip([name for name, _ in model.named_parameters()], params, strict=True)))
    rule = optim.SGD if case.rule == "sgd" else optim.Adam
    loss = binary_cross_entropy_with_logits if case.sizes[-1] == 1 else cross_entropy
    trainer = Trainer(model, loss, rule(model.parameters(), lr=case.lr), rng=SEED, progress=False)
    start = time.perf_counter()
    history = trainer.fit(X, y, epochs=epochs, batch_size=BATCH)
    spent = time.perf_counter() - start
    assert history.path == "compiled"
    return Trained(spent, [p.numpy() for p in model.parameters()])
