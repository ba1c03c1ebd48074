/**
 * YAML with places: one document of the core schema of YAML 1.2, in which only `true` and `false` are truth values and
 * dates are text. What is more than data is told: tags, merge keys, keys that are no text, aliases without end.
 */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
  type Node as YamlNode,
} from "yaml";
import type { Span } from "../../language/tree.ts";
import { twice } from "./json.ts";
import { type DataEntry, type DataFault, type DataNode, type DataRead, MAX_DATA_DEPTH } from "./node.ts";
import { firstLine, inOurWords } from "./yaml-faults.ts";

/** What aliases may repeat, in values: a few lines of them can stand for more than any memory holds. */
const MAX_REPEATED = 100_000;

/** Never throws; with a fault of syntax there is no node. */
export function parseYaml(text: string): DataRead {
  const empty: DataRead = { node: null, faults: [fault({ start: 0, end: 0 }, "it is empty", null)] };
  const documents = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if ("empty" in documents) return empty;
  const [first, second] = documents;
  if (first === undefined || first.contents === null) return empty;
  const broken = syntaxFault(first, text);
  if (broken !== null) return { node: null, faults: [broken] };
  const walk = new Walk(text);
  const node = walk.node(first.contents, 0);
  if (second !== undefined)
    walk.faults.push(
      fault(
        spanOf(second.contents, text),
        "a second document begins here",
        "one file holds one document: put it into a file of its own",
      ),
    );
  return { node, faults: walk.faults };
}

function syntaxFault(document: Document.Parsed, text: string): DataFault | null {
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== "1.2")
    return fault(
      firstLine(text, text.indexOf("%YAML"), text.length),
      `it says it is YAML ${yaml.version}`,
      "take the line away: files are read as YAML 1.2",
    );
  const [error] = document.errors;
  if (error === undefined) return null;
  return inOurWords({ message: error.message, pos: error.pos, lastQuote: () => openQuote(document, text) }, text);
}

/** Where the last text in quotes begins; walked without recursion, since a file may be nested as deep as it likes. */
function openQuote(document: Document.Parsed, text: string): number | null {
  let last: number | null = null;
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isPair(node)) open.push(node.key, node.value);
    else if (isCollection(node)) open.push(...node.items);
    else if (isScalar(node) && node.range != null && /["']/.test(text.charAt(node.range[0])))
      last = Math.max(last ?? 0, node.range[0]);
  }
  return last;
}

class Walk {
  readonly faults: DataFault[] = [];
  readonly #text: string;
  readonly #anchors = new Map<string, YamlNode>();
  /** Anchored nodes around the current one: an alias of one of them would have no end. */
  readonly #open = new Set<YamlNode>();
  #repeated = 0;
  #aliases = 0;

  constructor(text: string) {
    this.#text = text;
  }

  node(node: YamlNode, depth: number): DataNode {
    const span = spanOf(node, this.#text);
    if (depth > MAX_DATA_DEPTH) return this.#none(span, `it is nested deeper than ${MAX_DATA_DEPTH} levels`);
    if (isAlias(node)) return this.#alias(node.source, span, depth);
    if (this.#aliases > 0 && this.#repeated++ >= MAX_REPEATED) {
      if (this.#repeated === MAX_REPEATED + 1)
        return this.#none(span, "aliases repeat more than can be kept", "write out what is meant");
      return { kind: "scalar", span, value: null };
    }
    if ((isScalar(node) || isCollection(node)) && node.tag !== undefined)
      this.faults.push(
        fault(
          span,
          `the tag ${node.tag} asks for more than data`,
          "take the tag away: the type after as says what values are",
        ),
      );
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node.value, span);
    if (!isCollection(node)) return this.#none(span, "this is no value");
    this.#open.add(node);
    const read: DataNode = isMap(node)
      ? { kind: "record", span, entries: this.#entries(node, depth) }
      : { kind: "list", span, items: node.items.map((item) => this.node(asNode(item), depth + 1)) };
    this.#open.delete(node);
    return read;
  }

  #alias(name: string, span: Span, depth: number): DataNode {
    const target = this.#anchors.get(name);
    if (target === undefined) return this.#none(span, `no value before this is marked &${name}`);
    if (this.#open.has(target)) return this.#none(span, `*${name} stands within what it repeats`);
    this.#aliases += 1;
    const node = this.node(target, depth);
    this.#aliases -= 1;
    return node;
  }

  #scalar(value: unknown, span: Span): DataNode {
    if (typeof value === "string" && !value.isWellFormed())
      return this.#none(span, "this text has half of a character in it", "write both halves of the pair");
    if (value === null || typeof value === "string" || typeof value === "boolean")
      return { kind: "scalar", span, value };
    if (typeof value !== "number") return this.#none(span, "this is no value that can be kept");
    const written = this.#text.slice(span.start, span.end);
    const exact =
      Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(written));
    if (exact) return { kind: "scalar", span, value: value === 0 ? 0 : value };
    return this.#none(span, `the number ${written.slice(0, 40)} cannot be kept exactly`, "write it as text, in quotes");
  }

  #entries(map: YAMLMap, depth: number): DataEntry[] {
    const entries: DataEntry[] = [];
    const seen = new Map<string, Span>();
    for (const pair of map.items) {
      const key = this.#key(pair);
      if (key === null) continue;
      const first = seen.get(key.text);
      if (first !== undefined) {
        this.faults.push(twice(key.text, key.span, first));
        continue;
      }
      seen.set(key.text, key.span);
      const value: DataNode =
        pair.value === null || pair.value === undefined
          ? { kind: "scalar", span: key.span, value: null }
          : this.node(asNode(pair.value), depth + 1);
      entries.push({ key: key.text, keySpan: key.span, value });
    }
    return entries;
  }

  #key(pair: Pair): { readonly text: string; readonly span: Span } | null {
    const { key } = pair;
    const node = asNode(key);
    const span = spanOf(node, this.#text);
    if (isScalar(node) && typeof node.value === "string" && node.tag === undefined) {
      if (node.value === "<<" && node.type === "PLAIN") {
        this.faults.push(
          fault(
            span,
            "merge keys (<<) are not of YAML 1.2",
            "write out what is meant, or repeat a whole value with an alias",
          ),
        );
        return null;
      }
      return { text: node.value, span };
    }
    const written = this.#text.slice(span.start, span.end);
    const plain = isScalar(node) && written.length <= 40 && !written.includes("\n");
    this.faults.push(
      fault(span, "this key is no text", plain ? `put it into quotes: ${JSON.stringify(written)}` : "keys are text"),
    );
    return null;
  }

  #none(span: Span, message: string, help: string | null = null): DataNode {
    this.faults.push(fault(span, message, help));
    return { kind: "scalar", span, value: null };
  }
}

function fault(span: Span, message: string, help: string | null): DataFault {
  return { span, message, help, related: null };
}

/** The parser gives nodes for all that stands in a file. */
function asNode(item: unknown): YamlNode {
  return item as YamlNode;
}

function spanOf(node: YamlNode | null | undefined, text: string): Span {
  const [start, end] = node?.range ?? [0, 0];
  return { start: Math.min(start, text.length), end: Math.min(Math.max(start, end), text.length) };
}
