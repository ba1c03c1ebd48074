/** `use`: a provider's instance with its settings, or one for each member of an enum. */
import type * as tree from "../../language/tree.ts";
import { canonicalJson } from "../canonical.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { constant, type Value } from "../ir/expr.ts";
import type { Instance } from "../program.ts";
import { holdsSecret, optionalOf, STRING } from "../types/relations.ts";
import { briefType, type Type } from "../types/type.ts";
import { notReserved } from "./bind.ts";
import { type Context, isConst, isSettled, type KnownManifest, nearestTo, report, within } from "./context.ts";
import { checkAs } from "./expr.ts";
import { thereIs } from "./hints.ts";
import { type Binding, Scope } from "./scope.ts";
import { resolveType } from "./types.ts";

export function checkUse(cx: Context, item: tree.UseItem): Binding {
  if (item.provider === null) return { b: "broken" };
  const provider = item.provider.text;
  const known = cx.project.manifests.get(provider);
  if (known === undefined) {
    const names = [...cx.project.manifests.keys()].sort();
    const near = nearestTo(cx, provider, names);
    const { help } = thereIs("providers are", names, near);
    const more = "another is named under providers in opsc.config.json";
    const extra = help === undefined ? {} : { help: `${help}; ${more}` };
    report(cx, "unknown-provider", item.provider.span, { name: provider, near }, extra);
    return { b: "broken" };
  }
  if (item.per !== null) return checkFamily(cx, item, item.per, provider, known);
  const id = item.as?.text ?? provider;
  const instance = instanceOf({ id, family: null, provider, known }, settings(cx, item, id));
  declareInstance(cx, instance, item);
  return { b: "instance", instance, manifest: known.manifest };
}

/** An instance for each member, its settings those that `use` gives with the name after `per` standing for the member. */
function checkFamily(
  cx: Context,
  item: tree.UseItem,
  per: tree.UsePer,
  provider: string,
  known: KnownManifest,
): Binding {
  const type = resolveType(cx, per.type);
  if (type.kind === "error") return { b: "broken" };
  if (type.kind !== "enum") {
    report(cx, "type-mismatch", per.type.span, { what: "this", found: briefType(type), expected: "an enum" });
    return { b: "broken" };
  }
  const name = item.as?.text ?? provider;
  if (per.name !== null) notReserved(cx, per.name);
  const found = type.members.map((member) => {
    const diagnostics: Diagnostic[] = [];
    const inner = within({ ...cx, project: { ...cx.project, diagnostics } }, memberScope(cx, per, type, member));
    const id = `${name}[${member}]`;
    const given = settings(inner, item, name);
    return { member, diagnostics, instance: instanceOf({ id, family: { name, member }, provider, known }, given) };
  });
  cx.project.diagnostics.push(...merged(found, per.name?.text ?? type.name));
  const instances = found.map((each) => each.instance);
  for (const instance of instances) declareInstance(cx, instance, item);
  if (found.every((each) => each.diagnostics.length === 0)) tellAlike(cx, item, instances);
  return { b: "family", name, type, instances, manifest: known.manifest };
}

function memberScope(cx: Context, per: tree.UsePer, type: Type, member: string): Scope {
  const scope = new Scope(cx.scope);
  if (per.name !== null)
    scope.add(per.name.text, per.name.span, { b: "value", type, expr: constant(member), stage: "check" });
  return scope;
}

/** What is wrong for every member is told once; what is wrong for some names the first of them. */
function merged(
  found: readonly { readonly member: string; readonly diagnostics: readonly Diagnostic[] }[],
  name: string,
): Diagnostic[] {
  const byPlace = new Map<string, { readonly diagnostic: Diagnostic; readonly member: string; count: number }>();
  for (const { member, diagnostics } of found)
    for (const diagnostic of diagnostics) {
      const key = `${diagnostic.code} ${diagnostic.module} ${diagnostic.span.start} ${diagnostic.span.end}`;
      const before = byPlace.get(key);
      if (before === undefined) byPlace.set(key, { diagnostic, member, count: 1 });
      else before.count += 1;
    }
  return [...byPlace.values()].map(({ diagnostic, member, count }) =>
    count >= found.length
      ? diagnostic
      : { ...diagnostic, message: `${diagnostic.message} (where ${name} is ${member})` },
  );
}

