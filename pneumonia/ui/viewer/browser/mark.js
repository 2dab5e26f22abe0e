// The reader's mark: a rectangle in pixels of the picture: left, top, right, bottom.
// It stays with its picture, whatever case is looked at meanwhile.

import { clamp } from "./numbers.js";

const MARK_STEP = 8; // CSS pixels

const marks = new Map(); // by the picture's id

export class Mark {
  constructor(viewer) {
    this.viewer = viewer;
  }

  get corners() {
    return marks.get(this.viewer.header.id) ?? null;
  }

  set corners(corners) {
    const { id, width, height } = this.viewer.header;
    if (!corners) {
      marks.delete(id);
      return;
    }
    const [x, y] = [width, height].map((side, axis) =>
      [corners[axis], corners[axis + 2]].map((at) => clamp(at, 0, side)).sort((a, b) => a - b),
    );
    marks.set(id, [x[0], y[0], x[1], y[1]]);
  }

  send() {
    const [left, top, right, bottom] = this.corners ?? [0, 0, 0, 0];
    if (left === right || top === bottom) this.corners = null;
    this.unsent = false;
    this.viewer.markDrawn({ case: this.viewer.header.id, corners: this.corners });
  }

  // Arrow keys move the mark; with `resize` they move its lower right corner.
  moveByKey([across, along], resize) {
    const { view, header, state } = this.viewer;
    const { scale, scaleY } = view.placement(view.panes()[0]);
    const [dx, dy] = [
      (across * MARK_STEP * view.ratio) / scale,
      (along * MARK_STEP * view.ratio) / scaleY,
    ];
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
