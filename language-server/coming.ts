/** A project that was read from disk and is not taken in yet: its sources are parsed as they are asked for. */
import type { Parsed } from "../compiler/check/context.ts";
import { lineIndex } from "../language/lines.ts";
import { parse } from "../language/parse.ts";
import { reparse } from "../language/reparse.ts";
import type { Loaded } from "./host.ts";

export class Coming {
  readonly loaded: Loaded;
  readonly #texts: ReadonlyMap<string, string>;
  /** Texts of open documents by path: those that count. */
  readonly #open: ReadonlyMap<string, string>;
  readonly #before: ReadonlyMap<string, Parsed>;
  readonly #files = new Map<string, Parsed>();

  /** `before` is what is known of its files from earlier. */
  constructor(loaded: Loaded, open: ReadonlyMap<string, string>, before: ReadonlyMap<string, Parsed>) {
    this.loaded = loaded;
    this.#texts = new Map(loaded.input.files.map(({ path, text }) => [path, text]));
    this.#open = open;
    this.#before = before;
  }

  get paths(): Iterable<string> {
    return this.#texts.keys();
  }

  /** As it is now; null where there is none. */
  file(path: string): Parsed | null {
    const text = this.#open.get(path) ?? this.#texts.get(path);
    if (text === undefined) return null;
    const known = [this.#files.get(path), this.#before.get(path)];
    const file = known.find((each) => each?.text === text) ?? parsed(path, text, known[0] ?? known[1]);
    this.#files.set(path, file);
    return file;
  }

  /** All that is on disk, a file at a time. */
  *parsing(): Generator<undefined, true> {
    for (const path of this.paths) {
      this.file(path);
      yield;
    }
    return true;
  }
}

/** Only what is another than `before` is read. */
export function parsed(path: string, text: string, before: Parsed | undefined): Parsed {
  const read = before === undefined ? parse(text) : reparse(before, text);
  return { path, text, ...read, lines: lineIndex(text) };
}
