// The painter: draws the picture, its layers, frame and mark on the canvas.

import { contourPath, inputCanvas, mapCanvas } from "./layers.js";
import { clamp } from "./numbers.js";
import { buildPyramid, fillGreyTable, paintGrey, resample, taps } from "./sampling.js";

const CONTOUR_EDGE = "rgba(8, 10, 14, 0.7)"; // around every line, to show on white too
const CONTOUR_LINE = "#f3efe2";
const MARK_LINE = "#7cc4ff";
const FRAME_LINE = "#b9bec6";
const LENGTH_LINE = "#ffd479";
const SURROUND = "#07090b";

// The chosen level in percent, and that of a thicker line half-way to the strongest place.
export const contourLevels = ({ contourAt }) => [contourAt, Math.round((contourAt + 100) / 2)];

export class Painter {
  layers = [];
  input = null;

  constructor(viewer, canvas) {
    this.viewer = viewer;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  openPicture(picture, range) {
    this.levels = buildPyramid(picture);
    this.table = new Uint32Array(Math.max(range[1], 255) + 1);
    this.buffers = null;
  }

  // For the same picture, on the same canvas.
  copy() {
    const other = new Painter(this.viewer, this.canvas);
    return Object.assign(other, { levels: this.levels, table: this.table.slice() });
  }

  takeLayers(layers, input) {
    this.layers = layers;
    this.input = input && { ...input, canvas: inputCanvas(input) };
    this.map = null;
  }

  // The stored value at a column and row, or null beside the picture.
  greyAt(column, row) {
    const { data, width, height } = this.levels[0];
    const inside = column >= 0 && row >= 0 && column < width && row < height;
    return inside ? data[row * width + column] : null;
  }

  draw(panes) {
    const last = panes.at(-1);
    const [width, height] = [last.x + last.width, last.y + last.height];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
    }
    this.context.fillStyle = SURROUND;
    this.context.fillRect(0, 0, width, height);
    for (const pane of panes) {
      if (pane.input) this.drawInput(pane);
      else if (pane.beside) this.drawKept(pane);
      else this.drawPicture(pane);
    }
  }

  // The grey picture in a pane, and where in it; null where nothing of it is seen.
  drawGrey(pane, at, shown) {
    const left = Math.max(pane.x, at.x);
    const top = Math.max(pane.y, at.y);
    const width = Math.min(pane.x + pane.width, at.right) - left;
    const height = Math.min(pane.y + pane.height, at.bottom) - top;
    if (width <= 0 || height <= 0) return null;
    const box = { left, top, width, height };
    this.context.putImageData(this.windowed(box, at, shown), left, top);
    return box;
  }

  drawPicture(pane) {
    const { header, shown, state, view, mark, measure } = this.viewer;
    const at = view.placement(pane);
    const box = this.drawGrey(pane, at, state);
    if (!box) return;
    this.context.save();
    this.context.beginPath();
    this.context.rect(pane.x, pane.y, pane.width, pane.height);
    this.context.clip();
    if (pane.map && shown.heatmap) this.drawHeatmap(at);
    if (pane.map && shown.contour) this.drawContours(at);
    if (shown.frame) this.drawRectangle(at, header.frame, FRAME_LINE);
    if (mark.corners) this.drawRectangle(at, mark.corners, MARK_LINE);
    for (const line of measure.lines) this.drawLength(at, line);
    this.context.restore();
    this.drawSides(box, header.sides);
  }

  // The case that the reader kept beside, with the same share of its own window.
  drawKept(pane) {
    const { kept, header, state, view } = this.viewer;
    const [low, high] = header.window;
    const [from, to] = kept.header.window;
    const linked = (value) => from + ((value - low) / (high - low)) * (to - from);
    const shown = { ...state, low: linked(state.low), high: linked(state.high) };
    const box = kept.painter.drawGrey(pane, view.placement(pane, kept.header), shown);
    if (box) this.drawSides(box, kept.header.sides);
    this.write(kept.header.name, "center", pane.x + pane.width / 2, pane.y + 8 * view.ratio);
  }

