// Orientation: the picture as the reader mirrored and turned it. The server knows it only
// as it was sent; `turns` are quarter turns clockwise, after mirroring.

// Where a point of the picture as sent lies; `size` is that of the picture as sent.
export function turned([x, y], size, { turns, mirrored }) {
  let at = [mirrored ? size.width - x : x, y];
  for (let k = 0; k < turns; k++) at = [(k % 2 ? size.width : size.height) - at[1], at[0]];
  return at;
}

// The other way round: from the picture as shown to the picture as sent.
export function turnedBack(at, size, { turns, mirrored }) {
  let [x, y] = at;
  for (let k = turns; k > 0; k--) [x, y] = [y, (k % 2 ? size.height : size.width) - x];
  return [mirrored ? size.width - x : x, y];
}

export function turnPicture(picture, orientation) {
  if (!orientation.turns && !orientation.mirrored) return picture;
  const { data, width } = picture;
  const size = turnedSize(picture, orientation);
  const indexOf = (at) => {
    const [x, y] = turnedBack(at, picture, orientation);
    return (y - 0.5) * width + x - 0.5;
  };
  const start = indexOf([0.5, 0.5]);
  const across = indexOf([1.5, 0.5]) - start;
  const down = indexOf([0.5, 1.5]) - start;
  const cells = new data.constructor(data.length);
  for (let y = 0, k = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, k++) cells[k] = data[start + y * down + x * across];
  }
  return { ...picture, ...size, data: cells };
}

export function turnBox([left, top, right, bottom], size, orientation) {
  const a = turned([left, top], size, orientation);
  const b = turned([right, bottom], size, orientation);
  const [low, high] = [Math.min, Math.max].map((pick) => a.map((at, k) => pick(at, b[k])));
  return [...low, ...high];
}

// All of the header that depends on it. `sides` become the letters of the left, top, right
// and bottom edge.
export function turnHeader(header, orientation) {
  const { turns, mirrored } = orientation;
  const { aspect, spacing, frame, sides } = header;
  const across = turns % 2 === 1;
  const letters = sides ? [sides[0], "", sides[1], ""] : ["", "", "", ""];
  if (mirrored) letters.reverse().push(letters.shift());
  for (let k = 0; k < turns; k++) letters.unshift(letters.pop());
  return {
    ...header,
    ...turnedSize(header, orientation),
    aspect: across ? 1 / aspect : aspect,
    spacing: across && spacing ? [...spacing].reverse() : spacing,
    frame: frame && turnBox(frame, header, orientation),
    sides: letters,
  };
}

function turnedSize({ width, height }, { turns }) {
  return turns % 2 ? { width: height, height: width } : { width, height };
}
