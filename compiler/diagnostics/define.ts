/** What an entry of the registry is. */
import type { Severity } from "./diagnostic.ts";

export type Args = Readonly<Record<string, string>>;

export interface Definition<A extends Args> {
  readonly severity: Severity;
  /** One sentence in the field's words, without the file's position and without a remedy. */
  readonly message: (args: A) => string;
  /** The remark under the place; null where the message says it. */
  readonly label: ((args: A) => string) | null;
  /** Why operations suffer from it; null where it is plain. */
  readonly why: string | null;
  /** What to do. */
  readonly help: ((args: A) => string) | null;
}

interface Extra<A extends Args> {
  readonly label?: (args: A) => string;
  readonly why?: string;
  readonly help?: (args: A) => string;
}

const make =
  (severity: Severity) =>
  <A extends Args>(message: (args: A) => string, extra: Extra<A> = {}): Definition<A> => ({
    severity,
    message,
    label: extra.label ?? null,
    why: extra.why ?? null,
    help: extra.help ?? null,
  });

export const error = make("error");
export const warning = make("warning");
