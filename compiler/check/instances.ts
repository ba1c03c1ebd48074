/** Which instance of a provider a call means: the one there is, or one of `use … per`. */
import type * as tree from "../../language/tree.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import { constant, type Expr, type Value } from "../ir/expr.ts";
import type { Instance } from "../program.ts";
import type { Type } from "../types/type.ts";
import { demand } from "./block.ts";
import { type Context, report } from "./context.ts";
import { checkAs } from "./expr.ts";
import type { Binding, Scope } from "./scope.ts";

/** As in `Call`. */
export interface Target {
  readonly instance: string;
  readonly member: Expr | null;
  /** The instance, or all of the family. */
  readonly instances: readonly Instance[];
}

/** What the setting is of the instance that is meant; none where it is not set. Null where no instance sets it. */
export function settingOf({ member, instances }: Target, name: string): Expr | null {
  const given = ({ config }: Instance): Value => (Object.hasOwn(config, name) ? (config[name] ?? null) : null);
  if (instances.every((instance) => given(instance) === null)) return null;
  const [only] = instances;
  if (member === null) return constant(only === undefined ? null : given(only));
  const arms = instances.map((each) => ({ is: [each.family?.member ?? null], then: constant(given(each)) }));
  return { k: "match", on: member, arms, at: null };
}

/** Null once a mistake is told. `chosen` is `k8s[env]`, where an index stands after the name. */
export function chooseInstance(
  cx: Context,
  binding: Extract<Binding, { b: "instance" | "family" }>,
  of: tree.NameExpr,
  chosen: tree.IndexExpr | null,
): Target | null {
  if (binding.b === "instance") {
    if (chosen === null) return { instance: binding.instance.id, member: null, instances: [binding.instance] };
    const span = { start: of.span.end, end: chosen.span.end };
    const fixes = [{ title: `write ${of.text} alone`, edits: [{ module: cx.module.path, span, text: "" }] }];
    report(cx, "instance-single", chosen.at.span, { name: of.text }, { fixes });
    return null;
  }
  const { name, type } = binding;
  if (chosen === null) {
    report(cx, "instance-choice", of.span, { name: of.text, type: type.name }, { fixes: onlyChoice(cx, of, type) });
    return null;
  }
  const before = cx.project.diagnostics.length;
  const member = checkAs(cx, chosen.at, type, "the choice");
  demand(cx, member, "plan", `the choice of ${of.text}`, chosen.at.span);
  return cx.project.diagnostics.length > before ? null : { instance: name, member, instances: binding.instances };
}

/** The one input or let around the call that has the enum's type. Where there are several, a person decides. */
function onlyChoice(cx: Context, of: tree.NameExpr, type: Extract<Type, { kind: "enum" }>): Fix[] {
  const fitting: string[] = [];
  // The scope of the file is left out: to look at its names is to resolve them.
  for (let scope: Scope | null = cx.scope; scope?.parent != null; scope = scope.parent)
    for (const name of scope.ownNames()) {
      const binding = scope.peek(name);
      if (binding?.b === "value" && binding.type.kind === "enum" && binding.type.id === type.id) fitting.push(name);
    }
  const [only, ...more] = fitting;
  if (only === undefined || more.length > 0) return [];
  const span = { start: of.span.end, end: of.span.end };
  return [
    {
      title: `write ${of.text}[${only}]`,
      suggested: true as const,
      edits: [{ module: cx.module.path, span, text: `[${only}]` }],
    },
  ];
}
