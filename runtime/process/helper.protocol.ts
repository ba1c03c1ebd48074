/** What the helper and who asks it say to one another: one JSON value a line. */
import type { ProcessGroup } from "./group.ts";
import type { CommandRequest } from "./spawn.ts";

/** A request without what cannot be sent. */
export type Order = Omit<CommandRequest, "signal" | "started">;

export type ToHelper =
  /** The gate of that number is recorded: it may become this. */
  | { readonly gate: number; readonly say: "run"; readonly order: Order }
  /** It is to be ended, or not to begin. */
  | { readonly gate: number; readonly say: "stop" };

export type FromHelper =
  /** A process that waits to be told what it is. */
  | { readonly gate: number; readonly say: "ready"; readonly group: ProcessGroup }
  | {
      readonly gate: number;
      readonly say: "ended";
      readonly exitCode: number;
      readonly endedBy: NodeJS.Signals | null;
      /** Base64. */
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly gate: number; readonly say: "failed"; readonly message: string; readonly retryable: boolean };

/** Calls `hear` for each line of a stream of them. */
export function lines(stream: NodeJS.ReadableStream, hear: (line: string) => void): void {
  // Joined once its end is there: a line may be megabytes long, and comes in many pieces.
  let pieces: string[] = [];
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const [first = "", ...more] = chunk.split("\n");
    pieces.push(first);
    for (const next of more) {
      hear(pieces.join(""));
      pieces = [next];
    }
  });
}
