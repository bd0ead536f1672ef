"""What goes back to the browser when it has set something: one message, without what it has set itself."""

from __future__ import annotations

from typing import Any

import pytest

from backprop_course.widgets import ActivationExplorer, DescentExplorer, DistributionBars, LogitFitter

CASES = {
    "descent": (DescentExplorer, {"rate": 90}, {"run"}),
    "logit": (LogitFitter, {"w": [0.5, -0.5]}, {"run"}),
    "activation": (ActivationExplorer, {"weight": 3, "probe": 5}, {"run"}),
    "bars": (DistributionBars, {"move": {"of": "q", "at": 0, "to": 0.5, "from": [0.2, 0.8]}}, {"q", "run"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_follows_from_a_setting_comes_in_one_message(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, state, answer = CASES[case]
    widget = make([0.5, 0.5], [0.2, 0.8]) if make is DistributionBars else make()
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(widget, "_send", lambda msg, buffers=None: sent.append(msg))
    widget.set_state(state)
    assert [msg["method"] for msg in sent] == ["update"]  # an echo_update would come before it
    assert set(sent[0]["state"]) == answer


def test_a_setting_that_is_corrected_goes_back_to_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = LogitFitter()
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(widget, "_send", lambda msg, buffers=None: sent.append(msg))
    widget.set_state({"w": [1000.0, 0.0]})  # outside of the view
    (message,) = sent
    assert set(message["state"]) == {"w", "run"}
    assert message["state"]["w"] == [3.0, 0.0]
