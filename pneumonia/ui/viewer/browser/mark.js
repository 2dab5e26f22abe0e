// The reader's mark: a rectangle in pixels of the picture: left, top, right, bottom.
// It stays with its picture, whatever case is looked at meanwhile.

import { clamp } from "./numbers.js";
import { turnBox, turnedBack } from "./orientation.js";

const marks = new Map(); // by the picture's id, as the picture was sent

export class Mark {
  constructor(viewer) {
    this.viewer = viewer;
  }

  get corners() {
    const { received, state } = this.viewer;
    const sent = marks.get(received.header.id);
    return sent ? turnBox(sent, received.header, state) : null;
  }

  set corners(corners) {
    const { id, width, height } = this.viewer.header;
    if (!corners) {
      marks.delete(id);
      return;
    }
    const [a, b] = [0, 2].map((k) =>
      turnedBack(
        [clamp(corners[k], 0, width), clamp(corners[k + 1], 0, height)],
        this.viewer.received.header,
        this.viewer.state,
      ),
    );
    const [low, high] = [Math.min, Math.max].map((pick) => a.map((at, k) => pick(at, b[k])));
    marks.set(id, [...low, ...high]);
  }

  begin(at) {
    this.before = this.corners;
    this.start = at;
  }

  extend(at) {
    this.corners = [...this.start, ...at];
  }

  // The next drag is of the window again.
  end() {
    this.viewer.state.drawing = false;
    this.send();
  }

  cancel() {
    this.corners = this.before;
  }

  send() {
    const { id } = this.viewer.header;
    const [left, top, right, bottom] = marks.get(id) ?? [0, 0, 0, 0];
    if (left === right || top === bottom) this.corners = null;
    this.unsent = false;
    this.viewer.markDrawn({ case: id, corners: marks.get(id) ?? null });
  }

  // Arrow keys move the mark; with `resize` they move its lower right corner.
  moveByKey(step, resize) {
    const { view, header, state } = this.viewer;
    const [dx, dy] = view.pictureStep(step);
    const { width, height } = header;
    const [x, y] = state.center;
    const half = Math.min(width, height) / 8;
    const [left, top, right, bottom] = this.corners ?? [x - half, y - half, x + half, y + half];
    if (resize)
      this.corners = [left, top, Math.max(right + dx, left + 1), Math.max(bottom + dy, top + 1)];
    else {
      const [moveX, moveY] = [clamp(dx, -left, width - right), clamp(dy, -top, height - bottom)];
      this.corners = [left + moveX, top + moveY, right + moveX, bottom + moveY];
    }
    this.unsent = true; // until the key is released
  }
}
