/** What entries name that is kept beside them: output of calls, and what undo will need. */
import type { RunEvent } from "../event.schema.ts";
import { type RawEntry, type Store, StoreError } from "../store/port.ts";
import type { Findings } from "./findings.ts";

/** Ids of what an event names. */
export function blobsOf(event: RunEvent): string[] {
  switch (event.type) {
    case "attempt.succeeded":
    case "attempt.failed":
      return event.output === null ? [] : [event.output];
    case "attempt.captured":
      return event.blob === null ? [] : [event.blob];
    default:
      return [];
  }
}

/** Whether an event of that type, written as `text`, may name one: most name none, and need not be read for that. */
export const mayNameBlob = (type: RunEvent["type"], text: string): boolean =>
  (type === "attempt.succeeded" && text.includes('"output":"')) ||
  (type === "attempt.captured" && text.includes('"blob":"'));

/** Hears what entries name, so that it can be looked at without walking them again. */
export class NamedBlobs {
  #named: { readonly place: Pick<RawEntry, "seq" | "stream">; readonly id: string }[] = [];

  hear({ seq, stream }: RawEntry, event: RunEvent): void {
    for (const id of blobsOf(event)) this.#named.push({ place: { seq, stream }, id });
  }

  /** Reports what of all that was named since is not in the store, or is not what was kept. What was erased is named by no entry that is left. */
  async judge(store: Pick<Store, "getBlob">, findings: Findings): Promise<void> {
    const named = this.#named;
    this.#named = [];
    for (const { place, id } of named) {
      const why = await wrong(store, id);
      if (why !== null) findings.report(place, "blob", why);
    }
  }
}

async function wrong(store: Pick<Store, "getBlob">, id: string): Promise<string | null> {
  try {
    return (await store.getBlob(id)) === null
      ? `what it keeps beside the log (${id}) is gone, and nothing says that it was erased`
      : null;
  } catch (error) {
    if (!(error instanceof StoreError) || error.fault !== "broken") throw error;
    return `what it keeps beside the log (${id}) is not what was kept`;
  }
}
