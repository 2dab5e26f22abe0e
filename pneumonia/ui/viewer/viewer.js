// The radiograph viewer. All grey levels stay here at full bit depth; window, zoom and
// overlays are drawn at display resolution, without asking the server.

const FLUENT_PIXELS = 1.6e6; // a larger picture moves at half resolution, then sharpens
const REST_MS = 150;
const MOVE_MS = 1000; // within which a rerun has put a viewer elsewhere on the page
const MAX_ZOOM = 32; // CSS pixels per picture pixel
const DRAG_FOR_FULL_WINDOW = 500; // CSS pixels
const DEAD_ZONE = 3; // CSS pixels a click may wander without changing the window
const PAN_STEP = 60; // CSS pixels
const MAP_GRID = 512; // cells on the longer side to which a map is stretched for colour,
const CONTOUR_GRID = 192; // and for contours
const CONTOUR_EDGE = "rgba(8, 10, 14, 0.7)"; // around every line, to show on white too
const CONTOUR_LINE = "#f3efe2";
const MARK_LINE = "#7cc4ff";
const MARK_STEP = 8; // CSS pixels
const SURROUND = "#07090b";
// Inferno (matplotlib) at every sixteenth.
const INFERNO = [
  0x000004, 0x0b0724, 0x210c4a, 0x3d0965, 0x56106e, 0x70196e, 0x89226a, 0xa32c61, 0xbb3654,
  0xd14545, 0xe35932, 0xf1721e, 0xf98c0a, 0xfcaa0f, 0xf9c932, 0xf2e865, 0xfcffa4,
];
// The buttons' keys stand in the template; these have no button.
const OTHER_KEYS = {
  "+": "zoomIn", "-": "zoomOut", ArrowLeft: "previous", ArrowRight: "next", Backspace: "unmark",
};
const PAN_KEYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const grouped = (value) =>
  String(Math.round(value)).replace("-", "\u2212").replace(/\B(?=(\d{3})+$)/g, "\u202f");

// ------------------------------------------------------------------ payload

