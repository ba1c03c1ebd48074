/** The manifest of a provider, from its declaration. All that is wrong with a declaration is found here. */

import { NAME } from "../../compiler/manifest.schema.ts";
import {
  MANIFEST_VERSION,
  type Manifest,
  type ManifestOperation,
  type ManifestParam,
  PROVIDER_PROTOCOL,
} from "../../compiler/manifest.ts";
import { resourceHoles } from "../../compiler/resource.ts";
import { holdsSecret } from "../../compiler/types/relations.ts";
import type { Type } from "../../compiler/types/type.ts";
import type { Operation, ProviderSpec } from "./operation.ts";
import { DefinitionError, paramOf, typeOf } from "./zod-types.ts";

/** Throws `DefinitionError`, which names the operation and the parameter. */
export function manifestOf(spec: ProviderSpec): Manifest {
  const where = `provider ${spec.name}`;
  checkName(spec.name, where);
  if (spec.version === "") throw new DefinitionError(where, "it needs a `version`");
  const names = Object.keys(spec.operations).sort();
  return {
    manifestVersion: MANIFEST_VERSION,
    protocol: PROVIDER_PROTOCOL,
    name: spec.name,
    version: spec.version,
    doc: spec.doc,
    config: settingsOf(spec.config?.shape ?? {}, `${where}, setting`),
    operations: Object.fromEntries(
      names.map((name) => {
        const operation = spec.operations[name];
        if (operation === undefined) throw new DefinitionError(where, `operation \`${name}\` is undefined`);
        return [name, operationOf(spec, name, operation)];
      }),
    ),
  };
}

function checkName(name: string, where: string): void {
  if (!NAME.test(name))
    throw new DefinitionError(where, `\`${name}\` is no name: write it in snake_case, a letter first`);
}

function settingsOf(shape: Operation["params"]["shape"], where: string): readonly ManifestParam[] {
  const settings = paramsOf(shape, where);
  const template = settings.find((each) => each.template !== null);
  if (template !== undefined)
    throw new DefinitionError(
      `${where} \`${template.name}\``,
      "a template is a parameter of an operation, not a setting",
    );
  return settings;
}

function paramsOf(
  shape: ProviderSpec["operations"][string]["params"]["shape"],
  where: string,
): readonly ManifestParam[] {
  return Object.entries(shape).map(([name, schema]) => {
    const at = `${where} \`${name}\``;
    checkName(name, at);
    return paramOf(name, schema, at);
  });
}

function operationOf(spec: ProviderSpec, name: string, operation: Operation): ManifestOperation {
  const where = `operation ${spec.name}.${name}`;
  checkName(name, where);
  const params = paramsOf(operation.params.shape, `${where}, parameter`);
  checkResource(
    operation.resource,
    params,
    settingsOf(spec.config?.shape ?? {}, `provider ${spec.name}, setting`),
    where,
  );
  checkConsistent(spec, operation, where);
  return {
    doc: operation.doc,
    params,
    result: typeOf(operation.result, `${where}, result`),
    resultWhen: (operation.resultWhen ?? []).map((when) => {
      checkWhen(when, params, where);
      return {
        param: when.param,
        is: when.is,
        result: typeOf(when.result, `${where}, result when ${when.param} is ${when.is}`),
      };
    }),
    effect: operation.effect,
    resource: operation.resource,
    repeat: operation.repeat,
    atomic: operation.atomic ?? false,
    ...previewOf(operation, params, where),
    undo: operation.undo !== undefined,
    ...(operation.expires === true ? { expires: true } : {}),
    declarable: operation.declarable ?? false,
  };
}

function previewOf(
  operation: Operation,
  params: readonly ManifestParam[],
  where: string,
): Pick<ManifestOperation, "preview" | "previewPublicWhen"> {
  const { previewIs = "sensitive" } = operation;
  if (operation.preview === undefined) return { preview: "none" };
  if (typeof previewIs === "string") return { preview: previewIs };
  const said = params.find((param) => param.name === previewIs.publicWhen);
  if (said?.type.kind !== "bool")
    throw new DefinitionError(where, `\`publicWhen\` names \`${previewIs.publicWhen}\`, no yes-or-no parameter of it`);
  return { preview: "sensitive", previewPublicWhen: said.name };
}

function checkConsistent(spec: ProviderSpec, operation: Operation, where: string): void {
  if (operation.effect === "read" && (operation.preview !== undefined || operation.undo !== undefined)) {
    throw new DefinitionError(where, "a read changes nothing, so it has neither `preview` nor `undo`");
  }
  if (operation.effect === "read" && operation.expires === true) {
    throw new DefinitionError(where, "a read gives nothing that could end: it has no `expires`");
  }
  if (operation.effect === "read" && operation.repeat !== "idempotent") {
    throw new DefinitionError(where, "a read can always be repeated: `repeat` is `idempotent`");
  }
  if (operation.previewIs !== undefined && operation.preview === undefined) {
    throw new DefinitionError(where, "`previewIs` without a `preview`");
  }
  if (operation.config !== undefined && operation.config !== spec.config) {
    throw new DefinitionError(where, "its `config` is another schema than the provider's");
  }
}

/** A resource has a name as text, so only what is always there and has one plain text may stand in it. */
function checkResource(
  resource: string,
  params: readonly ManifestParam[],
  settings: readonly ManifestParam[],
  where: string,
): void {
  if (resource === "")
    throw new DefinitionError(where, "it needs a `resource`: what it touches, such as `file:{path}`");
  for (const { param: hole, from } of resourceHoles(resource)) {
    const setting = settings.find((each) => each.name === from);
    if (from !== null && setting === undefined)
      throw new DefinitionError(where, `\`${from}\` in its resource is none of the provider's settings`);
    if (setting !== undefined && holdsSecret(setting.type))
      throw new DefinitionError(where, `\`${from}\` in its resource is a secret`);
    const param = params.find((each) => each.name === hole);
    if (param === undefined)
      throw new DefinitionError(where, `\`{${hole}}\` in its resource is none of its parameters`);
    if (holdsSecret(param.type)) throw new DefinitionError(where, `\`{${hole}}\` in its resource is a secret`);
    if (param.template !== null)
      throw new DefinitionError(where, `\`{${hole}}\` in its resource is code, which names nothing`);
    if (!hasText(param.type)) {
      throw new DefinitionError(
        where,
        `\`{${hole}}\` in its resource is not plain text or a number that is always given`,
      );
    }
  }
}

function hasText(type: Type): boolean {
  switch (type.kind) {
    case "list":
    case "map":
    case "record":
    case "optional":
    case "json":
    case "none":
      return false;
    default:
      return true;
  }
}

function checkWhen(
  when: { readonly param: string; readonly is: unknown },
  params: readonly ManifestParam[],
  where: string,
): void {
  const param = params.find((each) => each.name === when.param);
  if (param === undefined)
    throw new DefinitionError(where, `\`resultWhen\` names \`${when.param}\`, none of its parameters`);
  const { type } = param;
  const fits =
    (type.kind === "bool" && typeof when.is === "boolean") ||
    (type.kind === "string" && typeof when.is === "string") ||
    (type.kind === "int" && Number.isInteger(when.is)) ||
    (type.kind === "literal" && type.value === when.is) ||
    (type.kind === "union" && type.of.some((each) => each.kind === "literal" && each.value === when.is));
  if (!fits) throw new DefinitionError(where, `\`resultWhen\` compares \`${when.param}\` with a value it never has`);
}
