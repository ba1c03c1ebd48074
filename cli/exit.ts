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

/**
 * Ends a command with words for people: what happened, and what to do. Never a stack trace. A small program (`build-small.ts`) and the
 * parts it loads have a class of their own each; by its `kind` the one knows what the other has thrown.
 */
export class Stop extends Error {
  static readonly kind: symbol = Symbol.for("opsc stop");
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
    for (let of: unknown = new.target; isKind(of); of = Object.getPrototypeOf(of))
      Object.defineProperty(this, of.kind, { value: true });
    this.name = "Stop";
    this.code = code;
    this.help = help;
    this.data = data;
    this.more = more;
  }
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it is the class that is asked, which may be one that extends this one
    return typeof value === "object" && value !== null && this.kind in value;
  }
}

const isKind = (of: unknown): of is { readonly kind: symbol } =>
  typeof of === "function" && "kind" in of && typeof of.kind === "symbol";
