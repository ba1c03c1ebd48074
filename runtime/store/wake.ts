/** Waiting for something to be appended. */

export class Wake {
  readonly #waiting = new Set<() => void>();
  #fired = 0;

  /** How often it fired: what `wait` is told was seen. */
  get fired(): number {
    return this.#fired;
  }

  /** Wakes all that wait now. */
  fire(): void {
    this.#fired += 1;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when it fired more often than `seen`, when `signal` aborts, or after `atMost` milliseconds (null: no bound). */
  wait(seen: number, signal: AbortSignal, atMost: number | null): Promise<void> {
    if (signal.aborted || this.#fired !== seen) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = atMost === null ? null : setTimeout(() => done(), atMost);
      const done = (): void => {
        this.#waiting.delete(done);
        signal.removeEventListener("abort", done);
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }
}
