/** A type as it can be written in a file. */
import { isReserved } from "../../language/tokens.ts";
import type { Parsed } from "../check/context.ts";
import { nameOf } from "../check/import-graph.ts";
import type { Binding, Scope } from "../check/scope.ts";
import type { Type } from "../types/type.ts";

/** What a file has names for. */
export interface TypeNames {
  find(wanted: (binding: Binding) => boolean): string | null;
}

/** `scope` is that of the file. Actions and what else names no type are not looked at: that would be to check them. */
export function typeNames({ tree }: Parsed, scope: Scope): TypeNames {
  const names = tree.items.flatMap((item) => {
    if (item.kind === "import") return item.names.map(({ name, as }) => (as ?? name).text);
    return item.kind === "enum" || item.kind === "type" || item.kind === "let" ? (nameOf(item)?.text ?? []) : [];
  });
  return {
    find: (wanted) =>
      names.find((name) => {
        const binding = scope.peek(name);
        return binding !== undefined && wanted(binding);
      }) ?? null,
  };
}

/** Null of what the file has no name for, or no way to write. */
export function typeText(type: Type, names: TypeNames): string | null {
  switch (type.kind) {
    case "literal":
      return typeof type.value === "string" ? quoted(type.value) : String(type.value);
    case "union":
      return joined(
        type.of.map((each) => typeText(each, names)),
        " | ",
      );
    case "list":
    case "map":
    case "range":
    case "secret": {
      const of = typeText(type.of, names);
      return of === null ? null : `${type.kind}<${of}>`;
    }
    case "optional": {
      const of = typeText(type.of, names);
      return of === null || type.of.kind === "union" ? null : `${of}?`;
    }
    case "record":
      return names.find((binding) => binding.b === "type" && binding.type === type) ?? recordText(type, names);
    case "enum":
      return names.find((binding) => binding.b === "enum" && binding.type.id === type.id);
    case "refined":
      return (
        names.find((binding) => binding.b === "type" && isRefined(binding.type, type.id)) ?? typeText(type.base, names)
      );
    case "one_of": {
      const name = names.find((binding) => binding.b === "value" && binding.home === type.id);
      return name === null ? null : `one of ${name}`;
    }
    case "none":
    case "error":
      return null;
    default:
      return type.kind;
  }
}

const isRefined = (type: Type, id: string): boolean => type.kind === "refined" && type.id === id;

function recordText({ fields }: Extract<Type, { kind: "record" }>, names: TypeNames): string | null {
  const shown = fields.map(({ name, type, optional }) => {
    const of = typeText(type, names);
    return of === null || !/^[a-z_]\w*$/.test(name) || isReserved(name) ? null : `${name}${optional ? "?" : ""}: ${of}`;
  });
  const text = joined(shown, ", ");
  return text === null ? null : fields.length === 0 ? "{}" : `{ ${text} }`;
}

const joined = (texts: readonly (string | null)[], by: string): string | null =>
  texts.every((text) => text !== null) ? texts.join(by) : null;

/** Null where it would have to be escaped. */
const quoted = (text: string): string | null => (/^[^"\\$\p{C}]*$/u.test(text) ? `"${text}"` : null);
