/** What each exit code means, for `opsc help exit-codes` and the README. */
import { EXIT, type ExitCode } from "./exit.ts";

/** In Markdown's spelling of code; ascending. */
export const EXIT_CODES: readonly { readonly code: ExitCode; readonly means: string; readonly next: string }[] = [
  {
    code: EXIT.done,
    means: "done, nothing wrong",
    next: "warnings included, unless `--fail-level warning`",
  },
  {
    code: EXIT.wrong,
    means: "the files or the arguments are wrong",
    next: "diagnostics say where; also where `fmt --check` finds a file laid out otherwise, and `diff` two plans that mean something else",
  },
  {
    code: EXIT.changes,
    means: "a plan with changes, under `--detailed-exitcode`",
    next: "without changes it is 0",
  },
  {
    code: EXIT.refused,
    means: "refused: a guardrail, a requirement, a window, a limit, a lock, a stale, used or expired plan",
    next: "nothing was changed; the message says what would have to be otherwise",
  },
  {
    code: EXIT.waiting,
    means: "waits for approval",
    next: "`opsc approve`, then `opsc apply` or `opsc resume`; `--wait` waits",
  },
  {
    code: EXIT.undone,
    means: "the run failed, and everything it did was undone",
    next: "mend what it tells of, and plan again",
  },
  {
    code: EXIT.left,
    means: "the run failed, and something is left to do by hand",
    next: "the list is printed, and again by `opsc show RUN`",
  },
  {
    code: EXIT.stopped,
    means: "cancelled, paused, or let go",
    next: "`opsc resume RUN` goes on with what was paused or let go",
  },
  {
    code: EXIT.unverified,
    means: "the log, a plan or an approval does not verify",
    next: "it was changed after it was made, or rests on a key that was revoked: find out by whom, or what rests on it",
  },
  {
    code: EXIT.environment,
    means: "the environment: Node.js, store or provider not available",
    next: "`opsc doctor` looks at all of it; a run that had to stop goes on with `opsc resume RUN`",
  },
  { code: EXIT.denied, means: "denied by an approver", next: "plan again once they agree, or they `opsc withdraw` it" },
  {
    code: EXIT.unknown,
    means: "an outcome is not known",
    next: "find out, then `opsc resume RUN --mark done:STEP` or `retry:STEP`",
  },
  { code: EXIT.fault, means: "a fault of opsc itself", next: "please report it; `opsc runs` lists what was left" },
];
