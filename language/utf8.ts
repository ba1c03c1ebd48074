/** Where bytes stop being UTF-8. */

const LF = 0x0a;

/** The offset of the first byte that is no UTF-8, with its line from 1; null where all are. */
export function notUtf8(bytes: Uint8Array): { readonly offset: number; readonly line: number } | null {
  if (decodes(bytes, false)) return null;
  // The longest beginning that decodes, but for a character that is not complete.
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (middle <= bytes.length && decodes(bytes.subarray(0, middle), true)) good = middle;
    else bad = middle;
  }
  // Where nothing is wrong but the end, the last character is not complete.
  let offset = good;
  while (offset > 0 && !decodes(bytes.subarray(0, offset), false)) offset -= 1;
  let line = 1;
  for (let at = 0; at < offset; at += 1) if (bytes[at] === LF) line += 1;
  return { offset, line };
}

/** Whether the bytes are UTF-8; `open` where the last character may go on after them. */
function decodes(bytes: Uint8Array, open: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: open });
    return true;
  } catch {
    return false;
  }
}
