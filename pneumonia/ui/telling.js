// Passes on what a run tells another component of the page; see telling.py.

export default function ({ data: [{ to, what }] }) {
  const told = (globalThis.told ??= new Map());
  told.set(to, what);
  globalThis.dispatchEvent(new Event(`told-${to}`));
  return () => {
    // What is told of one patient must not wait for another's page.
    if (told.get(to) === what) told.delete(to);
  };
}
