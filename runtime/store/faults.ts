/** Faults both kinds of store report in the same words. */
import type { Append } from "./port.ts";
import { DamagedError, StoreError } from "./port.ts";

export function conflict(append: Append, holds: number): StoreError {
  return new StoreError(
    "conflict",
    `${append.stream} holds ${holds} entries, not ${append.expected}: somebody else wrote to it`,
    "read it again and decide anew",
  );
}

/** `current` is null if nobody holds the run. */
export function fenced(append: Append, current: number | null): StoreError {
  const now = current === null ? "nobody holds the run now" : `the run is held under ${current} now`;
  const under = append.fence === null ? "without a claim" : `under claim ${append.fence}`;
  return new StoreError(
    "fenced",
    `${append.stream} may not be written ${under}: ${now}`,
    "stop; whoever holds the run goes on with it, or `opsc resume` does",
  );
}

export function held(run: string): StoreError {
  return new StoreError(
    "held",
    `run ${run} is held by a living process`,
    "wait for it, look at it with `opsc show`, or end it with Ctrl-C where it runs",
  );
}

export function heldName(name: string): StoreError {
  return new StoreError("held", `another process is at ${name} of this store`, "wait for it, then do this again");
}

export function otherPlan(digest: string): StoreError {
  return new StoreError(
    "conflict",
    `the store already keeps other bytes as plan ${digest}`,
    "a plan is kept by the digest of its canonical bytes; make the plan again",
  );
}

export function damagedBlob(id: string): StoreError {
  return new StoreError(
    "broken",
    `blob ${id} is damaged: its bytes do not give its id`,
    "put back a copy of the store from before",
  );
}

export function damagedTree(cause: unknown): DamagedError {
  return new DamagedError(
    "hashes of the log's tree are missing or damaged",
    "`opsc audit verify` says what else is wrong; put back a copy of the store from before",
    { cause },
  );
}

export function erasedEntry(seq: number, stream: string): StoreError {
  return new StoreError(
    "erased",
    `entry ${seq} of the log (${stream}) was erased: only its hash is left`,
    "`opsc audit export` shows who erased it, and why",
  );
}
