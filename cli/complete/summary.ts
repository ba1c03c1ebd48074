/** What completion needs to know of a project: its actions, their inputs with the values there are, and its people. */
import type { Program } from "../../compiler/program.ts";
import type { Type } from "../../compiler/types/type.ts";
import { ownActions } from "../find-action.ts";

export interface Summary {
  readonly actions: readonly {
    readonly id: string;
    readonly name: string;
    readonly about: string;
    readonly inputs: readonly { readonly name: string; readonly about: string; readonly values: readonly string[] }[];
  }[];
  readonly people: readonly { readonly who: string; readonly about: string }[];
}

export function summaryOf(program: Program): Summary {
  const people = new Map<string, string[]>();
  for (const { name, members } of program.approvers)
    for (const who of members) people.set(who, [...(people.get(who) ?? []), name]);
  return {
    actions: ownActions(program).map(({ id, name, doc, params }) => ({
      id,
      name,
      about: firstLine(doc),
      inputs: params.map((param) => ({ name: param.name, about: firstLine(param.doc), values: valuesOf(param.type) })),
    })),
    people: [...people].map(([who, groups]) => ({ who, about: groups.join(", ") })),
  };
}

const firstLine = (text: string | null): string => text?.split("\n")[0] ?? "";

/** All values of a type, as words of a command line; none where there are too many to name. */
function valuesOf(type: Type): readonly string[] {
  switch (type.kind) {
    case "optional":
      return valuesOf(type.of);
    case "refined":
      return valuesOf(type.base);
    case "bool":
      return ["true", "false"];
    case "enum":
      return type.members;
    case "one_of":
      return type.keys;
    case "literal":
      return [String(type.value)];
    case "union":
      return type.of.flatMap(valuesOf);
    default:
      return [];
  }
}
