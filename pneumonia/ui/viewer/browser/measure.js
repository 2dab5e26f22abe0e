// Lengths that the reader measures: lines in pixels of the picture as sent. They stay with
// their picture, whatever case is looked at meanwhile.

import { clamp, decimal } from "./numbers.js";
import { turned, turnedBack } from "./orientation.js";

const lines = new Map(); // by the picture's id

export class Measure {
  constructor(viewer) {
    this.viewer = viewer;
  }

  get sent() {
    const { id } = this.viewer.header;
    if (!lines.has(id)) lines.set(id, []);
    return lines.get(id);
  }

  // As the picture lies now: pairs of points, each with its length in words.
  get lines() {
    const { received, state } = this.viewer;
    return this.sent.map((line) => ({
      ends: line.map((at) => turned(at, received.header, state)),
      length: this.length(line),
    }));
  }

  // Millimetres where the file states the size of its pixels.
  length([[x0, y0], [x1, y1]]) {
    const { spacing, aspect, language } = this.viewer.received.header;
    const [down, across] = spacing ?? [aspect, 1];
    const length = Math.hypot((x1 - x0) * across, (y1 - y0) * down);
    return spacing ? `${decimal(length, 1, language)} mm` : `${Math.round(length)} px`;
  }

  within([x, y]) {
    const { header, received, state } = this.viewer;
    return turnedBack(
      [clamp(x, 0, header.width), clamp(y, 0, header.height)],
      received.header,
      state,
    );
  }

  begin(at) {
    this.sent.push([this.within(at), this.within(at)]);
  }

  extend(at) {
    this.sent.at(-1)[1] = this.within(at);
  }

  end() {}

  cancel() {
    this.sent.pop();
  }

  remove() {
    this.sent.pop();
  }

  // Arrow keys move the end of the last line, with `both` the whole line.
  moveByKey(step, both) {
    const { state, view } = this.viewer;
    if (!this.sent.length) this.begin(state.center);
    const [dx, dy] = view.pictureStep(step);
    const { ends } = this.lines.at(-1);
    const moved = ends.map(([x, y], k) =>
      k || both ? this.within([x + dx, y + dy]) : this.within([x, y]),
    );
    this.sent.splice(-1, 1, moved);
  }
}