// Reads the header, and views (not copies) the blocks that follow it.
function readPayload(bytes) {
  // The message may hold the payload at an odd address, where no Uint16Array can look.
  const payload = bytes.byteOffset % 4 ? bytes.slice() : bytes;
  const { buffer, byteOffset } = payload;
  const length = new DataView(buffer, byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(payload.subarray(4, 4 + length));
  const header = JSON.parse(text);
  let offset = byteOffset + 4 + length;
  const take = (Type, { width, height, channels = 1 }) => {
    const block = new Type(buffer, offset, width * height * channels);
    offset += Math.ceil(block.byteLength / 4) * 4;
    return block;
  };
  const grey = take(header.bytes === 2 ? Uint16Array : Uint8Array, header);
  const layers = header.layers.map((layer) => ({ ...layer, data: take(Uint8Array, layer) }));
  const input = header.input && { ...header.input, data: take(Uint8Array, header.input) };
  return { header, text, grey, layers, input };
}

// ------------------------------------------------------------------ sampling

// For each screen pixel the first of two source pixels, and the other's weight of 128.
function taps(from, to, origin, scale, size) {
  const index = new Int32Array(to - from);
  const weight = new Int32Array(to - from);
  for (let i = from; i < to; i++) {
    const at = clamp((i + 0.5 - origin) / scale - 0.5, 0, size - 1);
    index[i - from] = Math.min(Math.floor(at), Math.max(size - 2, 0));
    weight[i - from] = Math.round((at - index[i - from]) * 128);
  }
  return { index, weight };
}

// Bilinear, in integers that stay within 31 bits at 16-bit depth. A source row serves all
// screen rows beside it: zooming in costs less, not more.
function resample({ data, width, height }, across, down, out) {
  const next = width > 1 ? 1 : 0;
  let upper = { of: -1, values: new Int32Array(across.index.length) };
  let lower = { of: -1, values: new Int32Array(across.index.length) };
  down.index.forEach((row, y) => {
    if (lower.of === row) [upper, lower] = [lower, upper];
    if (upper.of !== row) blendColumns(data, row, width, next, across, upper);
    const below = Math.min(row + 1, height - 1);
    if (lower.of !== below) blendColumns(data, below, width, next, across, lower);
    blendRows(upper.values, lower.values, down.weight[y], out, y * across.index.length);
  });
}

function blendColumns(data, row, width, next, { index, weight }, line) {
  const { values } = line;
  const start = row * width;
  for (let x = 0; x < values.length; x++) {
    const i = start + index[x];
    const value = data[i];
    values[x] = (value << 7) + Math.imul(data[i + next] - value, weight[x]);
  }
  line.of = row;
}

function blendRows(upper, lower, weight, out, start) {
  for (let x = 0; x < upper.length; x++) {
    const value = upper[x];
    out[start + x] = ((value << 7) + Math.imul(lower[x] - value, weight) + 8192) >> 14;
  }
}

// Halved copies: a picture shown small is averaged, not thinned out.
function buildPyramid(picture) {
  const levels = [picture];
  for (let last = picture; Math.max(last.width, last.height) > 256; levels.push(last)) {
    last = resized(last, (last.width + 1) >> 1, (last.height + 1) >> 1, 0.5, 0.5);
  }
  return levels;
}

function resized(source, width, height, scaleX, scaleY) {
  const data = new source.data.constructor(width * height);
  const across = taps(0, width, 0, scaleX, source.width);
  const down = taps(0, height, 0, scaleY, source.height);
  resample(source, across, down, data);
  return { data, width, height };
}

// Opaque screen pixels for every stored value up to the picture's largest.
function fillGreyTable(table, { low, high, inverted }) {
  for (let value = 0; value < table.length; value++) {
    const grey = Math.round(clamp((value - low) / (high - low), 0, 1) * 255);
    table[value] = 0xff000000 | ((inverted ? 255 - grey : grey) * 0x010101);
  }
}

// A function of its own: the compiler then keeps the loop tight.
function paintGrey(samples, table, screen, count) {
  for (let k = 0; k < count; k++) screen[k] = table[samples[k]];
}

// ------------------------------------------------------------------ saliency

// Red, green, blue, and an opacity that leaves low values transparent.
function inferno(strength) {
  const first = Math.min(Math.floor(strength * 16), 15);
  const mixed = [16, 8, 0].map((shift) => {
    const [a, b] = [first, first + 1].map((i) => (INFERNO[i] >> shift) & 255);
    return Math.round(a + (b - a) * (strength * 16 - first));
  });
  return [...mixed, clamp((strength - 0.12) / 0.38, 0, 1)];
}

// Stretches a map to the picture's shape before it is coloured: colours must not mix.
function stretched(layer, longest, aspect) {
  const width = Math.max(Math.round(longest * Math.min(1, aspect)), 2);
  const height = Math.max(Math.round(longest * Math.min(1, 1 / aspect)), 2);
  const fine = { ...layer, data: Uint16Array.from(layer.data, (strength) => strength * 256) };
  return resized(fine, width, height, width / layer.width, height / layer.height);
}

function paintedCanvas(width, height, colourOf) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const image = new ImageData(width, height);
  for (let k = 0; k < width * height; k++) image.data.set(colourOf(k), 4 * k);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function mapCanvas(layer, aspect) {
  const { data, width, height } = stretched(layer, MAP_GRID, aspect);
  const colours = Array.from({ length: 256 }, (_, i) => inferno(i / 255));
  for (const colour of colours) colour[3] *= 255;
  return paintedCanvas(width, height, (k) => colours[data[k] >> 8]);
}

function inputCanvas({ width, height, channels, data }) {
  const channel = (k, c) => data[k * channels + (channels === 3 ? c : 0)];
  return paintedCanvas(width, height, (k) => [channel(k, 0), channel(k, 1), channel(k, 2), 255]);
}

// Marching squares; the path is in fractions of the picture's width and height.
function contourPath(layer, aspect, level) {
  const { data, width, height } = stretched(layer, CONTOUR_GRID, aspect);
  const threshold = level * 255 * 256;
  const path = new Path2D();
  const crossing = ([xa, ya], [xb, yb]) => {
    const [a, b] = [data[ya * width + xa], data[yb * width + xb]];
    if (a >= threshold === b >= threshold) return null;
    const t = (threshold - a) / (b - a);
    return [(xa + (xb - xa) * t + 0.5) / width, (ya + (yb - ya) * t + 0.5) / height];
  };
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]];
      const ends = corners.map((a, i) => crossing(a, corners[(i + 1) % 4])).filter(Boolean);
      for (let i = 0; i + 1 < ends.length; i += 2) {
        path.moveTo(...ends[i]);
        path.lineTo(...ends[i + 1]);
      }
    }
  }
  return path;
}

// ------------------------------------------------------------------ viewer

class Viewer {
  state = { opacity: 50, contourAt: 50, layer: 0 };
  size = { width: 0, height: 0 }; // of the stage, in CSS pixels
  pointers = new Map();
  hover = null; // where the pointer is over the stage
  busyMs = 0; // spent in handlers since the last frame
  frame = 0;

