// Gestures: what mouse, pen and fingers do on the picture.

import { dragWindow } from "./grey_window.js";
import { clamp } from "./numbers.js";

const DEAD_ZONE = 3; // CSS pixels a click may wander without changing the window

export class Gestures {
  pointers = new Map(); // those that are down
  hover = null; // where the pointer is over the stage

  constructor(viewer) {
    this.viewer = viewer;
  }

  listen(on) {
    const { stage, readout } = this.viewer;
    on(stage, "pointerdown", (event) => this.press(event));
    on(stage, "pointermove", (event) => this.drag(event));
    on(stage, "pointerup", (event) => this.release(event));
    on(stage, "pointercancel", (event) => this.release(event));
    on(stage, "pointerleave", () => {
      this.hover = null;
      readout.showGrey();
    });
    on(stage, "wheel", (event) => this.turnWheel(event));
    on(stage, "dblclick", () => this.viewer.act("fit"));
  }

  press(event) {
    const { button, pointerId, clientX: x, clientY: y } = event;
    const { stage, view, tool } = this.viewer;
    if (button > 1) return;
    if (button === 1) event.preventDefault(); // no autoscroll
    stage.setPointerCapture(pointerId);
    // A second finger means to move the picture, not to draw.
    for (const other of this.pointers.values()) this.stopDrawing(other);
    const { at, pane } = view.picturePoint(event);
    const draws = tool && !button && !this.pointers.size && !pane.input && !pane.beside;
    this.pointers.set(pointerId, { x, y, button, draws, at, moved: false });
  }

  release({ pointerId, type }) {
    const pointer = this.pointers.get(pointerId);
    this.pointers.delete(pointerId);
    if (type === "pointercancel") this.stopDrawing(pointer);
    if (pointer?.drawing) this.viewer.handle(() => pointer.drawing.end());
  }

  stopDrawing(pointer) {
    pointer?.drawing?.cancel();
    if (pointer) Object.assign(pointer, { draws: false, drawing: null });
  }

  drag(event) {
    const { pointerId, shiftKey, clientX, clientY } = event;
    const { view, tool, readout } = this.viewer;
    this.hover = { clientX, clientY };
    const pointer = this.pointers.get(pointerId);
    if (!pointer) {
      readout.showGrey();
      return;
    }
    const dx = clientX - pointer.x;
    const dy = clientY - pointer.y;
    pointer.moved ||= Math.hypot(dx, dy) >= DEAD_ZONE;
    if (!pointer.moved) return;
    this.viewer.handle(() => {
      if (pointer.draws) {
        if (!pointer.drawing) tool.begin(pointer.at);
        pointer.drawing ??= tool;
        pointer.drawing.extend(view.picturePoint(event).at);
      } else if (this.pointers.size > 1) this.pinch(pointer, event);
      else if (shiftKey || pointer.button === 1) view.move(() => view.panBy(dx, dy));
      else dragWindow(this.viewer, dx, dy);
    });
    Object.assign(pointer, { x: clientX, y: clientY });
  }

  // Two fingers pan and zoom at once, about the point between them.
  pinch(pointer, { clientX, clientY }) {
    const { view } = this.viewer;
    const still = [...this.pointers.values()].find((other) => other !== pointer);
    const spread = (x, y) => Math.max(Math.hypot(x - still.x, y - still.y), 1);
    const middle = { clientX: (clientX + still.x) / 2, clientY: (clientY + still.y) / 2 };
    view.move(() => {
      view.panBy((clientX - pointer.x) / 2, (clientY - pointer.y) / 2);
      view.zoomBy(spread(clientX, clientY) / spread(pointer.x, pointer.y), middle);
    });
  }

  turnWheel(event) {
    event.preventDefault();
    const { view } = this.viewer;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch sends small steps
    const delta = clamp(event.deltaY * lines, -240, 240);
    this.viewer.handle(() => view.move(() => view.zoomBy(Math.exp(-delta * speed), event)));
  }
}
