/** Names that hold for the rest of a block, and are gone after it: taking them back costs what adding them did. */
export class Bound<T> {
  readonly #values = new Map<string, T>();
  readonly #undo: { readonly name: string; readonly before: T | undefined }[] = [];

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: T): void {
    this.#undo.push({ name, before: this.#values.get(name) });
    this.#values.set(name, value);
  }

  /** What is set within `block` is gone after it. */
  within<R>(block: () => R): R {
    const mark = this.#undo.length;
    const result = block();
    while (this.#undo.length > mark) {
      const last = this.#undo.pop();
      if (last === undefined) break;
      if (last.before === undefined) this.#values.delete(last.name);
      else this.#values.set(last.name, last.before);
    }
    return result;
  }
}
