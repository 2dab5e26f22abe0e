// The radiograph viewer. All grey levels stay here at full bit depth; window, zoom and
// overlays are drawn at display resolution, without asking the server.

import { Gestures } from "./gestures.js";
import { PRESETS } from "./grey_window.js";
import { Keys } from "./keys.js";
import { Mark } from "./mark.js";
import { Measure } from "./measure.js";
import { turnHeader, turnPicture } from "./orientation.js";
import { Painter } from "./painter.js";
import { fetchBytes, forget, held, readPayload } from "./payload.js";
import { Readout } from "./readout.js";
import { Steps } from "./steps.js";
import { View } from "./view.js";

const MOVE_MS = 1000; // within which a rerun has put a viewer elsewhere on the page

class Viewer {
  // What the reader has set; `reset` gives the rest.
  state = { opacity: 50, contourAt: 50, layer: 0, heatmap: false, contour: false, compare: false };
  busyMs = 0; // spent in handlers since the last frame
  frame = 0;

  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.view = new View(this);
    this.mark = new Mark(this);
    this.measure = new Measure(this);
    this.steps = new Steps((asked) => this.stepped(asked));
    this.painter = new Painter(this, root.querySelector("canvas"));
    this.readout = new Readout(this, root);
    this.gestures = new Gestures(this);
    this.keys = new Keys(this);
    this.listen();
  }

  // ----------------------------------------------------------------- payload

  // Takes what a run says. The same again, after a rerun, changes nothing. Pixels that are
  // not here are fetched first.
  async take(header) {
    const text = JSON.stringify(header);
    if (text === this.wanted) return;
    this.wanted = text;
    if (!header.at.every(held)) {
      const wanted = () => this.wanted === text;
      if (!held(header.at[0])) this.await(true);
      await Promise.all(header.at.map((address) => fetchBytes(address, wanted)));
      if (!wanted()) return;
    }
    if (this.coming) this.await(false);
    this.update(readPayload(header));
  }

  // While a picture is on its way, its answer must not stand beside the one before.
  await(coming) {
    this.coming = coming;
    document.body.toggleAttribute("data-picture-coming", coming);
    this.schedule();
  }

  update(received) {
    const { header, layers, input } = received;
    const before = this.received;
    const sameCase = header.id === before?.header.id;
    const sameMaps = sameCase && header.content === before.header.content;
    this.received = received;
    this.steps.update(header.cases);
    if (!sameCase) this.openCase();
    else this.header = turnHeader(header, this.state);
    if (!sameMaps) this.takeMaps(layers, input);
    this.root.classList.toggle("fills", !header.stageHeight);
    this.root.style.setProperty("--stage-height", `${header.stageHeight}px`);
    this.state.drawing &&= header.marking;
    this.schedule();
  }

  openCase() {
    const { id } = this.received.header;
    if (latest?.id === id) {
      this.state = latest.state;
      this.layPicture();
    } else this.reset({ maps: true });
    latest = { id, state: this.state, owner: this };
  }

  // Lays the picture as the reader turned it; all else follows from it.
  layPicture() {
    const { header, grey } = this.received;
    const { width, height } = header;
    this.header = turnHeader(header, this.state);
    this.painter.openPicture(turnPicture({ data: grey, width, height }, this.state), header.range);
    this.layMaps();
  }

  layMaps() {
    const { layers, input } = this.received;
    this.painter.takeLayers(
      layers.map((layer) => turnPicture(layer, this.state)),
      input, // as the model received it, whichever way the picture lies
    );
  }

  takeMaps(layers, input) {
    const { state } = this;
    this.layMaps();
    this.readout.takeLayers(layers, this.header.transfer);
    if (!layers[state.layer]) state.layer = 0;
    if (!input) state.input = false;
  }

  // The state in which a case opens: grey and whole. A new case keeps `maps` as they are.
  reset({ maps = false } = {}) {
    const [low, high] = this.received.header.window;
    const off = { inverted: false, input: false, drawing: false, measuring: false };
    if (!maps) Object.assign(off, { heatmap: false, contour: false, compare: false });
    Object.assign(this.state, { low, high, turns: 0, mirrored: false, ...off });
    this.layPicture();
    this.view.fit();
  }

  // What a drag draws instead of changing the window.
  get tool() {
    if (this.state.drawing) return this.mark;
    return this.state.measuring ? this.measure : null;
  }

  turn(orientation) {
    Object.assign(this.state, orientation);
    this.layPicture();
    this.view.fit();
  }

  // What is laid over the picture: what the reader asked for, where there is a map.
  get shown() {
    const { heatmap, contour, compare, input } = this.state;
    const has = this.painter.layers.length > 0;
    const map = has && (heatmap || contour);
    const frame = Boolean(this.header.frame && (map || input));
    const other = this.kept && this.kept.header.id !== this.header.id;
    return {
      heatmap: has && heatmap,
      contour: has && contour,
      compare: has && compare,
      frame,
      keep: Boolean(this.kept),
      beside: Boolean(other && !input && !(has && compare)),
    };
  }

  // ----------------------------------------------------------------- drawing

  schedule() {
    this.request ??= requestAnimationFrame(() => this.draw());
  }

  // Runs a handler; what it changed is drawn in the next frame.
  handle(action) {
    const start = performance.now();
    action();
    this.busyMs += performance.now() - start;
    this.schedule();
  }

  draw() {
    cancelAnimationFrame(this.request);
    this.request = null;
    const { width, height } = this.view.size;
    if (!this.header || !width || !height) return;
    const start = performance.now();
    const panes = this.view.panes();
    this.readout.show(panes[0]); // first: the side letters keep clear of its foot
    this.painter.draw(panes);
    this.frame++;
    if (navigator.webdriver) this.report(panes[0], this.busyMs + performance.now() - start);
    this.busyMs = 0;
  }

  // Writes down what was drawn, only in a browser that a test drives.
  report(pane, frameMs) {
    const { x, y, scale } = this.view.placement(pane);
    const { ratio } = this.view;
    const { id } = this.header;
    const drawn = {
      id,
      origin: [x, y],
      scale,
      ratio,
      mark: this.mark.corners,
      lengths: this.measure.lines,
      sides: this.header.sides,
      kept: this.kept?.header.id ?? null,
      frame: this.frame,
      frameMs,
    };
    this.root.dataset.state = JSON.stringify({ ...this.state, ...this.shown, ...drawn });
  }

  hoveredGrey() {
    const { hover } = this.gestures;
    if (!hover) return null;
    const { at, pane } = this.view.picturePoint(hover);
    return pane.input || pane.beside ? null : this.painter.greyAt(...at.map(Math.floor));
  }

  // ----------------------------------------------------------------- actions

  get fullscreen() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  act(name) {
    const { state, view, gestures } = this;
    if (this.readout.controls[name]?.disabled) return;
    const toggle = () => {
      state[name] = !state[name];
      return state[name];
    };
    const actions = {
      zoom: () => view.toggleZoom(gestures.hover),
      zoomIn: () => view.zoomBy(1.25, gestures.hover),
      zoomOut: () => view.zoomBy(0.8, gestures.hover),
      fit: () => view.fit(),
      reset: () => this.reset(),
      // The second pane is the heatmap's or the model input's.
      compare: () => toggle() && Object.assign(state, { heatmap: true, input: false }),
      input: () => toggle() && Object.assign(state, { compare: false }),
      fullscreen: () =>
        this.fullscreen ? document.exitFullscreen() : this.root.requestFullscreen(),
      keys: () => this.root.querySelector("[popover]").togglePopover(),
      turned: () => this.turn({ turns: (state.turns + 1) % 4 }),
      mirrored: () => this.turn({ turns: (4 - state.turns) % 4, mirrored: !state.mirrored }),
      keep: () => {
        const { header, painter } = this;
        this.kept = this.kept ? null : { header, painter: painter.copy() };
      },
      drawing: () => toggle() && Object.assign(state, { measuring: false }),
      measuring: () => toggle() && Object.assign(state, { drawing: false }),
      unmark: () => {
        if (this.removesLine) {
          this.measure.remove();
          return;
        }
        this.mark.corners = null;
        this.mark.send();
      },
      previous: () => this.steps.by(-1),
      next: () => this.steps.by(1),
    };
    if (PRESETS[name]) this.handle(() => this.setPreset(name));
    else this.handle(actions[name] ?? toggle);
  }

  setPreset(name) {
    const [low, high] = PRESETS[name](this.header);
    Object.assign(this.state, { low, high });
  }

  // The mark goes first, unless lines are being drawn; it may be locked.
  get removesLine() {
    const marked = this.header.marking && this.mark.corners && !this.state.measuring;
    return !marked && this.measure.lines.length > 0;
  }

  // ----------------------------------------------------------------- the page

  listen() {
    const { root, stage, readout } = this;
    this.listening = new AbortController();
    const options = { signal: this.listening.signal, passive: false };
    const on = (target, type, listener) =>
      target.addEventListener(type, (event) => this.header && listener(event), options);
    this.gestures.listen(on);
    this.keys.listen(on);
    this.listenToControls(on);
    for (const [target, type] of [
      [window, "resize"],
      [root, "fullscreenchange"],
    ]) {
      on(target, type, () => this.schedule());
    }
    readout.controls.fullscreen.hidden = !document.fullscreenEnabled;
    this.resizing = new ResizeObserver(() => {
      this.view.size = { width: stage.clientWidth, height: stage.clientHeight };
      this.draw(); // at once: a resized canvas is blank until drawn
    });
    this.resizing.observe(stage);
  }

  listenToControls(on) {
    const { stage, readout } = this;
    const { controls, buttons } = readout;
    for (const button of buttons) {
      on(button, "click", () => button.popoverTargetElement || this.act(button.name));
      // With the mouse the focus goes to the picture, so that the keys go on working.
      on(button, "mousedown", (event) => {
        event.preventDefault();
        stage.focus({ preventScroll: true });
      });
    }
    for (const name of ["opacity", "contourAt", "layer"]) {
      on(controls[name], "input", () =>
        this.handle(() => {
          this.state[name] = Number(controls[name].value);
        }),
      );
    }
    on(controls.preset, "change", () => this.act(controls.preset.value));
    for (const name of ["width", "level"]) {
      on(controls[name], "change", () => this.handle(() => readout.takeTypedWindow()));
    }
  }

  destroy() {
    this.wanted = null;
    if (this.coming) this.await(false);
    this.listening.abort();
    this.resizing.disconnect();
    cancelAnimationFrame(this.request);
    this.view.destroy();
    setTimeout(() => {
      if (latest?.owner !== this) return;
      latest = null;
      forget();
    }, MOVE_MS);
  }
}

// Streamlit calls this once. A rerun that moves the viewer on the page makes a new one,
// shortly before or after it removes the old: the new one takes over its state.
const viewers = new WeakMap();
let latest = null; // the case opened last, and its state

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  const viewer = viewers.get(root) ?? new Viewer(root);
  viewers.set(root, viewer);
  viewer.stepped = (asked) => setStateValue("asked", asked);
  viewer.markDrawn = (mark) => setStateValue("mark", mark);
  const take = () => {
    const told = globalThis.told?.get(data.key);
    if (told) viewer.take(told);
  };
  globalThis.addEventListener(`told-${data.key}`, take);
  take();
  viewer.mount = Symbol("mount");
  const { mount } = viewer;
  return () => {
    globalThis.removeEventListener(`told-${data.key}`, take);
    // The clean-up of a call that another has overtaken must not end the viewer.
    if (viewer.mount !== mount) return;
    viewer.destroy();
    viewers.delete(root);
  };
}
