// Steps from case to case, counted here: the page answers slower than a key is pressed.

export class Steps {
  // The page tells by it which viewer it has answered.
  mount = Math.random().toString(36).slice(2);
  step = 0;
  wanted = null; // where the reader is going, until the page has gone there

  constructor(viewer) {
    this.viewer = viewer;
  }

  // Where the page is, as it says.
  update(cases) {
    this.cases = cases;
    const { mount, step } = cases?.answered ?? {};
    if (!cases || (mount === this.mount && step >= this.step)) this.wanted = null;
  }

  get at() {
    return this.wanted ?? this.cases;
  }

  can(by) {
    const place = this.at?.place + by;
    return place >= 0 && place < this.at.total;
  }

  by(count) {
    if (!this.can(count)) return;
    const { order, place, total } = this.at;
    this.wanted = { order, place: place + count, total };
    this.step++;
    this.viewer.stepped({ order, place: place + count, mount: this.mount, step: this.step });
  }
}
