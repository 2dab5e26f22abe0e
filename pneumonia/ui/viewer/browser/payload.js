// The payload: what Python sends. Its layout is documented in payload.py.

// Reads the header, and views (not copies) the blocks that follow it.
export function readPayload(bytes) {
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
