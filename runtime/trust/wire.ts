/** Data types of the SSH protocols (RFC 4251, section 5), as far as keys and signatures are made of them. */

const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Takes values off bytes that anybody may have written: what is not there is null, and nothing throws. */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether all was taken. */
  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(length: number): Uint8Array | null {
    if (length > this.#bytes.length - this.#at) return null;
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number | null {
    return this.take(1)?.[0] ?? null;
  }

  uint32(): number | null {
    const four = this.take(4);
    return four === null ? null : new DataView(four.buffer, four.byteOffset, 4).getUint32(0);
  }

  /** `string`: a length and as many bytes. */
  string(): Uint8Array | null {
    const length = this.uint32();
    return length === null ? null : this.take(length);
  }

  /** A `string` that is text; null also where it is not UTF-8 or holds a NUL, at which C would end it. */
  text(): string | null {
    const bytes = this.string();
    if (bytes === null || bytes.includes(0)) return null;
    try {
      return text.decode(bytes);
    } catch {
      return null;
    }
  }

  /**
   * `mpint` of a number that is not negative, without leading zeros. Null also where it is written longer than need be: one
   * number has one form, else one key would have many fingerprints.
   */
  mpint(): Uint8Array | null {
    const bytes = this.string();
    if (bytes === null) return null;
    const [first = 1, second = 0] = bytes;
    if (first >= 0x80) return null;
    if (first !== 0) return bytes;
    return bytes.length > 1 && second >= 0x80 ? bytes.subarray(1) : null;
  }
}

export function sshString(bytes: Uint8Array | string): Uint8Array {
  const body = typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
  const out = Buffer.alloc(4 + body.length);
  out.writeUInt32BE(body.length);
  out.set(body, 4);
  return out;
}

export function sshUint32(value: number): Uint8Array {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out;
}

/** Standard base64, padded, and nothing else; null for what is not. */
export function fromBase64(written: string): Uint8Array | null {
  if (written === "" || !/^[A-Za-z0-9+/]*={0,2}$/.test(written)) return null;
  const bytes = Buffer.from(written, "base64");
  return bytes.toString("base64") === written ? bytes : null;
}
