/** Exit codes: a contract with scripts and CI (see the README). */
export const EXIT = {
  done: 0,
  wrong: 1,
  changes: 2,
  refused: 3,
  waiting: 4,
  undone: 5,
  left: 6,
  stopped: 7,
  unverified: 8,
  environment: 9,
  denied: 10,
  unknown: 11,
  fault: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with words for people: what happened, and what to do. Never a stack trace. */
export class Stop extends Error {
  readonly code: ExitCode;
  /** What to do; null where there is nothing to say. */
  readonly help: string | null;
  /** For `--json`. */
  readonly data: { readonly [name: string]: unknown };
  /** What else is wrong, told after it. */
  readonly more: readonly { readonly message: string; readonly help: string | null }[];
  constructor(
    code: ExitCode,
    message: string,
    help: string | null = null,
    data: { readonly [name: string]: unknown } = {},
    more: Stop["more"] = [],
  ) {
    super(message);
    this.name = "Stop";
    this.code = code;
    this.help = help;
    this.data = data;
    this.more = more;
  }
}
