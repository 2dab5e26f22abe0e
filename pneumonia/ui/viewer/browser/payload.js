// What Python sends: a description, and the addresses of its pixels; see payload.py.

const KEPT = 6; // a picture and its maps, of three cases
const RETRY_MS = 2000;

// What was fetched last, so that the way back to a case asks for nothing.
const fetched = new Map();

export function held(address) {
  const bytes = fetched.get(address);
  if (bytes) keep(address, bytes); // as the newest
  return bytes;
}

// Fetches what is not held; asks again until `wanted` says that nobody waits for it.
export async function fetchBytes(address, wanted) {
  while (!held(address)) {
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      keep(address, await answer.arrayBuffer());
    } catch (error) {
      if (!wanted()) return;
      console.warn("The radiograph is asked for again:", error);
      await new Promise((then) => setTimeout(then, RETRY_MS));
      if (!wanted()) return;
    }
  }
}

export function forget() {
  fetched.clear();
}

function keep(address, bytes) {
  fetched.delete(address);
  fetched.set(address, bytes);
  for (const old of [...fetched.keys()].slice(0, -KEPT)) fetched.delete(old);
}

// Views the bytes as the description says.
export function readPayload(header) {
  const [picture, extras] = header.at.map(held);
  let offset = 0;
  const take = ({ width, height, channels = 1 }) => {
    const block = new Uint8Array(extras, offset, width * height * channels);
    offset += Math.ceil(block.byteLength / 4) * 4;
    return block;
  };
  const { width, height } = header;
  const grey = new (header.bytes === 2 ? Uint16Array : Uint8Array)(picture, 0, width * height);
  const layers = header.layers.map((layer) => ({ ...layer, data: take(layer) }));
  const input = header.input && { ...header.input, data: take(header.input) };
  return { header, grey, layers, input };
}
