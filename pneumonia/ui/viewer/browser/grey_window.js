// The window: which stored values are shown as black and as white.

import { clamp } from "./numbers.js";

const DRAG_FOR_FULL_WINDOW = 500; // CSS pixels

export function setWindow({ state, header }, width, level) {
  const [least, most] = header.range;
  const half = clamp(width, 1, 2 * (most - least)) / 2;
  const center = clamp(level, least, most);
  Object.assign(state, { low: center - half, high: center + half });
}

// Windows to choose from, as lowest and highest stored value. Radiographs have no units
// of density, so that lungs are the darker and bones the lighter part of what opened.
export const PRESETS = {
  opened: ({ window }) => window,
  lungs: ({ window: [low, high] }) => [low, low + 0.6 * (high - low)],
  bones: ({ window: [low, high] }) => [low + 0.4 * (high - low), high],
  full: ({ range }) => range,
};

// Across widens, down raises; `dx` and `dy` are CSS pixels.
export function dragWindow(viewer, dx, dy) {
  const { low, high } = viewer.state;
  const [opensLow, opensHigh] = viewer.header.window;
  const step = (opensHigh - opensLow) / DRAG_FOR_FULL_WINDOW;
  setWindow(viewer, high - low + dx * step, (low + high) / 2 + dy * step);
}

// How stored values are read out: in modality units, or in percent of the full range.
export function readoutUnits({ unit, rescale, range }) {
  if (unit) return { unit, slope: rescale[0], intercept: rescale[1] };
  const slope = 100 / (range[1] - range[0]);
  return { unit: "%", slope, intercept: -range[0] * slope };
}
