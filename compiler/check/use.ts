/** `use`: a provider's instance, with its settings. */
import type * as tree from "../../language/tree.ts";
import type { Value } from "../ir/expr.ts";
import { optionalOf } from "../types/relations.ts";
import { type Context, isConst, isSettled, nearestTo, report } from "./context.ts";
import { checkAs } from "./expr.ts";
import { thereIs } from "./hints.ts";
import type { Binding } from "./scope.ts";

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
  const id = item.as?.text ?? provider;
  const config = settings(cx, item, id);
  const instance = {
    id,
    family: null,
    system: id,
    provider,
    version: known.manifest.version,
    manifest: known.digest,
    config,
  };
  cx.project.instances.set(id, instance);
  cx.project.uses.push({ instance, span: item.span });
  return { b: "instance", instance, manifest: known.manifest };
}

function settings(cx: Context, item: tree.UseItem, id: string): { readonly [name: string]: Value } {
  const params = cx.project.manifests.get(item.provider?.text ?? "")?.manifest.config ?? [];
  const values: Record<string, Value> = {};
  for (const member of item.body?.members ?? []) {
    if (member.kind !== "property") {
      report(cx, "misplaced", member.span, { what: "this", where: "use, which holds settings only" });
      continue;
    }
    const name = member.name.text;
    const param = params.find((p) => p.name === name);
    if (param === undefined) {
      const names = params.map((p) => p.name);
      const near = nearestTo(cx, name, names);
      const args = { block: `use ${id}`, name, near };
      report(cx, "unknown-property", member.name.span, args, thereIs("its settings are", names, near));
      continue;
    }
    const expr = checkAs(cx, member.value, param.required ? param.type : optionalOf(param.type), name);
    if (isConst(expr)) values[name] = expr.v;
    else if (!isSettled(expr)) report(cx, "not-constant", member.value.span, { what: name });
  }
  for (const param of params) {
    if (Object.hasOwn(values, param.name)) continue;
    if (param.default !== null) values[param.name] = param.default;
    else if (param.required) report(cx, "missing-property", item.span, { block: `use ${id}`, name: param.name });
  }
  return values;
}
