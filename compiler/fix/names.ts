/** Fixes for faults of names. */
import { unitFor } from "../../language/literals.ts";
import { nearest as nearestName } from "../../language/nearest.ts";
import { type Node, visit } from "../../language/walk.ts";
import { relativePath } from "../check/hints.ts";
import { nameOf } from "../check/import-graph.ts";
import { packageOf } from "../check/packages.ts";
import type { Fix } from "../diagnostics/diagnostic.ts";
import {
  around,
  at,
  enclosing,
  type FixFiles,
  type FixPlace,
  safe,
  suggested,
  textOf,
  withComma,
  withDoc,
  withSpace,
} from "./place.ts";
import { foreign } from "./syntax.ts";
import { useLine } from "./use-line.ts";

type Near = FixPlace<{ readonly near: string }>;

/** The place is the name itself. */
const nearest = (place: Near): Fix[] =>
  place.args.near === "" ? [] : [suggested(`write ${place.args.near}`, place, [place.span, place.args.near])];

/** The name at the end of `a.b`. */
function nearestField(place: Near & FixPlace<{ readonly name: string }>): Fix[] {
  const { name, near } = place.args;
  if (near === "") return [];
  if (!textOf(place).endsWith(name)) return [];
  return [suggested(`write ${near}`, place, [{ start: place.span.end - name.length, end: place.span.end }, near])];
}

const declarations = new WeakMap<FixFiles, ReadonlyMap<string, string>>();

/** The first file, in order, that declares each name; found once for all diagnostics of a check. */
function declaring(files: FixFiles): ReadonlyMap<string, string> {
  const known = declarations.get(files);
  if (known !== undefined) return known;
  const found = new Map<string, string>();
  for (const { path, tree } of [...files.values()].filter((file) => packageOf(file.path) === null))
    for (const item of tree.items) {
      const name = nameOf(item)?.text;
      if (name !== undefined && item.kind !== "use" && !found.has(name)) found.set(name, path);
    }
  declarations.set(files, found);
  return found;
}

/** `import { name } from "…"` of the first file that declares it. */
function importIt(place: FixPlace<{ readonly name: string }>): Fix[] {
  const { name } = place.args;
  const found = declaring(place.files).get(name);
  if (found === undefined || found === place.file.path) return [];
  const from = relativePath(place.file.path, found);
  const title = `import it from "${from}"`;
  const imports = place.file.tree.items.filter((item) => item.kind === "import");
  const same = imports.find((item) => item.from !== null && textOf(place, item.from.span) === `"${from}"`);
  const last = same?.names.at(-1);
  if (last !== undefined) return [suggested(title, place, [at((last.as ?? last.name).span.end), `, ${name}`])];
  const line = `import { ${name} } from "${from}"`;
  const before = imports.at(-1);
  if (before !== undefined) return [suggested(title, place, [at(before.span.end), `\n${line}`])];
  const start = place.file.text.startsWith("\uFEFF") ? 1 : 0;
  return [suggested(title, place, [at(start), `${line}\n`])];
}

/** `use name`, of a provider that is known. */
function useIt(place: FixPlace<unknown>, provider: string): Fix[] {
  const { span, text } = useLine(place.file, provider);
  return [suggested(`add use ${provider}`, place, [span, text])];
}

/** What other languages call it, what is near, and where it is declared. */
function unknown(place: FixPlace<{ readonly name: string; readonly near: string; readonly provider?: string }>): Fix[] {
  if (place.args.provider !== undefined) return useIt(place, place.args.provider);
  const words = textOf(place) === place.args.name ? foreign(place, place.args.name) : [];
  return words.length > 0 ? words : [...perUnit(place), ...importIt(place), ...nearest(place)];
}

/** `3 per hour` */
function perUnit(place: FixPlace<unknown>): Fix[] {
  const unit = unitFor(textOf(place));
  const rate = /\bper\s+$/.test(place.file.text.slice(Math.max(place.span.start - 20, 0), place.span.start));
  if (!rate || unit === undefined || !/^[smhd]$/.test(unit)) return [];
  return [suggested(`write 1${unit}`, place, [place.span, `1${unit}`])];
}

/** Of a name whose every use is a plain name in this file: elsewhere it may be a label, a field or an input on a command line. */
function rename(place: FixPlace<{ readonly name: string; readonly better: string }>): Fix[] {
  const { name, better } = place.args;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(better)) return [];
  const owner = around(place).findLast((node) => "kind" in node && "name" in node && node.name !== null);
  const local = owner !== undefined && "kind" in owner && ["let", "fact", "for"].includes(owner.kind);
  if (!local) return [];
  const uses: { readonly start: number; readonly end: number }[] = [];
  let clear = true;
  visit(place.file.tree, (node) => {
    if (!("text" in node) || ("kind" in node && node.kind !== "name")) return undefined;
    if (node.text === better) clear = false;
    if (node.text !== name) return undefined;
    const declared = node.span.start === place.span.start;
    if (declared || ("kind" in node && node.kind === "name")) uses.push(node.span);
    else clear = false;
    return undefined;
  });
  if (!clear || uses.length === 0 || importedElsewhere(place, name)) return [];
  return [safe(`call it ${better} everywhere in this file`, place, ...uses.map((span) => [span, better] as const))];
}

const importedElsewhere = (place: FixPlace<unknown>, name: string): boolean =>
  [...place.files.values()].some(
    (file) =>
      file !== place.file &&
      file.tree.items.some((item) => item.kind === "import" && item.names.some((each) => each.name.text === name)),
  );