  constructor(root) {
    this.root = root;
    this.stage = root.querySelector(".stage");
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    const indexed = (what, key) => Object.fromEntries([...root.querySelectorAll(what)].map((it) => [key(it), it]));
    this.controls = indexed("[name]", (it) => it.name);
    this.outputs = indexed("[data-out]", (it) => it.dataset.out);
    this.buttons = [...root.querySelectorAll(".controls button")];
    this.optional = [...root.querySelectorAll("[data-if]")];
    this.scaleBar = root.querySelector(".scale i");
    this.keys = { ...OTHER_KEYS };
    for (const it of this.buttons) this.keys[it.getAttribute("aria-keyshortcuts")] = it.name;
    const stops = INFERNO.map((_, i) => `rgba(${inferno(i / 16)})`);
    root.querySelector(".ramp i").style.backgroundImage = `linear-gradient(90deg, ${stops})`;
    this.listen();
  }

  // Takes a payload. The same one again, after a rerun, changes nothing.
  update(bytes) {
    const { header, text, grey, layers, input } = readPayload(bytes);
    if (text === this.text) return;
    const sameCase = header.id === this.header?.id;
    const sameMaps = sameCase && header.content === this.header.content;
    Object.assign(this, { header, text });
    this.aspect = header.aspect;
    if (!sameCase) this.openCase(grey);
    if (!sameMaps) this.takeMaps(layers, input);
    this.root.style.setProperty("--stage-height", `${header.stageHeight}px`);
    this.show("note", header.note);
    this.state.drawing &&= header.marking;
    if (!this.frame) this.fitScreen();
    this.schedule();
  }

  openCase(grey) {
    const { id, width, height, range } = this.header;
    this.levels = buildPyramid({ data: grey, width, height });
    this.table = new Uint32Array(Math.max(range[1], 255) + 1);
    this.buffers = null;
    if (latest?.id === id) this.state = latest.state;
    else this.reset();
    latest = { id, state: this.state, owner: this };
  }

  takeMaps(layers, input) {
    Object.assign(this, { layers, input: input && { ...input, canvas: inputCanvas(input) } });
    this.map = null;
    this.controls.layer.replaceChildren(...layers.map(({ name }, i) => new Option(name, i)));
    if (!layers[this.state.layer]) this.state.layer = 0;
    if (!layers.length) Object.assign(this.state, { heatmap: false, contour: false, compare: false });
    if (!input) this.state.input = false;
  }

  // The state in which a case opens: grey, whole, without heatmap.
  reset() {
    const [low, high] = this.header.window;
    const off = { inverted: false, heatmap: false, contour: false, compare: false, input: false, drawing: false };
    Object.assign(this.state, { low, high, ...off });
    this.fit();
  }

  // ---------------------------------------------------------------- geometry

  get ratio() {
    const ratio = window.devicePixelRatio || 1;
    const large = this.size.width * this.size.height * ratio ** 2 > FLUENT_PIXELS;
    return this.moving && large ? ratio / 2 : ratio;
  }

  // The picture areas in device pixels: one, or two split along the roomier side.
  panes() {
    const [width, height] = [this.size.width, this.size.height].map((side) => Math.round(side * this.ratio));
    const { input, compare } = this.state;
    if (!input && !compare) return [{ x: 0, y: 0, width, height, map: true }];
    const gap = Math.round(4 * this.ratio);
    const beside = { width: (width - gap) >> 1, height };
    const below = { width, height: (height - gap) >> 1 };
    const half = this.fitScale(beside) >= this.fitScale(below) ? beside : below;
    return [
      { x: 0, y: 0, ...half, map: input },
      { x: width - half.width, y: height - half.height, ...half, map: compare, input },
    ];
  }

  // Tells the style sheet how much of the screen the page above and the controls below
  // take, so that a low screen shows picture and controls together.
  fitScreen() {
    if (this.fullscreen) return;
    let above = this.stage.getBoundingClientRect().top;
    for (let node = this.root.getRootNode().host; node; node = node.parentElement) above += node.scrollTop;
    const below = this.root.offsetHeight - this.stage.offsetHeight;
    this.root.style.setProperty("--around", `${Math.ceil(above + below)}px`);
  }

  // Device pixels per picture pixel at which the whole picture fits.
  fitScale({ width, height }) {
    return Math.min(width / this.header.width, height / (this.header.height * this.aspect));
  }

