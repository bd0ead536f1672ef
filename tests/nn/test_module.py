"""Modules: what is found among attributes, modes, copies, files, and what is printed."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from backprop_course import ShapeError, Tensor, UsageError, nn


class Pair(nn.Module):
    """Parameters in every kind of place."""

    buffer_names = ("count",)

    def __init__(self, rng):
        self.scale = Tensor(np.array([1.0, 2.0]), requires_grad=True)
        self.frozen = Tensor(np.array(3.0))
        self.layers = [nn.Linear(2, 2, rng=rng), (nn.Tanh(), nn.Linear(2, 1, bias=False, rng=rng))]
        self.by_name = {"shift": Tensor(np.zeros(2), requires_grad=True)}
        self.count = np.zeros(1)
        self.sizes = [2, 2, 1]

    def forward(self, x):
        first, (tanh, last) = self.layers
        return last(tanh(first(x * self.scale + self.by_name["shift"]))) + self.frozen


def state_of(module):
    return {name: array.tolist() for name, array in module.state_dict().items()}


def test_parameters_are_found_in_attributes_lists_tuples_and_dicts_in_order(rng):
    module = Pair(rng)
    names = ["scale", "frozen", "layers.0.weight", "layers.0.bias", "layers.1.1.weight", "by_name.shift"]
    assert [name for name, _ in module.named_parameters()] == names
    assert all(p is q for p, (_, q) in zip(module.parameters(), module.named_parameters(), strict=True))
    assert [name for name, _ in module.named_buffers()] == ["count"]
    assert module.count_parameters() == 2 + 1 + 6 + 2 + 2
    assert module.multiply_adds() == 2 * 2 + 2 * 1


def test_modules_are_named_by_where_they_stand_depth_first(rng):
    net = nn.Sequential(nn.Linear(2, 2, rng=rng), nn.Sequential(nn.Tanh(), nn.Linear(2, 1, rng=rng)))
    assert [name for name, _ in net.named_modules()] == ["", "0", "1", "1.0", "1.1"]
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.1.weight", "1.1.bias"]
    assert net.named_modules()[3][1] is net[1][0]


def test_a_layer_that_stands_twice_has_its_parameters_once_and_its_cost_twice(rng):
    shared = nn.Linear(3, 3, rng=rng)
    net = nn.Sequential(shared, nn.Tanh(), shared)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias"]
    assert (net.count_parameters(), net.multiply_adds()) == (12, 18)
    twin = net.copy()
    assert twin[0] is twin[2]
    assert twin[0] is not shared


def test_a_result_that_a_layer_keeps_is_no_parameter(rng):
    layer = nn.Linear(2, 2, rng=rng)
    layer.last = layer(np.ones((1, 2)))
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]


def test_a_parameter_in_a_tuple_is_refused():
    class Bad(nn.Module):
        def __init__(self):
            self.both = (Tensor(1.0, requires_grad=True),)

    with pytest.raises(
        UsageError, match=r"(?s)in a tuple.*expected: parameters as attributes.*'both'.*a list"
    ):
        Bad().parameters()


def test_train_and_eval_reach_every_part(rng):
    module = Pair(rng)
    assert module.eval() is module
    assert not any(part.training for _, part in module.named_modules())
    assert module.train() is module
    assert all(part.training for _, part in module.named_modules())


def test_zero_grad_forgets_all_gradients(rng):
    module = nn.Linear(2, 1, rng=rng)
    np.sum(module(np.ones((1, 2)))).backward()
    assert all(p.grad is not None for p in module.parameters())
    module.zero_grad()
    assert all(p.grad is None for p in module.parameters())


def test_a_module_without_forward_says_what_to_write():
    with pytest.raises(UsageError, match=r"(?s)expected: a method forward.*to mend"):
        nn.Module()(1.0)


def test_a_forward_put_into_an_instance_is_called_and_not_copied(rng):
    net = nn.Sequential(nn.Linear(2, 2, rng=rng), nn.Tanh())
    net[1].forward = lambda x: x * 0.0
    assert not np.any(net(np.ones((1, 2))).value)
    assert np.all(net.copy()(np.ones((1, 2))).value != 0)


def test_a_copy_shares_nothing(rng):
    module = Pair(rng)
    for twin in (module.copy(), copy.deepcopy(module)):
        assert state_of(twin) == state_of(module)
        before = state_of(module)
        for parameter in twin.parameters():
            parameter.assign(np.full(parameter.shape, 9.0))
        twin.count += 1.0
        assert state_of(module) == before


def test_a_state_goes_into_another_module_of_the_same_shapes(rng):
    module, other = Pair(rng), Pair(rng)
    module.count += 5.0
    assert state_of(module) != state_of(other)
    kept = other.parameters()
    assert other.load_state_dict(module.state_dict()) is other
    assert state_of(other) == state_of(module)
    assert all(p is q for p, q in zip(kept, other.parameters(), strict=True))


def test_a_state_is_a_copy(rng):
    module = nn.Linear(2, 1, rng=rng)
    before = state_of(module)
    for array in module.state_dict().values():
        array += 1.0
    assert state_of(module) == before


@pytest.mark.parametrize(
    ("spoil", "error", "text"),
    [
        (lambda s: s.pop("layers.0.bias"), UsageError, r"(?s)missing.*expected: 'layers\.0\.bias'"),
        (
            lambda s: s.update(extra=np.ones(1)),
            UsageError,
            r"(?s)no parameters of these names.*got: +'extra'",
        ),
        (
            lambda s: s.update({"by_name.shift": np.ones((2, 1))}),
            ShapeError,
            r"(?s)'by_name\.shift'.*expected: \(2,\).*got: +\(2, 1\)",
        ),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(spoil, error, text, rng):
    module = Pair(rng)
    state = {name: array + 1.0 for name, array in module.state_dict().items()}
    spoil(state)
    before = state_of(module)
    with pytest.raises(error, match=text):
        module.load_state_dict(state)
    assert state_of(module) == before


@pytest.mark.parametrize("name", ["weights.npz", "weights"])
def test_weights_come_back_from_a_file_bit_for_bit(name, tmp_path, rng):
    module = Pair(rng)
    module.save(tmp_path / name)
    other = Pair(rng)
    assert other.load(str(tmp_path / name)) is other
    assert state_of(other) == state_of(module)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with np.load(tmp_path / name, allow_pickle=False) as file:
        assert sorted(file) == sorted(module.state_dict())


def test_a_file_that_cannot_be_written_whole_is_left_as_it_was(tmp_path, rng, monkeypatch):
    module, path = nn.Linear(2, 2, rng=rng), tmp_path / "w.npz"
    module.save(path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half of")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(UsageError, match=r"(?s)could not be written.*No space left"):
        nn.Linear(2, 2, rng=rng).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path, rng):
    with pytest.raises(UsageError, match=r"(?s)could not be written.*nowhere.*make the folder"):
        nn.Linear(2, 2, rng=rng).save(tmp_path / "nowhere" / "w.npz")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"(?s)could not be written.*file.*make the folder"):
        nn.Linear(2, 2, rng=rng).save(tmp_path / "file" / "w.npz")


@pytest.mark.parametrize("content", [b"", b"not weights", b"PK\x03\x04 broken"])
def test_a_file_of_something_else_is_refused(content, tmp_path, rng):
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"(?s)could not be read.*expected: a \.npz file.*w\.npz"):
        nn.Linear(2, 2, rng=rng).load(path)
    with pytest.raises(UsageError, match="could not be read"):
        nn.Linear(2, 2, rng=rng).load(tmp_path / "absent.npz")


def test_a_file_with_pickled_objects_is_not_opened(tmp_path, rng):
    path = tmp_path / "w.npz"
    np.savez(path, weight=np.array([{}], dtype=object))
    with pytest.raises(UsageError, match=r"(?s)could not be read.*allow_pickle=False"):
        nn.Linear(2, 2, rng=rng).load(path)


def test_a_network_prints_its_layers_shapes_and_counts(rng):
    text = repr(nn.Sequential(nn.Linear(2, 3, rng=rng), nn.Residual(nn.Linear(3, 3, bias=False, rng=rng))))
    assert text.splitlines() == [
        "Sequential(",
        "  (0) Linear(2 -> 3): weight (2, 3), bias (3,): 9 parameters, 6 multiply-adds per row",
        "  (1) Residual(",
        "    (branch) Sequential(",
        "      (0) Linear(3 -> 3, no bias): weight (3, 3): 9 parameters, 9 multiply-adds per row",
        "    ): 9 parameters, 9 multiply-adds per row",
        "  ): 9 parameters, 9 multiply-adds per row",
        "): 18 parameters, 15 multiply-adds per row",
    ]


def test_counts_are_those_of_the_lecture(rng):
    # NB01: the nets 4-8-8-1 and 4-20-1, weights and biases counted by hand.
    deep, wide = nn.MLP([4, 8, 8, 1], rng=rng), nn.MLP([4, 20, 1], rng=rng)
    assert deep.count_parameters() == (4 * 8 + 8) + (8 * 8 + 8) + (8 + 1)
    assert wide.count_parameters() == (4 * 20 + 20) + (20 + 1)
    assert deep.multiply_adds() == 4 * 8 + 8 * 8 + 8
    assert wide.multiply_adds() == 4 * 20 + 20
