// The readout: buttons, fields and texts around the picture.

import { PRESETS, readoutUnits, setWindow } from "./grey_window.js";
import { rampStops } from "./layers.js";
import { decimal, grouped } from "./numbers.js";
import { contourLevels } from "./painter.js";

const WITHOUT_PICTURE = new Set(["previous", "next", "fullscreen", "keys"]);
const SCALE_BARS = [200, 100, 50, 20, 10, 5, 2, 1, 0.5]; // millimetres
const SCALE_BAR_ROOM = 64; // CSS pixels

export class Readout {
  constructor(viewer, root) {
    this.viewer = viewer;
    this.root = root;
    const indexed = (what, key) =>
      Object.fromEntries([...root.querySelectorAll(what)].map((part) => [key(part), part]));
    this.controls = indexed("[name]", (part) => part.name);
    this.outputs = indexed("[data-out]", (part) => part.dataset.out);
    this.buttons = [...root.querySelectorAll(".bar button, .controls button")];
    this.optional = [...root.querySelectorAll("[data-if]")];
    this.scaleBar = root.querySelector(".scale i");
    this.ramp = root.querySelector(".ramp i");
    this.foot = root.querySelector(".foot");
  }

  get header() {
    return this.viewer.header;
  }

  get state() {
    return this.viewer.state;
  }

  takeLayers(layers, transfer) {
    this.ramp.style.backgroundImage = `linear-gradient(90deg, ${rampStops(transfer)})`;
    this.controls.layer.replaceChildren(...layers.map(({ name }, i) => new Option(name, i)));
  }

  write(name, words) {
    const output = this.outputs[name];
    if (output.textContent !== words) output.textContent = words;
  }

  // All that follows from what is drawn in a pane.
  show(pane) {
    const { state, controls } = this;
    const { painter } = this.viewer;
    const { input } = painter;
    this.showCase();
    this.showButtons();
    this.showParts();
    controls.layer.value = state.layer;
    controls.opacity.value = state.opacity;
    controls.contourAt.value = state.contourAt;
    this.write("opacity", `${state.opacity}\u202f%`);
    contourLevels(state).forEach((level, i) => {
      this.write(`contour${i}`, `${level}\u202f%`);
    });
    this.write("input", input ? `${input.width} × ${input.height}` : "");
    const notes = [painter.layers[state.layer]?.note, this.header.note];
    this.write("note", notes.filter(Boolean).join(" "));
    this.write("length", this.viewer.measure.lines.at(-1)?.length ?? "");
    this.showWindow();
    this.showScale(this.viewer.view.placement(pane).scale / this.viewer.view.ratio);
    this.showGrey();
  }

  // Which case this is; while another is on its way, neither its name nor its answer.
  showCase() {
    const { steps, coming } = this.viewer;
    const { name, facts, flag, state, place } = this.header;
    this.root.toggleAttribute("data-waiting", Boolean(steps.wanted || coming));
    this.root.dataset.flag = state;
    this.root.toggleAttribute("data-blank", Boolean(this.header.blank));
    this.write("name", name);
    this.outputs.name.title = name;
    this.write("facts", facts);
    this.write("flag", flag);
    this.write("blank", this.header.blank);
    if (!steps.at) return;
    const at = steps.at.place < 0 ? "–" : steps.at.place + 1;
    this.write("place", place.replace("{place}", at).replace("{total}", steps.at.total));
  }

  showButtons() {
    const { painter, mark, fullscreen, steps, removesLine } = this.viewer;
    const pressed = { ...this.state, ...this.viewer.shown, zoom: !this.state.fit, fullscreen };
    const noMap = !painter.layers.length;
    const { marking } = this.header;
    const missing = {
      heatmap: noMap,
      contour: noMap,
      compare: noMap,
      input: !painter.input,
      drawing: !marking,
      unmark: !removesLine && !(marking && mark.corners),
      previous: !steps.can(-1),
      next: !steps.can(1),
    };
    for (const button of this.buttons) {
      const blank = this.header.blank && !WITHOUT_PICTURE.has(button.name);
      if (button.ariaPressed !== null) button.ariaPressed = String(pressed[button.name]);
      button.disabled = Boolean(blank || missing[button.name]);
    }
  }

  // The parts of the template that are there only in some states.
  showParts() {
    const { spacing, marking, blank, cases } = this.header;
    const { shown, measure, painter } = this.viewer;
    const present = {
      ...this.state,
      ...shown,
      ...{ spacing, marking, blank, cases },
      map: shown.heatmap || shown.contour,
      layers: painter.layers.length > 1,
      length: measure.lines.length > 0,
      oriented: this.state.turns || this.state.mirrored,
    };
    for (const part of this.optional) part.hidden = !present[part.dataset.if];
  }

  // Leaves alone what is being typed, until it is done.
  showWindow(typed = false) {
    const { low, high } = this.state;
    const { unit, slope, intercept } = readoutUnits(this.header);
    const [least, most] = this.header.range;
    const digits = Math.abs(slope) * (most - least) < 20 ? 2 : 0;
    const values = {
      width: (high - low) * Math.abs(slope),
      level: ((low + high) / 2) * slope + intercept,
    };
    for (const [name, value] of Object.entries(values)) {
      const idle = typed || !this.controls[name].matches(":focus");
      if (idle) this.controls[name].value = value.toFixed(digits);
    }
    this.write("unit", unit);
    const same = ([least, most]) => least === low && most === high;
    const preset = Object.keys(PRESETS).find((name) => same(PRESETS[name](this.header)));
    this.controls.preset.value = preset ?? "";
  }

  takeTypedWindow() {
    const { slope, intercept } = readoutUnits(this.header);
    const width = this.controls.width.valueAsNumber / Math.abs(slope);
    const level = (this.controls.level.valueAsNumber - intercept) / slope;
    if (width > 0 && Number.isFinite(level)) setWindow(this.viewer, width, level);
    this.showWindow(true);
  }

  // `zoom` is in CSS pixels per picture pixel.
  showScale(zoom) {
    this.write("zoom", `${grouped(zoom * window.devicePixelRatio * 100)}\u202f%`);
    if (!this.header.spacing) return;
    const pixelsPerMm = zoom / this.header.spacing[1];
    const length = SCALE_BARS.find((mm) => mm * pixelsPerMm <= SCALE_BAR_ROOM) ?? 0.2;
    this.scaleBar.style.width = `${length * pixelsPerMm}px`;
    const digits = Number.isInteger(length) ? 0 : 1;
    this.write("scale", `${decimal(length, digits, this.header.language)} mm`);
  }

  // The stored value under the pointer.
  showGrey() {
    const value = this.viewer.hoveredGrey();
    const { unit, rescale, range, greyOf } = this.header;
    if (value === null) this.write("grey", "–");
    else if (unit) this.write("grey", `${grouped(value * rescale[0] + rescale[1])} ${unit}`);
    else {
      const [at, most] = [value, range[1]].map(grouped);
      this.write("grey", greyOf.replace("{value}", at).replace("{most}", most));
    }
  }
}
