"""A run of the network lab as code: without the widget, to the same weights."""

from __future__ import annotations

from ._lab_data import FEATURES
from ._lab_run import RATE, Run
from ._lab_settings import LOSSES, OPTIMIZERS, PENALTIES


def code_of(run: Run) -> str:
    """Return a script that trains the same network to the same step.

    Parameters
    ----------
    run : Run
        What was changed by hand before the first step is written out; later changes are only told.
    """
    settings, points = run.settings, run.points
    _, output, loss = LOSSES[points.problem][settings["loss"]]
    columns = ", ".join(FEATURES[name][1] for name in settings["features"])
    signs = points.problem == "classification" and output is not None
    biases = [settings["bias"]] * len(settings["hidden"]) + [settings["output_bias"]]
    more = f", output={output!r}" if output else ""
    more += "" if all(biases) else f", bias={biases}"
    penalty = PENALTIES[settings["penalty"]]
    last = ""
    if penalty and settings["strength"]:
        last = f", penalty=lambda values: nn.{penalty.__name__}(values, {settings['strength']})"
    sizes = [len(settings["features"]), *settings["hidden"], 1]
    lines = [
        "import numpy as np",
        "from backprop_course import Trainer, data, nn, optim",
        "",
        points.code.rstrip(),
        f"inputs = np.column_stack([{columns}])",
        f"targets = {'2.0 * y - 1.0' if signs else 'y.astype(float)'}",
        "targets = targets[:, None]",
        "",
        f"model = nn.MLP({sizes}, {settings['activations']}, rng={settings['seed']}{more})",
        *_changes(run),
        f"optimizer = {OPTIMIZERS[settings['optimizer']][1].format(rate=_first_rate(run))}",
        f"trainer = Trainer(model, {loss}, optimizer, rng={settings['seed']}, progress=False{last})",
        *(f'trainer.use_backward("{kind}", {_name(own)})' for kind, own in run.trainer.swapped.own.items()),
    ]
    if run.step:
        lines.append(f"trainer.fit(inputs, targets, steps={run.step}, batch_size={run.epochs.size})")
    lines.append("print(trainer.evaluate(inputs, targets))")
    return "\n".join(lines) + "\n"


def _first_rate(run: Run) -> float:
    rates = [value for step, place, value in run.changes if place == RATE and step == 0]
    return rates[-1] if rates else float(run.settings["rate"])


def _changes(run: Run) -> list[str]:
    first, later = [], []
    for step, place, value in run.changes:
        if place == RATE:
            if step:
                later.append(f"# left out: from step {step} on the learning rate was {value}")
            continue
        layer, kind, index = run.places()[place]
        entry = f'values["{run.layers[layer]}.{kind}"][{", ".join(map(str, index))}] = {value}'
        if step:
            later.append(f"# left out: at step {step}, {entry}")
        else:
            first.append(entry)
    if first:
        first = ["values = nn.values(model)", *first, "model.load_state_dict(values)"]
    return [*first, *later]


def _name(function: object) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "your_backward"
