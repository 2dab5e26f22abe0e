// Sampling: from stored grey levels to screen pixels, at any scale.

import { clamp } from "./numbers.js";

// For each screen pixel the first of two source pixels, and the other's weight of 128.
export function taps(from, to, origin, scale, size) {
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
export function resample({ data, width, height }, across, down, out) {
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
export function buildPyramid(picture) {
  const levels = [picture];
  for (let last = picture; Math.max(last.width, last.height) > 256; levels.push(last)) {
    last = resized(last, (last.width + 1) >> 1, (last.height + 1) >> 1, 0.5, 0.5);
  }
  return levels;
}

export function resized(source, width, height, scaleX, scaleY) {
  const data = new source.data.constructor(width * height);
  const across = taps(0, width, 0, scaleX, source.width);
  const down = taps(0, height, 0, scaleY, source.height);
  resample(source, across, down, data);
  return { data, width, height };
}

// Opaque screen pixels for every stored value up to the picture's largest.
export function fillGreyTable(table, { low, high, inverted }) {
  for (let value = 0; value < table.length; value++) {
    const grey = Math.round(clamp((value - low) / (high - low), 0, 1) * 255);
    table[value] = 0xff000000 | ((inverted ? 255 - grey : grey) * 0x010101);
  }
}

// A function of its own: the compiler then keeps the loop tight.
export function paintGrey(samples, table, screen, count) {
  for (let k = 0; k < count; k++) screen[k] = table[samples[k]];
}
