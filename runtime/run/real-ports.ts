/** The world itself behind the ports of a run. */
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { partly } from "../../compiler/ir/partly/decide.ts";
import type { PlanWindow } from "../../compiler/plan/plan.schema.ts";
import { type PreparedWindow, prepareWindow } from "../../compiler/window/window.ts";
import { AT_THEIR_WORD, type Judge } from "../approvals/judge.ts";
import { type Ignored, nextEscalation, tally } from "../approvals/tally.ts";
import type { Rules } from "../engine/rules.ts";
import type { Fingerprint } from "../plan/preview.ts";
import { endGroup } from "../process/group.ts";
import { callProvider } from "../provider/call.ts";
import type { Provider } from "../provider/contract.ts";
import type { Secrets } from "../secrets/keeper.ts";
import type { Store } from "../store/port.ts";
import type { Seal } from "../store/seal.ts";
import { GRACE } from "./effects.ts";
import type { CallAnswer, CallRequest, Clock, Ports } from "./ports.ts";

const windows = new WeakMap<PlanWindow, PreparedWindow>();

/** Approvals told of that are there and do not count. */
const MOST_TOLD = 3;

/** Of this plan, and by somebody whose word does not count: they may believe that it does. */
function notCounted({ approval, why }: Ignored, digest: string, now: number, judge: Judge): string[] {
  const { plan, decision, who } = approval;
  if (plan !== digest) return [];
  if (decision === "override") return [`that ${who.trim()} sets it aside does not count: ${why}`];
  return decision === "approve" && judge.refuses(approval, now) !== null
    ? [`the approval of ${who.trim()} does not count: ${why}`]
    : [];
}

/** What expressions mean, when approvals are enough and windows open, everywhere the same but for whose word counts. */
export const rulesOf = (judge: Judge, past: Judge = judge): Rules => ({
  judge,
  past,
  evaluate,
  partly,
  window(window, at) {
    const prepared = windows.get(window) ?? prepareWindow(window);
    windows.set(window, prepared);
    return prepared(at);
  },
  tally(node, approvals, context) {
    const { met, missing, denied, ignored } = tally(node, approvals, { ...context, judge });
    const people = missing.map(
      ({ group, needed, from }) => `${needed} more of ${group.title}${from.length > 0 ? ` (${from.join(", ")})` : ""}`,
    );
    const next = met ? null : nextEscalation(node, context);
    if (next !== null) {
      const titles = next.groups.map((group) => group.title).join(" or ");
      people.push(`from ${new Date(next.from).toISOString()} on ${titles} may give it too`);
    }
    if (!met)
      people.push(...ignored.flatMap((one) => notCounted(one, context.digest, context.now, judge)).slice(0, MOST_TOLD));
    const comment = denied?.comment == null ? "" : `: ${denied.comment}`;
    return { met, missing: people.join("; "), denied: denied === null ? null : `denied by ${denied.who}${comment}` };
  },
});

export const realRules: Rules = rulesOf(AT_THEIR_WORD);

/** The longest that a timer of the platform can wait; 24 days. */
const LONGEST = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  at(time, then) {
    let timer: NodeJS.Timeout;
    const due = performance.now() + Math.max(0, time - Date.now());
    const wait = (): void => {
      const left = due - performance.now();
      // Set anew until the time has come: a wait may be longer than a timer, and a timer a moment early.
      timer = setTimeout(
        () => (performance.now() >= due ? then() : wait()),
        Math.min(Math.max(0, Math.ceil(left)), LONGEST),
      );
    };
    wait();
    return () => clearTimeout(timer);
  },
};

export interface RealOptions {
  readonly store: Store;
  /** By instance. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly directory: string;
  readonly environment: { readonly [name: string]: string };
  readonly self: Ports["self"];
  readonly rules: Rules;
  readonly fingerprint?: Fingerprint;
  readonly seal?: Seal;
  readonly secrets?: Secrets;
  readonly announce?: NonNullable<Ports["announce"]>;
  readonly vouch?: NonNullable<Ports["vouch"]>;
  readonly onEvent?: NonNullable<Ports["onEvent"]>;
}

export function realPorts(options: RealOptions): Ports {
  const { store, self, rules, onEvent, fingerprint, announce, seal, vouch } = options;
  return {
    store,
    clock: realClock,
    rules,
    random: Math.random,
    call: (request) => call(options, request),
    foresee: ({ instance }) => options.providers.get(instance)?.foresee?.() ?? null,
    endGroup,
    self,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(announce === undefined ? {} : { announce }),
    ...(vouch === undefined ? {} : { vouch }),
    ...(seal === undefined ? {} : { seal }),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
}

async function call(options: RealOptions, request: CallRequest): Promise<CallAnswer> {
  const provider = options.providers.get(request.call.instance);
  if (provider === undefined) {
    const message = `provider instance ${request.call.instance} is not configured here`;
    return { ok: false, failure: { kind: "refused", message, retryable: false }, output: null };
  }
  const { directory, environment, secrets } = options;
  return callProvider(provider, request.method, request.call, {
    directory,
    environment,
    signal: request.signal,
    timeoutMs: Math.max(1, request.deadline - Date.now()),
    // The provider's own grace ends before that of the run, so that its answer is the one that counts.
    graceMs: GRACE / 3,
    captured: request.captured,
    ...(secrets === undefined ? {} : { secrets }),
    processStarted: request.processStarted,
  });
}