  // The patient's sides, as the file states them: in the upper corners, and where the
  // picture is turned, amid its upper and lower edge.
  drawSides({ left, top, width, height }, [leftSide, topSide, rightSide, bottomSide]) {
    const { view, readout } = this.viewer;
    const inset = 8 * view.ratio;
    const [right, middle] = [left + width - inset, left + width / 2];
    // Clear of what is written over the foot of the picture.
    const foot = (view.size.height - readout.foot.offsetHeight) * view.ratio;
    const bottom = Math.min(top + height, foot) - 3 * inset;
    this.write(leftSide, "left", left + inset, top + inset);
    this.write(rightSide, "right", right, top + inset);
    this.write(topSide, "center", middle, top + inset);
    this.write(bottomSide, "center", middle, bottom);
  }

  write(words, align, x, y, colour = CONTOUR_LINE) {
    const { ratio } = this.viewer.view;
    Object.assign(this.context, { font: `600 ${15 * ratio}px sans-serif`, textBaseline: "top" });
    Object.assign(this.context, { lineWidth: 3 * ratio, strokeStyle: CONTOUR_EDGE });
    Object.assign(this.context, { textAlign: align, fillStyle: colour });
    this.context.strokeText(words, x, y);
    this.context.fillText(words, x, y);
  }

  drawLength({ x, y, scale, scaleY }, { ends, length }) {
    const [a, b] = ends.map(([column, row]) => [x + column * scale, y + row * scaleY]);
    const path = new Path2D();
    path.moveTo(...a);
    path.lineTo(...b);
    this.stroke(path, LENGTH_LINE, 1.5);
    const aside = 6 * this.viewer.view.ratio;
    this.write(
      length,
      b[0] < a[0] ? "right" : "left",
      b[0] + (b[0] < a[0] ? -aside : aside),
      b[1] + aside,
      LENGTH_LINE,
    );
  }

  // The grey picture in a box of the canvas. Dragging the window keeps the samples.
  windowed(box, at, { low, high, inverted }) {
    const { left, top, width, height } = box;
    const buffers = this.buffersFor(width, height);
    // Relative to the picture, so that the second of two linked panes finds them too.
    const place = [left - at.x, top - at.y, width, height, at.scale, at.scaleY].join();
    if (place !== buffers.place) {
      const depth = clamp(Math.floor(-Math.log2(at.scale)), 0, this.levels.length - 1);
      const level = this.levels[depth];
      const across = taps(left, left + width, at.x, at.scale * 2 ** depth, level.width);
      const down = taps(top, top + height, at.y, at.scaleY * 2 ** depth, level.height);
      resample(level, across, down, buffers.samples);
      Object.assign(buffers, { place, shown: null });
    }
    const shown = [low, high, inverted].join();
    if (shown !== buffers.shown) {
      fillGreyTable(this.table, { low, high, inverted });
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

  // Drawings of the selected map, made when first asked for.
  drawing(name, make) {
    const { header, state } = this.viewer;
    const layer = this.layers[state.layer];
    if (this.map?.layer !== layer) this.map = { layer };
    const aspect = header.width / (header.height * header.aspect);
    this.map[name] ??= make(layer, aspect);
    return this.map[name];
  }

  drawHeatmap({ x, y, right, bottom }) {
    const { header, state } = this.viewer;
    const colour = (layer, aspect) => mapCanvas(layer, aspect, header.transfer);
    this.context.globalAlpha = state.opacity / 100;
    this.context.drawImage(this.drawing("heatmap", colour), x, y, right - x, bottom - y);
    this.context.globalAlpha = 1;
  }

  drawContours({ x, y, right, bottom }) {
    contourLevels(this.viewer.state).forEach((level, i) => {
      const trace = (layer, aspect) => contourPath(layer, aspect, level / 100);
      const placed = new Path2D();
      placed.addPath(
        this.drawing(`contour ${level}`, trace),
        new DOMMatrix([right - x, 0, 0, bottom - y, x, y]),
      );
      this.stroke(placed, CONTOUR_LINE, i + 1);
    });
  }

  drawRectangle({ x, y, scale, scaleY }, [left, top, right, bottom], colour) {
    const path = new Path2D();
    path.rect(x + left * scale, y + top * scaleY, (right - left) * scale, (bottom - top) * scaleY);
    this.stroke(path, colour, 1.5);
  }

  stroke(path, colour, width) {
    this.context.lineCap = "round";
    for (const [style, edge] of [
      [CONTOUR_EDGE, 2],
      [colour, 0],
    ]) {
      this.context.strokeStyle = style;
      this.context.lineWidth = (width + edge) * this.viewer.view.ratio;
      this.context.stroke(path);
    }
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
}
