// Keys: what the keyboard does while the viewer has the focus. The arrows that lead to
// another case work anywhere; letters do not, which speech input may type by accident.

const PAN_STEP = 60; // CSS pixels
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// The buttons' keys stand in the template; these have no button.
const OTHER_KEYS = {
  "+": "zoomIn",
  "-": "zoomOut",
  Backspace: "unmark",
  1: "opened",
  2: "lungs",
  3: "bones",
  4: "full",
};

export class Keys {
  constructor(viewer) {
    this.viewer = viewer;
    this.actions = { ...OTHER_KEYS };
    for (const button of viewer.readout.buttons) {
      this.actions[button.getAttribute("aria-keyshortcuts")] = button.name;
    }
  }

  listen(on) {
    const { root, mark } = this.viewer;
    on(root, "keydown", (event) => this.press(event));
    on(root, "keyup", () => {
      if (mark.unsent) mark.send();
    });
    on(root.ownerDocument, "keydown", (event) => {
      if (event.shiftKey || !isSideways(event) || needsArrows(event)) return;
      this.press(event);
      // From here on the letters work as well.
      if (event.target.matches("body")) this.viewer.stage.focus({ preventScroll: true });
    });
  }

  press(event) {
    const { key, shiftKey, repeat } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || usedByControl(event)) return;
    const { viewer } = this;
    const { tool } = viewer;
    const arrow = ARROWS[key];
    const action = this.actions[key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key];
    const stop = tool && (key === "Escape" || key === "Enter");
    if (!stop && !(arrow && (tool || shiftKey)) && !action) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
    if (stop) viewer.act(tool === viewer.mark ? "drawing" : "measuring");
    else if (arrow && tool) viewer.handle(() => tool.moveByKey(arrow, shiftKey));
    else if (arrow && shiftKey) {
      viewer.handle(() => viewer.view.panBy(-arrow[0] * PAN_STEP, -arrow[1] * PAN_STEP));
    } else if (!repeat || action.startsWith("zoom")) viewer.act(action);
  }
}

function isSideways({ key }) {
  return key === "ArrowLeft" || key === "ArrowRight";
}

// Where arrows move a cursor or a choice. The path also tells what lies within the list
// of cases, which is a component of its own.
const USES_ARROWS = `input, textarea, select, [contenteditable], [role=slider],
  [role=dialog], [role=menu], [role=radiogroup], [role=tablist], [role=grid]`;

function needsArrows(event) {
  return event.composedPath().some((it) => it instanceof Element && it.matches(USES_ARROWS));
}

// A control with the focus keeps the keys that it needs itself.
function usedByControl({ target, key }) {
  if (target.matches("[type=number], select")) return true;
  if (target.matches("[type=range]")) return /^(Arrow|Page|Home|End)/.test(key);
  return target.matches("button") && (key === " " || key === "Enter");
}
