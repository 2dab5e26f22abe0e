// Folders and hundreds of files: Streamlit's field draws each file anew for every other
// one, and a browser with thousands stands still. They are packed into ZIP archives here.
// The document that the server sends first has this script, so that no field for files is
// there before it.

const MANY = 300;
// Below the size that the server takes as one file.
const ARCHIVE_BYTES = 90e6;
const FIELD = "[data-testid=stFileUploaderDropzone]";

const CRC = Uint32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

function checksum(bytes) {
  let crc = -1;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return ~crc >>> 0;
}

// Little-endian numbers, given as [how many bytes, value].
function record(...numbers) {
  const view = new DataView(new ArrayBuffer(numbers.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of numbers) {
    if (size === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += size;
  }
  return view;
}

// An archive without compression; the files stay where they are, and are read on upload.
async function pack(name, members) {
  const parts = [];
  const list = [];
  let place = 0;
  let listed = 0;
  for (const { path, file } of members) {
    const title = new TextEncoder().encode(path);
    const crc = checksum(new Uint8Array(await file.arrayBuffer()));
    // Version, names in UTF-8, no compression, the first of January 1980.
    const common = [
      ...[
        [2, 20],
        [2, 0x0800],
        [2, 0],
        [2, 0],
        [2, 0x21],
      ],
      ...[
        [4, crc],
        [4, file.size],
        [4, file.size],
        [2, title.length],
        [2, 0],
      ],
    ];
    parts.push(record([4, 0x04034b50], ...common), title, file);
    const rest = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, place],
    ];
    list.push(record([4, 0x02014b50], [2, 20], ...common, ...rest), title);
    place += 30 + title.length + file.size;
    listed += 46 + title.length;
  }
  const count = members.length;
  const end = [
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, listed],
    [4, place],
    [2, 0],
  ];
  return new File([...parts, ...list, record([4, 0x06054b50], ...end)], name);
}

async function packAll(files) {
  const groups = [[]];
  let bytes = 0;
  for (const it of files) {
    if (bytes + it.file.size > ARCHIVE_BYTES && bytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1).push(it);
    bytes += it.file.size;
  }
  const name = files[0].path.split("/").slice(0, -1)[0] || "files";
  return Promise.all(
    groups.map((members, at) => pack(`${name}${at ? `-${at + 1}` : ""}.zip`, members)),
  );
}

async function walk(entry) {
  if (entry.isFile) {
    const file = await new Promise((take, fail) => entry.file(take, fail));
    return [{ path: entry.fullPath.slice(1), file }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // It gives a hundred at a time.
    const some = await new Promise((take, fail) => reader.readEntries(take, fail));
    if (!some.length) return found;
    for (const it of some) found.push(...(await walk(it)));
  }
}

async function give(field, files) {
  const input =
    field.parentElement.querySelector("input[type=file]") ??
    field.querySelector("input[type=file]");
  // In the page's language, as `page.js` was told.
  field.dataset.packing = document.documentElement.dataset.packing ?? "";
  try {
    const all = await files;
    const given = new DataTransfer();
    const packed = all.length > MANY ? await packAll(all) : all.map(({ file }) => file);
    for (const file of packed) given.items.add(file);
    input.files = given.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  } finally {
    delete field.dataset.packing;
  }
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function onDrop(event) {
  const field = event.target.closest?.(FIELD);
  const entries = [...(event.dataTransfer?.items ?? [])].map((it) => it.webkitGetAsEntry());
  const many = entries.length > MANY || entries.some((it) => it?.isDirectory);
  if (!field || !many) return;
  stop(event);
  // The field takes back what it shows while something is held over it.
  field.dispatchEvent(new DragEvent("dragleave", { bubbles: true }));
  give(
    field,
    Promise.all(entries.filter(Boolean).map(walk)).then((found) => found.flat()),
  );
}

function onChange(event) {
  const { target } = event;
  if (target.type !== "file" || target.files.length <= MANY) return;
  const field = target.closest(FIELD) ?? target.parentElement.querySelector(FIELD);
  if (!field) return;
  stop(event);
  const files = [...target.files].map((file) => ({
    path: file.webkitRelativePath || file.name,
    file,
  }));
  give(field, Promise.resolve(files));
}

document.addEventListener("drop", onDrop, true);
document.addEventListener("change", onChange, true);