function tellAlike(cx: Context, item: tree.UseItem, instances: readonly Instance[]): void {
  const seen = new Map<string, Instance>();
  if (item.body === null || item.body.members.length === 0) return;
  for (const instance of instances) {
    const other = seen.get(instance.system);
    if (other === undefined) seen.set(instance.system, instance);
    else {
      const span = item.as?.span ?? item.provider?.span ?? item.span;
      report(cx, "instances-alike", span, { one: other.id, other: instance.id });
      return;
    }
  }
}

function declareInstance(cx: Context, instance: Instance, item: tree.UseItem): void {
  cx.project.instances.set(instance.id, instance);
  cx.project.uses.push({ instance, span: item.span });
}

interface Identity {
  readonly id: string;
  readonly family: Instance["family"];
  readonly provider: string;
  readonly known: KnownManifest;
}

interface Settings {
  readonly config: { readonly [name: string]: Value };
  /** The `id` that is stated. */
  readonly system: string | null;
}

function instanceOf({ id, family, provider, known }: Identity, { config, system }: Settings): Instance {
  // Who asks does not say what is asked.
  const secret = new Set(known.manifest.config.filter(({ type }) => holdsSecret(type)).map(({ name }) => name));
  const place = Object.fromEntries(Object.entries(config).filter(([name]) => !secret.has(name)));
  return {
    id,
    family,
    system: system ?? (Object.keys(place).length === 0 ? provider : `${provider} ${canonicalJson(place)}`),
    provider,
    version: known.manifest.version,
    manifest: known.digest,
    config,
  };
}

function settings(cx: Context, item: tree.UseItem, id: string): Settings {
  const params = cx.project.manifests.get(item.provider?.text ?? "")?.manifest.config ?? [];
  const values = new Map<string, Value>();
  const seen = new Set<string>();
  let system: string | null = null;
  for (const member of item.body?.members ?? []) {
    if (member.kind !== "property") {
      report(cx, "misplaced", member.span, { what: "this", where: "use, which holds settings only" });
      continue;
    }
    const name = member.name.text;
    if (seen.has(name)) {
      report(cx, "duplicate-statement", member.name.span, { what: name, where: `use ${id}` });
      continue;
    }
    seen.add(name);
    const param = params.find((p) => p.name === name);
    if (param === undefined && name === "id") {
      system = systemId(cx, member);
      continue;
    }
    if (param === undefined) {
      const names = params.map((p) => p.name);
      const near = nearestTo(cx, name, [...names, "id"]);
      const args = { block: `use ${id}`, name, near };
      report(cx, "unknown-property", member.name.span, args, thereIs("its settings are", names, near));
      continue;
    }
    const expr = checkAs(cx, member.value, param.required ? param.type : optionalOf(param.type), name);
    if (isConst(expr)) values.set(name, expr.v);
    else if (!isSettled(expr)) report(cx, "not-constant", member.value.span, { what: name });
  }
  for (const param of params) {
    if (values.has(param.name) || seen.has(param.name)) continue;
    if (param.default !== null) values.set(param.name, param.default);
    else if (param.required) report(cx, "missing-property", item.span, { block: `use ${id}`, name: param.name });
  }
  return { config: Object.fromEntries(values), system };
}

/** The name of the system that the instance reaches, for instances that reach one by different ways. */
function systemId(cx: Context, member: tree.Property): string | null {
  const expr = checkAs(cx, member.value, STRING, "id");
  if (!isConst(expr)) {
    if (!isSettled(expr)) report(cx, "not-constant", member.value.span, { what: "id" });
    return null;
  }
  if (typeof expr.v !== "string") return null;
  if (expr.v.trim() === "") report(cx, "refinement-fails", member.value.span, { type: "id", why: "it is empty" });
  return expr.v;
}
