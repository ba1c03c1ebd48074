/**
 * The helper: a small process that makes others, run by `helper-client.ts`. It has the next few ready in advance, which only wait
 * to be told what they are. When who asks it is gone, so is it, and what had not begun never does.
 */
import process from "node:process";
import { ProviderError } from "../provider/contract.ts";
import { closeGate, type Environment, type Gate, makeGate } from "./gate.ts";
import { type FromHelper, lines, type Order, type ToHelper } from "./helper.protocol.ts";
import { runHere } from "./run-here.ts";

/** How many wait in advance; more while more are run at a time. */
const READY = 2;

const gates = new Map<number, Gate>();
const running = new Map<number, AbortController>();
let made = 0;
let making = 0;
/** What commands were given last is what the next will most likely be given. */
let env: Environment = {};

const say = (what: FromHelper): void => {
  process.stdout.write(`${JSON.stringify(what)}\n`);
};

async function makeReady(): Promise<void> {
  while (gates.size + making < READY + running.size) {
    making += 1;
    try {
      const gate = await makeGate(env);
      made += 1;
      gates.set(made, gate);
      say({ gate: made, say: "ready", group: gate.group });
    } catch {
      // Who asks makes them itself while none is ready.
      return;
    } finally {
      making -= 1;
    }
  }
}

async function run(id: number, gate: Gate, order: Order): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const started = async (): Promise<void> => {
      // To make a process keeps this one from all else, so while another waits it is done once this command has ended.
      if (gates.size === 0) setImmediate(() => void makeReady());
    };
    const request = { ...order, signal: stop.signal, started };
    const { stdout, stderr, ...how } = await runHere(request, async () => gate);
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
    say({ gate: id, say: "ended", ...how, stdout: text(stdout), stderr: text(stderr) });
  } catch (error) {
    await closeGate(gate);
    const message = error instanceof Error ? error.message : String(error);
    say({ gate: id, say: "failed", message, retryable: error instanceof ProviderError && error.retryable });
  } finally {
    running.delete(id);
    setImmediate(() => void makeReady());
  }
}

function hear(line: string): void {
  const told = JSON.parse(line) as ToHelper;
  const gate = gates.get(told.gate);
  switch (told.say) {
    case "run":
      if (gate === undefined) return;
      gates.delete(told.gate);
      if (JSON.stringify(env) !== JSON.stringify(told.order.env)) env = told.order.env;
      void run(told.gate, gate, told.order);
      return;
    case "stop":
      running.get(told.gate)?.abort();
      if (gate === undefined) return;
      gates.delete(told.gate);
      void closeGate(gate);
      return;
  }
}

lines(process.stdin, hear);
// What runs is of groups of their own, and recorded: whoever comes next ends it.
process.stdin.on("end", () => process.exit());
process.stdout.on("error", () => process.exit());
void makeReady();
