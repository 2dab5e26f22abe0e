// Steps from case to case, counted here: the page answers slower than a key is pressed.

export class Steps {
  // The page tells by it whose step it has answered.
  mount = Math.random().toString(36).slice(2);
  step = 0;
  wanted = null; // where the reader is going, until the page has gone there

  constructor(send) {
    this.send = send;
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
    if (this.can(count)) this.go(this.at.place + count);
  }

  go(place) {
    const { order, total } = this.at;
    this.wanted = { order, place, total };
    this.step++;
    this.send({ order, place, mount: this.mount, step: this.step });
  }
}
