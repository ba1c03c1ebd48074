/** The helpers of this process, started once some commands have been run, and the processes they have ready. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { ProcessGroup } from "./group.ts";
import { HelperClient, type ReadyGate } from "./helper-client.ts";

/** So many commands are run without one: starting it takes as long as some of them. */
const FEW = 3;
/** One makes its next process while a command of the other runs. */
const MOST = Math.min(2, availableParallelism());

let commands = 0;
let made = 0;
const alive = new Set<HelperClient>();
let ready: ReadyGate[] = [];
/** Of `ready`, those that `foresee` has told of: taken first, in order. */
let foreseen: ReadyGate[] = [];
let last: HelperClient | null = null;

/** The process that becomes the next command; null while no helper is worth it, where there is none, and while none has one ready. */
export function takeReady(): ReadyGate | null {
  commands += 1;
  startOne();
  return foreseen.shift() ?? next();
}

/** Of the helper that was not the last: that one is making another. */
function next(): ReadyGate | null {
  const other = ready.findIndex(({ by }) => by !== last);
  const [gate = null] = ready.splice(Math.max(0, other), 1);
  if (gate !== null) last = gate.by;
  return gate;
}

/**
 * A process that waits to become the next command, so that it can be recorded beforehand with what else is written down; null
 * where none is ready. What is foreseen is taken first, in order; a command that gets another records that.
 */
export function foresee(): ProcessGroup | null {
  const gate = next();
  if (gate === null) return null;
  foreseen.push(gate);
  return gate.group;
}

/** Those that live. */
export const helpers = (): readonly HelperClient[] => [...alive];

function startOne(): void {
  // Each has to have been worth it: so the second comes later, and one that died is not tried again for ever.
  if (alive.size >= MOST || commands <= FEW * 2 ** made || process.platform === "win32") return;
  const file = program();
  if (file === null) return;
  made += 1;
  const client: HelperClient = new HelperClient(file, {
    ready: (gate) => ready.push(gate),
    gone: () => {
      alive.delete(client);
      if (last === client) last = null;
      ready = ready.filter(({ by }) => by !== client);
      foreseen = foreseen.filter(({ by }) => by !== client);
    },
  });
  alive.add(client);
}

/** As built, or as it stands in the sources. */
function program(): string | null {
  const files = ["./spawn-helper.mjs", "./helper.ts"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return files.find((file) => existsSync(file)) ?? null;
}
