/** Everything that a command writes passes here: without the secrets that are known. */
import process from "node:process";
import { statementsIn } from "../runtime/approvals/said.ts";
import { statementText } from "../runtime/approvals/statement.ts";
import type { RunEvent } from "../runtime/event.schema.ts";
import type { Redactor } from "../runtime/secrets/redactor.ts";
import type { Append, Erasure, Store } from "../runtime/store/port.ts";
import { EXIT, Stop } from "./exit.ts";
import { safeName } from "./words.ts";

/** The store with events and output written without secrets. Plans are written as they are: one that held a secret is not made. */
export function cleanStore(store: Store, redactor: Redactor): Store {
  const event = (each: RunEvent): RunEvent => {
    const written = redactor.value(each as never) as RunEvent;
    if (written !== each) demandWords(each, written);
    return written;
  };
  const clean = (append: Append): Append => ({ ...append, events: append.events.map(event) });
  return new Proxy(store, {
    get(target, name) {
      if (name === "append") return (appends: readonly Append[]) => target.append(appends.map(clean));
      if (name === "erase") return (it: Erasure) => target.erase({ ...it, append: clean(it.append) });
      if (name === "putBlob") return (bytes: Uint8Array) => target.putBlob(redactor.bytes(bytes));
      const found: unknown = Reflect.get(target, name, target);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

/** Throws `Stop` where somebody signed what would be written otherwise: it would be found to be forged ever after. */
function demandWords(event: RunEvent, written: RunEvent): void {
  const after = statementsIn(written);
  for (const [i, statement] of statementsIn(event).entries()) {
    const other = after[i];
    if (statement.signature === null || (other !== undefined && statementText(other) === statementText(statement)))
      continue;
    throw new Stop(
      EXIT.refused,
      `what ${safeName(statement.who)} signed (${statement.decision}) holds a secret, and is not written into the log`,
      "say it in other words; whoever has read it knows the secret, so change it",
    );
  }
}

let cleaned = false;

/** From now on, whoever writes to standard output or error, code of providers among them, writes without secrets. */
export function cleanStreams(redactor: Redactor): void {
  if (cleaned) return;
  cleaned = true;
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    const clean = (chunk: string | Uint8Array): string | Uint8Array =>
      typeof chunk === "string" ? redactor.text(chunk) : redactor.bytes(chunk);
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => write(clean(chunk), ...rest)) as typeof write;
  }
}
