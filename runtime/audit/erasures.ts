/** What is gone from a log has to be what the log says was erased, to the entry. */
import type { EventOf } from "../event.schema.ts";
import type { Findings } from "./findings.ts";

interface Gone {
  entries: number;
  /** Places of the first and the last. */
  readonly first: number;
  last: number;
  readonly stream: string;
}

export class Erasures {
  /** By run; of a stream that is of no run, by the stream. */
  readonly #gone = new Map<string, Gone>();
  readonly #said = new Map<string, { readonly seq: number; readonly event: EventOf<"run.erased"> }>();

  gone(seq: number, stream: string): void {
    const of = /^(?:run|control)\/(.*)$/s.exec(stream)?.[1] ?? stream;
    const before = this.#gone.get(of);
    if (before === undefined) this.#gone.set(of, { entries: 1, first: seq, last: seq, stream });
    else {
      before.entries += 1;
      before.last = seq;
    }
  }

  said(seq: number, event: EventOf<"run.erased">): void {
    this.#said.set(event.run, { seq, event });
  }

  judge(findings: Findings): void {
    for (const [of, { entries, first, last, stream }] of this.#gone) {
      const said = this.#said.get(of)?.event;
      if (said?.entries === entries && said.last === last) continue;
      const gone = entries === 1 ? "1 entry of it is gone" : `${entries} entries of it are gone, up to entry ${last}`;
      const why =
        said === undefined
          ? "nothing in the log says by whom"
          : `the log says that ${said.entries} were erased, up to entry ${said.last}`;
      findings.report({ seq: first, stream }, "erased", `${gone}, and ${why}`);
    }
    for (const [run, { seq, event }] of this.#said)
      if (!this.#gone.has(run))
        findings.report(
          { seq, stream: `erasure/${run}` },
          "erased",
          `it says that ${event.entries} entries of run ${run} were erased, and none is gone`,
        );
  }
}
