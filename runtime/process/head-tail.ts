/** Keeps the beginning and the end of a stream of bytes, so that output of any length takes bounded memory. */

export interface HeadTail {
  push(chunk: Uint8Array): void;
  /** What was kept; where bytes were left out, a line in the middle says how many. */
  bytes(): Uint8Array;
  /** All bytes that were pushed, kept or not. */
  total(): number;
}

/** `limit` in bytes is what is kept in all, half of it for the beginning. */
export function headTail(limit: number): HeadTail {
  const headLimit = Math.ceil(limit / 2);
  const tailLimit = limit - headLimit;
  const head: Uint8Array[] = [];
  let headSize = 0;
  let tail: Uint8Array[] = [];
  let tailSize = 0;
  let total = 0;

  function trimTail(): void {
    // Joining only once the tail has doubled keeps the cost of a chunk independent of what was kept before.
    if (tailSize <= tailLimit * 2) return;
    const joined = Buffer.concat(tail);
    tail = [Buffer.from(joined.subarray(joined.length - tailLimit))];
    tailSize = tailLimit;
  }

  return {
    push(chunk) {
      total += chunk.length;
      const first = chunk.subarray(0, Math.max(0, headLimit - headSize));
      if (first.length > 0) {
        // Copied: a stream may use its buffer again.
        head.push(Buffer.from(first));
        headSize += first.length;
      }
      const rest = chunk.subarray(first.length);
      if (rest.length === 0) return;
      tail.push(Buffer.from(rest));
      tailSize += rest.length;
      trimTail();
    },
    bytes() {
      const end = Buffer.concat(tail);
      const kept = end.subarray(Math.max(0, end.length - tailLimit));
      const left = total - headSize - kept.length;
      const note = left > 0 ? [Buffer.from(`\n… ${left} bytes left out …\n`)] : [];
      return Uint8Array.from(Buffer.concat([...head, ...note, kept]));
    },
    total: () => total,
  };
}
