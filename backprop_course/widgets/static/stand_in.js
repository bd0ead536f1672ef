// What stands in for anywidget's model where there is no kernel: traits, who listens to them, and recorded answers.

export class StandIn {
  /**
   * `asks` names the traits that only a kernel can answer, `recorded` has the answers that were written down, as
   * pairs of the settings asked for and the traits that came back. `refused` hears of each question how much of it
   * was not among them ("", "part" or "nothing" was answered), and which traits were set back for the others.
   */
  constructor(traits, { asks = [], recorded = [], refused = () => {} } = {}) {
    Object.assign(this, { traits, asks, recorded, refused });
    this.listeners = {};
    this.answered = this.asked();
  }

  get(name) {
    return this.traits[name];
  }

  set(name, value) {
    if (this.traits[name] === value) return;
    this.traits[name] = value;
    for (const callback of [...(this.listeners[`change:${name}`] ?? [])]) callback();
  }

  /**
   * Answer what was set from the record. Where the settings are not in it together, what was set last is kept and
   * the others follow the record; where that is not in it either, it is set back.
   */
  save_changes() {
    const [asked, answered] = [this.asked(), this.answered];
    const changed = this.asks.filter((name) => !same(asked[name], answered[name]));
    if (!changed.length) return;
    const agreeing = ({ settings }, names) => names.filter((name) => same(settings[name], asked[name])).length;
    const fitting = this.recorded.filter((one) => agreeing(one, changed) === changed.length);
    fitting.sort((one, other) => agreeing(other, this.asks) - agreeing(one, this.asks));
    const [found] = fitting;
    this.setAll(found ? found.answer : answered);
    this.answered = this.asked();
    const back = this.asks.filter((name) => !same(this.answered[name], asked[name]));
    this.refused(found ? (back.length ? "part" : "") : "nothing", back);
  }

  /** A message to the kernel has no answer here. */
  send() {
    this.refused("nothing");
  }

  on(event, callback) {
    (this.listeners[event] ??= []).push(callback);
  }

  off(event, callback) {
    this.listeners[event] = (this.listeners[event] ?? []).filter((one) => one !== callback);
  }

  asked() {
    return Object.fromEntries(this.asks.map((name) => [name, this.traits[name]]));
  }

  setAll(traits) {
    for (const [name, value] of Object.entries(traits)) this.set(name, value);
  }
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
