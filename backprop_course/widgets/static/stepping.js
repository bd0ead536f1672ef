// Going through a recorded run: back, play, on, and a slider.
import { button, h, player, setShut } from "./common.js";
import { slider } from "./controls.js";

const SIGNS = {
  back: "M11 3v10L4 8z",
  on: "M5 3v10l7-5z",
  play: "M4 2.5v11L13 8z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
};

/** Buttons and a slider over the steps from 0 to `last()`; `at()` is where the run is, `go` takes it elsewhere. */
export function stepping(label, { at, last, go, milliseconds }) {
  const byHand = (action) => () => {
    clock.stop();
    action();
  };
  const within = (step) => go(Math.min(Math.max(step, 0), last()));
  const clock = player(
    () => {
      if (at() >= last()) return false;
      go(at() + 1);
      return at() < last();
    },
    (playing) => {
      play.setAttribute("aria-label", playing ? "Pause" : "Play");
      play.title = playing ? "Pause" : "Play";
      play.querySelector("path").setAttribute("d", playing ? SIGNS.pause : SIGNS.play);
    },
    milliseconds,
  );
  const start = () => {
    if (at() >= last()) go(0);
    clock.toggle();
  };
  const back = button("Step back", byHand(() => within(at() - 1)), { icon: SIGNS.back });
  const play = button("Play", start, { icon: SIGNS.play });
  const on = button("Step on", byHand(() => within(at() + 1)), { icon: SIGNS.on });
  const place = slider(label, 1, (step) => {
    clock.stop();
    within(step);
  });
  return {
    root: h("div", { class: "bc-bar bc-stepping" }, back, play, on, place.root),
    stop: clock.stop,
    show(words) {
      place.input.max = String(last());
      place.show(at(), words);
      setShut(back, at() === 0);
      setShut(on, at() >= last());
    },
  };
}
