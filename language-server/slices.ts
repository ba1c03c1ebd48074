/** Long work, a little at a time: what comes meanwhile is taken in between. */

/** So long nothing else is looked at, if the steps of the work are shorter. Milliseconds. */
const SLICE = 10;

/** So many turns until what was sent is on its way and what has come is taken in. Messages are taken from the queue one a turn. */
const TURNS = 3;

export async function giveWay(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** What the work gives at its end; null where it is not wanted any more before that, or was ended by something else. */
export async function inSlices<T>(work: Generator<undefined, T | null>, wanted: () => boolean): Promise<T | null> {
  for (let began = performance.now(); ; ) {
    const { done, value } = work.next();
    if (done === true) return value ?? null;
    if (performance.now() - began < SLICE) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (!wanted()) {
      work.return(null);
      return null;
    }
    began = performance.now();
  }
}
