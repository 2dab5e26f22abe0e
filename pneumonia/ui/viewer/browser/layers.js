// Layers: the saliency maps as coloured heatmaps and contours, and the model's input.

import { resized } from "./sampling.js";

const MAP_GRID = 512; // cells on the longer side to which a map is stretched for colour,
const CONTOUR_GRID = 192; // and for contours

// The colours of the legend's ramp, from low to high.
export function rampStops(transfer) {
  return transfer
    .filter((_, strength) => strength % 15 === 0)
    .map(([red, green, blue, opacity]) => `rgba(${red}, ${green}, ${blue}, ${opacity / 255})`);
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

// `transfer` gives red, green, blue and opacity (0 to 255) for each strength.
export function mapCanvas(layer, aspect, transfer) {
  const { data, width, height } = stretched(layer, MAP_GRID, aspect);
  return paintedCanvas(width, height, (k) => transfer[data[k] >> 8]);
}

export function inputCanvas({ width, height, channels, data }) {
  const channel = (k, c) => data[k * channels + (channels === 3 ? c : 0)];
  return paintedCanvas(width, height, (k) => [channel(k, 0), channel(k, 1), channel(k, 2), 255]);
}

// Marching squares; the path is in fractions of the picture's width and height.
export function contourPath(layer, aspect, level) {
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
      const corners = [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
      ];
      const ends = corners.map((a, i) => crossing(a, corners[(i + 1) % 4])).filter(Boolean);
      for (let i = 0; i + 1 < ends.length; i += 2) {
        path.moveTo(...ends[i]);
        path.lineTo(...ends[i + 1]);
      }
    }
  }
  return path;
}