function importPath(place: FixPlace<{ readonly path: string }>): Fix[] {
  const { path } = place.args;
  const others = [...place.files.keys()].filter((each) => each !== place.file.path);
  const near = others.includes(`${path}.ops`) ? `${path}.ops` : nearestName(path, others);
  if (near === "") return [];
  const from = relativePath(place.file.path, near);
  return [suggested(`import from "${from}"`, place, [place.span, `"${from}"`])];
}

/** What nothing reads and nothing outside can see is safe to take away; an input or a reading of the world is not. */
function unused(place: FixPlace<{ readonly kind: string; readonly name: string }>): Fix[] {
  const { kind, name } = place.args;
  switch (kind) {
    case "import":
      return unusedImport(place);
    case "provider": {
      const item = enclosing(place, ["use"]);
      return item === undefined
        ? []
        : [safe(`take use ${name} away`, place, [withSpace(place, withDoc(place, item.span)), ""])];
    }
    case "let": {
      const item = enclosing(place, ["let"]);
      if (item === undefined) return [];
      // An action that was refused for want of the value would not be refused any more.
      const fix = item.type !== null || mayFail(item.value) ? suggested : safe;
      return [fix(`take let ${name} away`, place, [withSpace(place, withDoc(place, item.span)), ""])];
    }
    case "fact": {
      const item = enclosing(place, ["fact"]);
      return item === undefined
        ? []
        : [suggested(`take the fact ${name} away`, place, [withSpace(place, withDoc(place, item.span)), ""])];
    }
    case "secret": {
      const item = enclosing(place, ["secret"]);
      return item === undefined
        ? []
        : [suggested(`take the secret ${name} away`, place, [withSpace(place, withDoc(place, item.span)), ""])];
    }
    case "input":
    case "parameter":
      return unusedParam(place);
    default:
      return [];
  }
}

/** Methods that fail where the text is not as it should be. */
const FAILING: readonly string[] = ["to_int", "to_decimal", "to_json", "matches"];

/** Whether the value may be none that can be computed: an element that is not there, a text that spells no number. */
function mayFail(value: Node): boolean {
  let found = false;
  visit(value, (node) => {
    if (!("kind" in node)) return undefined;
    if (node.kind === "index") found = true;
    if (node.kind === "binary" && (node.op === "/" || node.op === "%")) found = true;
    if (node.kind === "field" && node.name !== null && FAILING.includes(node.name.text)) found = true;
    return found ? false : undefined;
  });
  return found;
}

function unusedImport(place: FixPlace<{ readonly name: string }>): Fix[] {
  const item = enclosing(place, ["import"]);
  if (item === undefined) return [];
  const title = `take the import of ${place.args.name} away`;
  const spans = item.names.map(({ name, as }) => ({ start: name.span.start, end: (as ?? name).span.end }));
  const span = spans.find((each) => each.start <= place.span.start && place.span.end <= each.end);
  if (span === undefined) return [];
  const gone = spans.length === 1 ? withSpace(place, item.span) : withComma(place, span, spans);
  return [safe(title, place, [gone, ""])];
}

function unusedParam(place: FixPlace<{ readonly kind: string; readonly name: string }>): Fix[] {
  const item = enclosing(place, ["action", "operation"]);
  const spans = (item?.params ?? []).map(({ span }) => span);
  const span = spans.find((each) => each.start <= place.span.start && place.span.end <= each.end);
  if (span === undefined) return [];
  return [suggested(`take the ${place.args.kind} ${place.args.name} away`, place, [withComma(place, span, spans), ""])];
}

/** Another enum may have such a member too, so every one that this name could mean is offered. */
function ambiguous(place: FixPlace<{ readonly name: string; readonly enum: string }>): Fix[] {
  const member = `${place.args.enum}.${place.args.name}`;
  return [suggested(`write ${member}`, place, [place.span, member])];
}

function duplicateField(place: FixPlace<{ readonly name: string }>): Fix[] {
  const inside = enclosing(place, ["record", "call", "enum"]);
  if (inside === undefined) return [];
  const spans = (
    inside.kind === "record" ? inside.fields : inside.kind === "call" ? inside.args : inside.members.map((m) => m.name)
  ).map(({ span }) => span);
  const span = spans.find((each) => each.start <= place.span.start && place.span.end <= each.end);
  return span === undefined ? [] : [suggested("take the second one away", place, [withComma(place, span, spans), ""])];
}

/** The comment around the place, with the space that goes with it. */
function comment(place: FixPlace<unknown>) {
  const { span } = place;
  const found = place.file.tree.comments.find((c) => c.span.start <= span.start && span.end <= c.span.end);
  return withSpace(place, found?.span ?? span);
}

export const nameFixes = {
  "unknown-name": unknown,
  "unknown-type": (place: FixPlace<{ readonly name: string; readonly near: string }>): Fix[] => [
    ...importIt(place),
    ...nearest(place),
  ],
  "unknown-provider": nearest,
  "unknown-operation": nearestField,
  "unknown-field": nearestField,
  "unknown-method": nearestField,
  "unknown-member": nearestField,
  "unknown-property": nearest,
  "unknown-argument": nearest,
  "after-unknown": nearest,
  "import-name-missing": nearest,
  "import-not-found": importPath,
  "ambiguous-member": ambiguous,
  "naming-style": rename,
  "unused-name": unused,
  "duplicate-field": duplicateField,
  "allow-unknown": nearest,
  "allow-error": (place: FixPlace<unknown>): Fix[] => [suggested("take the comment away", place, [comment(place), ""])],
  "allow-unused": (place: FixPlace<unknown>): Fix[] => [safe("take the comment away", place, [comment(place), ""])],
};
