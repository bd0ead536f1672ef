// The graph stepper: one recorded graph. All numbers and all places come from Python.
import { listen, sentence } from "./common.js";
import { stepper } from "./stepper.js";

function render({ model, el }) {
  let view = null;
  const build = () => {
    view?.dispose();
    view = attempt(() => stepper(model));
    el.replaceChildren(view.root);
    view.show();
  };
  const renew = () => {
    try {
      view.take(model.get("trace")); // what has the focus keeps it, and what was said is said anew
      view.show();
    } catch {
      build();
    }
  };
  const forgetTrace = listen(model, ["trace"], renew);
  const forgetState = listen(model, ["step", "known", "predict"], () => view.show());
  build();
  return () => {
    forgetTrace();
    forgetState();
    view.dispose();
    el.replaceChildren();
  };
}

/** A view, or where that fails one sentence that says so. */
function attempt(make) {
  try {
    return make();
  } catch (error) {
    const root = sentence(`The graph could not be drawn: ${error.message}`);
    return { root, show() {}, dispose() {} };
  }
}

export default { render };
