/** What a call touches, as far as that is known before planning. */
import type { Span } from "../../language/tree.ts";
import type { Call, Instance } from "../program.ts";
import { plainResource } from "../resource.ts";
import type { Flow, Known } from "./flow.ts";

export interface Touch {
  /** `write`, or `the rollback of write`. */
  readonly by: string;
  readonly span: Span;
  readonly undo: boolean;
  readonly writes: boolean;
  /** What it reaches, as far as that is known. */
  readonly system: string | null;
  /** As it is called in the source. */
  readonly instance: string;
  /** Equal for what is surely one thing of one system; null where that cannot be said. */
  readonly thing: string | null;
  /** For people; null where it is no text of parts. */
  readonly shown: string | null;
  readonly resource: Known;
  readonly conditions: readonly Condition[];
}

export interface Condition {
  /** The number of what must hold, with `!` before it where it must not. */
  readonly key: string;
  readonly loops: ReadonlySet<string>;
}

export type Systems = (instance: string) => Instance | undefined;

export interface Toucher extends Pick<Touch, "by" | "span" | "undo" | "conditions"> {
  readonly call: Call;
}

export function touchOf(flow: Flow, systems: Systems, by: Toucher): Touch {
  const { call, ...rest } = by;
  const resource = flow.known(call.resource);
  const [only, ...more] = resource.shape ?? [];
  const literal = typeof only === "string" && more.length === 0 ? plainResource(only) : null;
  const name = literal === null ? `#${resource.key}` : `=${literal}`;
  const system = systemOf(flow, systems, call);
  return {
    ...rest,
    writes: call.effect !== "read",
    system,
    instance: call.instance,
    thing: system === null ? null : `${system} ${name}`,
    // Only what is told is shown.
    get shown() {
      return literal ?? (resource.shape === null ? null : flow.show(resource.shape));
    },
    resource,
  };
}

/** The system that is reached; null where only the plan knows which. */
function systemOf(flow: Flow, systems: Systems, { instance, member }: Call): string | null {
  if (member === null) return systems(instance)?.system ?? null;
  const chosen = flow.constantOf(member);
  if (typeof chosen === "string") return systems(`${instance}[${chosen}]`)?.system ?? null;
  return `${instance}[${flow.known(member).key}]`;
}

/** Whether the one is done whenever the other is: then their meeting is no matter of inputs. */
export function togetherSurely(a: Touch, b: Touch): boolean {
  const [few, many] = a.conditions.length <= b.conditions.length ? [a, b] : [b, a];
  return few.conditions.every((condition) => many.conditions.some((other) => other.key === condition.key));
}