  // Where the picture lies on the canvas; on whole device pixels, for sharpness.
  placement(pane) {
    const { fit, zoom, center } = this.state;
    const scale = fit ? this.fitScale(pane) : zoom * this.ratio;
    const scaleY = scale * this.aspect;
    const x = pane.x + Math.round(pane.width / 2 - center[0] * scale);
    const y = pane.y + Math.round(pane.height / 2 - center[1] * scaleY);
    const right = x + Math.round(this.header.width * scale);
    const bottom = y + Math.round(this.header.height * scaleY);
    return { scale, scaleY, x, y, right, bottom };
  }

  // The pane under a point of the page, and the point's place on the canvas.
  locate({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    const x = (clientX - box.left) * this.ratio;
    const y = (clientY - box.top) * this.ratio;
    const panes = this.panes();
    return { x, y, pane: panes.findLast((pane) => x >= pane.x && y >= pane.y) ?? panes[0] };
  }

  fit() {
    const center = [this.header.width / 2, this.header.height / 2];
    Object.assign(this.state, { fit: true, zoom: 1, center });
  }

  view(scale, [x, y]) {
    const center = [clamp(x, 0, this.header.width), clamp(y, 0, this.header.height)];
    Object.assign(this.state, { fit: false, zoom: scale / this.ratio, center });
  }

  // The picture point under the pointer, or else at the centre, stays where it is.
  zoomBy(factor, pointer = this.hover) {
    const { x, y, pane } = pointer ? this.locate(pointer) : { pane: this.panes()[0] };
    const before = this.placement(pane).scale;
    const scale = Math.min(before * factor, MAX_ZOOM * this.ratio);
    if (scale <= this.fitScale(pane)) return this.fit();
    const shift = 1 / before - 1 / scale;
    const dx = pointer ? x - pane.x - pane.width / 2 : 0;
    const dy = pointer ? y - pane.y - pane.height / 2 : 0;
    const [cx, cy] = this.state.center;
    this.view(scale, [cx + dx * shift, cy + (dy * shift) / this.aspect]);
  }

  toggleZoom() {
    if (!this.state.fit) return this.fit();
    const fit = this.fitScale(this.panes()[0]);
    // A small picture already fills the screen beyond 1:1; then the next whole step.
    this.zoomBy((fit < 0.95 ? 1 : Math.ceil(fit * 1.5)) / fit);
  }

  panBy(dx, dy) {
    const { scale, scaleY } = this.placement(this.panes()[0]);
    const [x, y] = this.state.center;
    this.view(scale, [x - (dx * this.ratio) / scale, y - (dy * this.ratio) / scaleY]);
  }

  // ---------------------------------------------------------------- window

  setWindow(width, level) {
    const [least, most] = this.header.range;
    const half = clamp(width, 1, 2 * (most - least)) / 2;
    const center = clamp(level, least, most);
    Object.assign(this.state, { low: center - half, high: center + half });
  }

  dragWindow(dx, dy) {
    const { low, high } = this.state;
    const step = (this.header.window[1] - this.header.window[0]) / DRAG_FOR_FULL_WINDOW;
    this.setWindow(high - low + dx * step, (low + high) / 2 + dy * step);
  }

  // How stored values are read out: in modality units, or in percent of the full range.
  get units() {
    const { unit, rescale, range } = this.header;
    if (unit) return { unit, slope: rescale[0], intercept: rescale[1] };
    const slope = 100 / (range[1] - range[0]);
    return { unit: "%", slope, intercept: -range[0] * slope };
  }

  typeWindow() {
    const { slope, intercept } = this.units;
    const width = this.controls.width.valueAsNumber / Math.abs(slope);
    const level = (this.controls.level.valueAsNumber - intercept) / slope;
    if (width > 0 && Number.isFinite(level)) this.setWindow(width, level);
    this.showWindow(true);
  }

  // ---------------------------------------------------------------- drawing

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
    if (!this.header || !this.size.width || !this.size.height) return;
    const start = performance.now();
    const panes = this.panes();
    const width = panes.at(-1).x + panes.at(-1).width;
    const height = panes.at(-1).y + panes.at(-1).height;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
    }
    this.context.fillStyle = SURROUND;
    this.context.fillRect(0, 0, width, height);
    for (const pane of panes) pane.input ? this.drawInput(pane) : this.drawPicture(pane);
    this.showState(panes[0]);
    this.report(panes[0], this.busyMs + performance.now() - start);
    this.busyMs = 0;
  }

  drawPicture(pane) {
    const at = this.placement(pane);
    const left = Math.max(pane.x, at.x);
    const top = Math.max(pane.y, at.y);
    const width = Math.min(pane.x + pane.width, at.right) - left;
    const height = Math.min(pane.y + pane.height, at.bottom) - top;
    if (width <= 0 || height <= 0) return;
    const image = this.windowed({ left, top, width, height }, at);
    this.context.putImageData(image, left, top);
    this.context.save();
    this.context.beginPath();
    this.context.rect(pane.x, pane.y, pane.width, pane.height);
    this.context.clip();
    if (pane.map && this.state.heatmap) this.drawHeatmap(at);
    if (pane.map && this.state.contour) this.drawContours(at);
    if (this.mark) this.drawMark(at);
    this.context.restore();
  }

  // The grey picture in a box of the canvas. Dragging the window keeps the samples.
  windowed(box, at) {
    const { left, top, width, height } = box;
    const buffers = this.buffersFor(width, height);
    // Relative to the picture, so that the second of two linked panes finds them too.
    const view = [left - at.x, top - at.y, width, height, at.scale, at.scaleY].join();
    if (view !== buffers.view) {
      const depth = clamp(Math.floor(-Math.log2(at.scale)), 0, this.levels.length - 1);
      const level = this.levels[depth];
      const across = taps(left, left + width, at.x, at.scale * 2 ** depth, level.width);
      const down = taps(top, top + height, at.y, at.scaleY * 2 ** depth, level.height);
      resample(level, across, down, buffers.samples);
      Object.assign(buffers, { view, shown: null });
    }
    const shown = [this.state.low, this.state.high, this.state.inverted].join();
    if (shown !== buffers.shown) {
      fillGreyTable(this.table, this.state);
      paintGrey(buffers.samples, this.table, buffers.screen, width * height);
      buffers.shown = shown;
    }
    return buffers.image;
  }

  // As large as the canvas, so that zooming asks for no memory.
  buffersFor(width, height) {
    const count = width * height;
    if (!(this.buffers?.screen.length >= count)) {
      const room = Math.max(count, this.canvas.width * this.canvas.height);
      const samples = new this.levels[0].data.constructor(room);
      this.buffers = { samples, screen: new Uint32Array(room) };
    }
    const { buffers } = this;
    if (buffers.image?.width !== width || buffers.image.height !== height) {
      const pixels = new Uint8ClampedArray(buffers.screen.buffer, 0, count * 4);
      buffers.image = new ImageData(pixels, width, height);
    }
    return buffers;
  }

  // The chosen level, and a thicker line half-way from it to the strongest place.
  get contourLevels() {
    const { contourAt } = this.state;
    return [contourAt, Math.round((contourAt + 100) / 2)];
  }

  // Drawings of the selected map, made when first asked for.
  drawing(name, make) {
    const layer = this.layers[this.state.layer];
    if (this.map?.layer !== layer) this.map = { layer };
    return (this.map[name] ??= make(layer, this.header.width / (this.header.height * this.aspect)));
  }

  drawHeatmap({ x, y, right, bottom }) {
    this.context.globalAlpha = this.state.opacity / 100;
    this.context.drawImage(this.drawing("heatmap", mapCanvas), x, y, right - x, bottom - y);
    this.context.globalAlpha = 1;
  }

  drawContours({ x, y, right, bottom }) {
    this.contourLevels.forEach((level, i) => {
      const path = this.drawing(`contour ${level}`, (...map) => contourPath(...map, level / 100));
      const placed = new Path2D();
      placed.addPath(path, new DOMMatrix([right - x, 0, 0, bottom - y, x, y]));
      this.stroke(placed, CONTOUR_LINE, i + 1);
    });
  }

  drawMark({ x, y, scale, scaleY }) {
    const [left, top, right, bottom] = this.mark;
    const path = new Path2D();
    path.rect(x + left * scale, y + top * scaleY, (right - left) * scale, (bottom - top) * scaleY);
    this.stroke(path, MARK_LINE, 1.5);
  }

  stroke(path, colour, width) {
    this.context.lineCap = "round";
    for (const [style, edge] of [[CONTOUR_EDGE, 2], [colour, 0]]) {
      this.context.strokeStyle = style;
      this.context.lineWidth = (width + edge) * this.ratio;
      this.context.stroke(path);
    }
  }

  // ---------------------------------------------------------------- the reader's mark

  // A rectangle in pixels of the picture: left, top, right, bottom. It stays with the
  // picture, whatever case is looked at meanwhile.
  get mark() {
    return marks.get(this.header.id) ?? null;
  }

  set mark(corners) {
    if (!corners) return marks.delete(this.header.id);
    const { width, height } = this.header;
    const [x, y] = [0, 1].map((axis) =>
      [corners[axis], corners[axis + 2]].map((at) => clamp(at, 0, axis ? height : width)).sort((a, b) => a - b)
    );
    marks.set(this.header.id, [x[0], y[0], x[1], y[1]]);
  }

  sendMark() {
    const [left, top, right, bottom] = this.mark ?? [0, 0, 0, 0];
    if (left === right || top === bottom) this.mark = null;
    this.markDrawn({ case: this.header.id, corners: this.mark });
  }

  // By keyboard: arrows move the mark, with Shift they move its lower right corner.
  moveMark([dx, dy], resize) {
    const { scale, scaleY } = this.placement(this.panes()[0]);
    const [right, down] = [(-dx * MARK_STEP * this.ratio) / scale, (-dy * MARK_STEP * this.ratio) / scaleY];
    const { width, height } = this.header;
    const [x, y] = this.state.center;
    const half = Math.min(width, height) / 8;
    const [left, top, end, bottom] = this.mark ?? [x - half, y - half, x + half, y + half];
    if (resize) this.mark = [left, top, Math.max(end + right, left + 1), Math.max(bottom + down, top + 1)];
    else {
      const [across, along] = [clamp(right, -left, width - end), clamp(down, -top, height - bottom)];
      this.mark = [left + across, top + along, end + across, bottom + along];
    }
    this.unsent = true;
  }

  // As received, enlarged without smoothing.
  drawInput(pane) {
    const { canvas, width, height } = this.input;
    const scale = Math.min(pane.width / width, pane.height / height);
    const [w, h] = [width * scale, height * scale].map(Math.round);
    this.context.imageSmoothingEnabled = false;
    const [x, y] = [pane.x + ((pane.width - w) >> 1), pane.y + ((pane.height - h) >> 1)];
    this.context.drawImage(canvas, x, y, w, h);
    this.context.imageSmoothingEnabled = true;
  }

  // ---------------------------------------------------------------- readout

  show(name, words) {
    const output = this.outputs[name];
    if (output.textContent !== words) output.textContent = words;
  }

  showState(pane) {
    const { state, controls, header, input } = this;
    const pressed = { ...state, zoom: !state.fit, fullscreen: this.fullscreen };
    const noMap = !this.layers.length;
    const missing = {
      ...{ heatmap: noMap, contour: noMap, compare: noMap, input: !input },
      ...{ drawing: !header.marking, unmark: !header.marking || !this.mark },
    };
    for (const button of this.buttons) {
      if (button.ariaPressed !== null) button.ariaPressed = String(pressed[button.name]);
      button.disabled = Boolean(missing[button.name]);
    }
    const map = state.heatmap || state.contour;
    this.root.toggleAttribute("data-map", map);
    const { spacing, marking } = header;
    const present = { ...state, map, spacing, marking, layers: this.layers.length > 1 };
    for (const part of this.optional) part.hidden = !present[part.dataset.if];
    controls.layer.value = state.layer;
    controls.opacity.value = state.opacity;
    controls.contourAt.value = state.contourAt;
    this.show("opacity", `${state.opacity}\u202f%`);
    this.contourLevels.forEach((level, i) => this.show(`contour${i}`, `${level}\u202f%`));
    this.show("input", input ? `${input.width} × ${input.height}` : "");
    this.showWindow();
    this.showScale(this.placement(pane).scale / this.ratio);
    this.showGrey();
  }

  // Leaves alone what is being typed, until it is done.
  showWindow(typed = false) {
    const { low, high } = this.state;
    const { unit, slope, intercept } = this.units;
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
    this.show("unit", unit);
  }

  showScale(zoom) {
    this.show("zoom", `${grouped(zoom * window.devicePixelRatio * 100)}\u202f%`);
    if (!this.header.spacing) return;
    const pixelsPerMm = zoom / this.header.spacing[1];
    const length = [200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((mm) => mm * pixelsPerMm <= 64) ?? 0.2;
    this.scaleBar.style.width = `${length * pixelsPerMm}px`;
    this.show("scale", `${length} mm`);
  }

  showGrey() {
    const value = this.hover && this.greyAt(this.hover);
    const { unit, rescale, range } = this.header;
    if (value === null) this.show("grey", "–");
    else if (unit) this.show("grey", `${grouped(value * rescale[0] + rescale[1])} ${unit}`);
    else this.show("grey", `${grouped(value)} / ${grouped(range[1])}`);
  }

  // The stored value under a point of the page, or null beside the picture.
  greyAt(point) {
    const { width, height } = this.header;
    const { at, pane } = this.picturePoint(point);
    const [column, row] = at.map(Math.floor);
    const inside = column >= 0 && row >= 0 && column < width && row < height;
    return inside && !pane.input ? this.levels[0].data[row * width + column] : null;
  }

  // A point of the page in pixels of the picture, and its pane.
  picturePoint(point) {
    const { x, y, pane } = this.locate(point);
    const placed = this.placement(pane);
    return { at: [(x - placed.x) / placed.scale, (y - placed.y) / placed.scaleY], pane };
  }

  // For tests and measurements.
  report(pane, frameMs) {
    const { x, y, scale } = this.placement(pane);
    const { id } = this.header;
    const drawn = { id, origin: [x, y], scale, ratio: this.ratio, mark: this.mark, frame: ++this.frame, frameMs };
    this.root.dataset.state = JSON.stringify({ ...this.state, ...drawn });
  }

  // ---------------------------------------------------------------- actions

  get fullscreen() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  act(name) {
    if (this.controls[name]?.disabled) return;
    const { state } = this;
    const toggle = () => (state[name] = !state[name]);
    const actions = {
      zoom: () => this.toggleZoom(),
      zoomIn: () => this.zoomBy(1.25),
      zoomOut: () => this.zoomBy(0.8),
      fit: () => this.fit(),
      reset: () => this.reset(),
      // The second pane is the heatmap's or the model input's.
      compare: () => toggle() && Object.assign(state, { heatmap: true, input: false }),
      input: () => toggle() && Object.assign(state, { compare: false }),
      fullscreen: () => (this.fullscreen ? document.exitFullscreen() : this.root.requestFullscreen()),
      keys: () => this.root.querySelector("[popover]").togglePopover(),
      unmark: () => {
        this.mark = null;
        this.sendMark();
      },
      previous: () => this.navigate("previous"),
      next: () => this.navigate("next"),
    };
    this.handle(actions[name] ?? toggle);
  }

  listen() {
    const { root, stage, controls } = this;
    this.listening = new AbortController();
    const options = { signal: this.listening.signal, passive: false };
    const on = (target, type, listener) =>
      target.addEventListener(type, (event) => this.header && listener(event), options);
    on(stage, "pointerdown", (event) => this.onPointerDown(event));
    on(stage, "pointermove", (event) => this.onPointerMove(event));
    for (const type of ["pointerup", "pointercancel"]) on(stage, type, (event) => this.onPointerUp(event));
    on(stage, "pointerleave", () => {
      this.hover = null;
      this.showGrey();
    });
    on(stage, "wheel", (event) => this.onWheel(event));
    on(stage, "dblclick", () => this.act("fit"));
    on(root, "keydown", (event) => this.onKey(event));
    on(root, "keyup", () => this.unsent && ((this.unsent = false), this.sendMark()));
    for (const [target, type] of [[window, "resize"], [root, "fullscreenchange"]]) {
      on(target, type, () => {
        this.fitScreen();
        this.schedule();
      });
    }
    for (const button of this.buttons) {
      on(button, "click", () => button.popoverTargetElement || this.act(button.name));
      // With the mouse the focus goes to the picture, so that the keys go on working.
      on(button, "mousedown", (event) => {
        event.preventDefault();
        stage.focus({ preventScroll: true });
      });
    }
    controls.fullscreen.hidden = !document.fullscreenEnabled;
    for (const name of ["opacity", "contourAt", "layer"]) {
      on(controls[name], "input", () => this.handle(() => (this.state[name] = Number(controls[name].value))));
    }
    for (const name of ["width", "level"]) {
      on(controls[name], "change", () => this.handle(() => this.typeWindow()));
    }
    this.resizing = new ResizeObserver(() => {
      this.size = { width: stage.clientWidth, height: stage.clientHeight };
      this.draw(); // at once: a resized canvas is blank until drawn
    });
    this.resizing.observe(stage);
  }

  onPointerDown(event) {
    const { button, pointerId, clientX: x, clientY: y } = event;
    if (button > 1) return;
    if (button === 1) event.preventDefault(); // no autoscroll
    this.stage.setPointerCapture(pointerId);
    // A second finger means to move the picture, not to draw.
    for (const other of this.pointers.values()) this.stopDrawing(other);
    const { at, pane } = this.picturePoint(event);
    const draws = this.state.drawing && !button && !this.pointers.size && !pane.input;
    const start = draws && { at, before: this.mark };
    this.pointers.set(pointerId, { x, y, button, start, moved: false });
  }

  onPointerUp({ pointerId, type }) {
    const pointer = this.pointers.get(pointerId);
    this.pointers.delete(pointerId);
    if (type === "pointercancel") this.stopDrawing(pointer);
    if (!pointer?.start || !pointer.moved) return;
    this.state.drawing = false; // the next drag is of the window again
    this.handle(() => this.sendMark());
  }

  stopDrawing(pointer) {
    if (pointer?.start) this.mark = pointer.start.before;
    if (pointer) pointer.start = null;
  }

  onPointerMove(event) {
    const { pointerId, shiftKey, clientX, clientY } = event;
    this.hover = { clientX, clientY };
    const pointer = this.pointers.get(pointerId);
    if (!pointer) return this.showGrey();
    const dx = clientX - pointer.x;
    const dy = clientY - pointer.y;
    pointer.moved ||= Math.hypot(dx, dy) >= DEAD_ZONE;
    if (!pointer.moved) return;
    this.handle(() => {
      if (pointer.start) this.mark = [...pointer.start.at, ...this.picturePoint(event).at];
      else if (this.pointers.size > 1) this.pinch(pointer, event);
      else if (shiftKey || pointer.button === 1) this.move(() => this.panBy(dx, dy));
      else this.dragWindow(dx, dy);
    });
    Object.assign(pointer, { x: clientX, y: clientY });
  }

  // Two fingers pan and zoom at once, about the point between them.
  pinch(pointer, { clientX, clientY }) {
    const still = [...this.pointers.values()].find((other) => other !== pointer);
    const spread = (x, y) => Math.max(Math.hypot(x - still.x, y - still.y), 1);
    const middle = { clientX: (clientX + still.x) / 2, clientY: (clientY + still.y) / 2 };
    this.move(() => {
      this.panBy((clientX - pointer.x) / 2, (clientY - pointer.y) / 2);
      this.zoomBy(spread(clientX, clientY) / spread(pointer.x, pointer.y), middle);
    });
  }

  onWheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0016; // a trackpad's pinch sends small steps
    const delta = clamp(event.deltaY * lines, -240, 240);
    this.handle(() => this.move(() => this.zoomBy(Math.exp(-delta * speed), event)));
  }

  // Moves the picture, at half resolution if it is large, until the gesture rests.
  move(action) {
    this.moving = true;
    action();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.moving = false;
      this.schedule();
    }, REST_MS);
  }

  onKey(event) {
    const { target, key, shiftKey, repeat } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("[type=number], select")) return;
    if (target.matches("[type=range]") && /^(Arrow|Page|Home|End)/.test(key)) return;
    if (target.matches("button") && (key === " " || key === "Enter")) return;
    const drawing = this.state.drawing && { Escape: true, Enter: true, ...PAN_KEYS }[key];
    const pan = shiftKey && PAN_KEYS[key];
    const name = this.keys[key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key];
    if (!drawing && !pan && !name) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
    if (drawing === true) this.act("drawing");
    else if (drawing) this.handle(() => this.moveMark(drawing, shiftKey));
    else if (pan) this.handle(() => this.panBy(pan[0] * PAN_STEP, pan[1] * PAN_STEP));
    else if (!repeat || name.startsWith("zoom")) this.act(name);
  }

  destroy() {
    this.listening.abort();
    this.resizing.disconnect();
    cancelAnimationFrame(this.request);
    clearTimeout(this.resting);
    setTimeout(() => latest?.owner === this && (latest = null), MOVE_MS);
  }
}

// Streamlit calls this with every payload. A rerun that moves the viewer on the page makes
// a new one, shortly before or after it removes the old: the new one takes over its state.
const viewers = new WeakMap();
const marks = new Map(); // what the reader drew, by picture
let latest = null; // the case opened last, and its state

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".viewer");
  const viewer = viewers.get(root) ?? new Viewer(root);
  viewers.set(root, viewer);
  viewer.navigate = (direction) => setTriggerValue("navigate", direction);
  viewer.markDrawn = (mark) => setStateValue("mark", mark);
  if (data) viewer.update(data);
  const mount = (viewer.mount = Symbol("mount"));
  return () => {
    // The clean-up of a call that another has overtaken must not end the viewer.
    if (viewer.mount !== mount) return;
    viewer.destroy();
    viewers.delete(root);
  };
}
