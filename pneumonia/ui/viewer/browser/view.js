// The view: where the picture lies on the canvas, and how fit, zoom and pan change it.
// Lengths are device pixels unless another unit is named.

import { clamp } from "./numbers.js";

const FLUENT_PIXELS = 1.6e6; // a larger picture moves at half resolution, then sharpens
const REST_MS = 150;
const KEY_STEP = 8; // CSS pixels by which a key moves a mark or a line
const MAX_ZOOM = 32; // CSS pixels per picture pixel

export class View {
  size = { width: 0, height: 0 }; // of the stage, in CSS pixels

  constructor(viewer) {
    this.viewer = viewer;
  }

  get header() {
    return this.viewer.header;
  }

  get state() {
    return this.viewer.state;
  }

  // Device pixels per CSS pixel at which is drawn.
  get ratio() {
    const ratio = window.devicePixelRatio || 1;
    const large = this.size.width * this.size.height * ratio ** 2 > FLUENT_PIXELS;
    return this.moving && large ? ratio / 2 : ratio;
  }

  // The picture areas: one, or two split along the roomier side.
  panes() {
    const [width, height] = [this.size.width, this.size.height].map((side) =>
      Math.round(side * this.ratio),
    );
    const { input } = this.state;
    const { compare, beside } = this.viewer.shown;
    if (!input && !compare && !beside) return [{ x: 0, y: 0, width, height, map: true }];
    const gap = Math.round(4 * this.ratio);
    const across = { width: (width - gap) >> 1, height };
    const below = { width, height: (height - gap) >> 1 };
    const half = this.fitScale(across) >= this.fitScale(below) ? across : below;
    return [
      { x: 0, y: 0, ...half, map: !compare },
      { x: width - half.width, y: height - half.height, ...half, map: compare, input, beside },
    ];
  }

  // Device pixels per picture pixel at which the whole picture fits.
  fitScale({ width, height }, picture = this.header) {
    return Math.min(width / picture.width, height / (picture.height * picture.aspect));
  }

  // Where the picture lies on the canvas; on whole device pixels, for sharpness. Another
  // picture lies as this one does, as large against the whole of it.
  placement(pane, picture = this.header) {
    const { fit, zoom } = this.state;
    const fitted = this.fitScale(pane, picture);
    const scale = fit ? fitted : (zoom * this.ratio * fitted) / this.fitScale(pane);
    const scaleY = scale * picture.aspect;
    const center = [
      (this.state.center[0] / this.header.width) * picture.width,
      (this.state.center[1] / this.header.height) * picture.height,
    ];
    const x = pane.x + Math.round(pane.width / 2 - center[0] * scale);
    const y = pane.y + Math.round(pane.height / 2 - center[1] * scaleY);
    const right = x + Math.round(picture.width * scale);
    const bottom = y + Math.round(picture.height * scaleY);
    return { scale, scaleY, x, y, right, bottom };
  }

  // The pane under a point of the page, and the point's place on the canvas.
  locate({ clientX, clientY }) {
    const box = this.viewer.stage.getBoundingClientRect();
    const x = (clientX - box.left) * this.ratio;
    const y = (clientY - box.top) * this.ratio;
    const panes = this.panes();
    return { x, y, pane: panes.findLast((pane) => x >= pane.x && y >= pane.y) ?? panes[0] };
  }

  // A point of the page in pixels of the picture, and its pane.
  picturePoint(point) {
    const { x, y, pane } = this.locate(point);
    const placed = this.placement(pane);
    return { at: [(x - placed.x) / placed.scale, (y - placed.y) / placed.scaleY], pane };
  }

  // How far a key moves what is drawn, in pixels of the picture.
  pictureStep([across, along]) {
    const { scale, scaleY } = this.placement(this.panes()[0]);
    const step = KEY_STEP * this.ratio;
    return [(across * step) / scale, (along * step) / scaleY];
  }

  fit() {
    const center = [this.header.width / 2, this.header.height / 2];
    Object.assign(this.state, { fit: true, zoom: 1, center });
  }

  show(scale, [x, y]) {
    const center = [clamp(x, 0, this.header.width), clamp(y, 0, this.header.height)];
    Object.assign(this.state, { fit: false, zoom: scale / this.ratio, center });
  }

  // The picture point under the pointer, or else at the centre, stays where it is.
  zoomBy(factor, pointer) {
    const { x, y, pane } = pointer ? this.locate(pointer) : { pane: this.panes()[0] };
    const before = this.placement(pane).scale;
    const scale = Math.min(before * factor, MAX_ZOOM * this.ratio);
    if (scale <= this.fitScale(pane)) {
      this.fit();
      return;
    }
    const shift = 1 / before - 1 / scale;
    const dx = pointer ? x - pane.x - pane.width / 2 : 0;
    const dy = pointer ? y - pane.y - pane.height / 2 : 0;
    const [cx, cy] = this.state.center;
    this.show(scale, [cx + dx * shift, cy + (dy * shift) / this.header.aspect]);
  }

  // Between the whole picture and one screen pixel per picture pixel.
  toggleZoom(pointer) {
    if (!this.state.fit) {
      this.fit();
      return;
    }
    const fit = this.fitScale(this.panes()[0]);
    // A small picture already fills the screen beyond 1:1; then the next whole step.
    this.zoomBy((fit < 0.95 ? 1 : Math.ceil(fit * 1.5)) / fit, pointer);
  }

  // In CSS pixels.
  panBy(dx, dy) {
    const { scale, scaleY } = this.placement(this.panes()[0]);
    const [x, y] = this.state.center;
    this.show(scale, [x - (dx * this.ratio) / scale, y - (dy * this.ratio) / scaleY]);
  }

  // Moves the picture, at half resolution if it is large, until the gesture rests.
  move(action) {
    this.moving = true;
    action();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.moving = false;
      this.viewer.schedule();
    }, REST_MS);
  }

  destroy() {
    clearTimeout(this.resting);
  }
}
