/**
 * What a proof knows of the vars of an action: what each is made of, which loops it varies with, whether only the run
 * knows it. Expressions get numbers: the same number, the same value, wherever both are reached.
 */
import { EvaluationError, isConst, reduce, substitute } from "../ir/evaluate.ts";
import type { Expr } from "../ir/expr.ts";
import { formatValue } from "../ir/format.ts";
import { childrenOf } from "../ir/size.ts";
import type { ActionParam, NestedStmt, Statement } from "../program.ts";
import { addressFrom } from "../resource.ts";

/** A text, as it is put together: literal parts, and numbers of expressions with the way they are written. */
export type Shape = readonly (string | { readonly key: number; readonly as: string; readonly of: Expr })[];

export interface Known {
  readonly key: number;
  /** Ids of the loops it varies with. */
  readonly loops: ReadonlySet<string>;
  /** `surely`: only the run knows it. `maybe`: it depends on what is planned. */
  readonly run: "no" | "maybe" | "surely";
  /** Numbers of all within it that varies with loops, its own among them; null for too many to keep. */
  readonly within: ReadonlySet<number> | null;
  /** Where it is text whose parts are known; null else. */
  readonly shape: Shape | null;
}

const NO_LOOPS: ReadonlySet<string> = new Set();
const NOTHING: ReadonlySet<number> = new Set();
/** More than these are not kept of what is within an expression. */
const MAX_WITHIN = 64;
/** More parts than this are no name anybody wrote. */
const MAX_PARTS = 64;
/** Names that wait to be looked at. */
const MAX_UNREAD = 64;
/** Operations that leave out some of their parts. */
const LAZY: readonly string[] = ["and", "or", "if", "coalesce"];

export class Flow {
  readonly #numbers: Map<string, number>;
  /** Before the ids of an action that is run by a step: its own ids are unique in it only. */
  readonly #prefix: string;
  /** What its inputs are called where it is run. */
  readonly #given = new Map<string, Expr>();
  readonly #vars = new Map<string, Known>();
  readonly #unread = new Map<string, () => Known>();
  /** Elements of lists that stand in the source, while one of them is looked at. */
  readonly #elements = new Map<string, Expr>();

  constructor(
    params: readonly ActionParam[],
    around: { readonly numbers: Map<string, number>; readonly prefix: string } | null = null,
  ) {
    this.#numbers = around?.numbers ?? new Map();
    this.#prefix = around?.prefix ?? "";
    for (const { name } of params) this.#vars.set(`input:${name}`, this.#plain(`input:${name}`));
  }

  /** What is known within an action that a step runs, with the step's arguments for its inputs. */
  inside(step: NestedStmt): Flow {
    const inner = new Flow([], { numbers: this.#numbers, prefix: `${this.#prefix}${step.id}/` });
    for (const { name, value } of step.args) {
      const id = `input:${name}`;
      const settled = this.#settled(value);
      if (isConst(settled)) inner.#elements.set(id, settled);
      else {
        inner.#vars.set(id, this.known(settled));
        inner.#given.set(id, this.called(settled));
      }
    }
    return inner;
  }

  /** The id of a loop, unique beyond its action. */
  idOf(loop: string): string {
    return `${this.#prefix}${loop}`;
  }

  /** Takes in what a statement binds for those after it; loops bind theirs with `element` or `enter`. */
  bind(statement: Statement): void {
    switch (statement.s) {
      case "let": {
        const value = this.#settled(statement.value);
        if (isConst(value) && this.#elements.size > 0) this.#elements.set(statement.id, value);
        else this.#later(statement.id, () => this.known(value));
        return;
      }
      case "fact":
        this.#later(statement.id, () => this.#fact(statement));
        return;
      case "step":
      case "check":
      case "nested": {
        const run = statement.when === null || this.isTrue(statement.when) ? "surely" : "maybe";
        this.#vars.set(statement.id, { ...this.#plain(`var:${statement.id}`), run });
        return;
      }
      default:
        return;
    }
  }

  /** Most names are of no interest to a proof: they are looked at when one of them is, within a loop's element at once. */
  #later(id: string, known: () => Known): void {
    this.#vars.delete(id);
    this.#unread.set(id, known);
    // In their order, so that a long chain of them costs no stack.
    if (this.#elements.size > 0 || this.#unread.size > MAX_UNREAD)
      for (const each of [...this.#unread.keys()]) this.#var(each);
  }

  /** It may name what it read from, or not: what it varies with is known, what it is is not. */
  #fact({ id, call: { args: given, member } }: Extract<Statement, { s: "fact" }>): Known {
    const args = [...given.map((arg) => arg.value), ...(member === null ? [] : [member])].map((e) => this.known(e));
    const plain = this.#plain(`var:${id} ${args.map((arg) => arg.key).join(",")}`);
    const loops = union(args.map((arg) => arg.loops));
    return { ...plain, loops, within: within(plain.key, loops, args) };
  }

  #var(id: string): Known | undefined {
    const unread = this.#unread.get(id);
    if (unread === undefined) return this.#vars.get(id);
    this.#unread.delete(id);
    const read = unread();
    this.#vars.set(id, read);
    return read;
  }

  /** The loop's var stands for one of many, nobody knows which. */
  enter(loop: string, over: Expr): void {
    const list = this.known(over);
    this.#elements.delete(loop);
    const plain = this.#plain(`var:${loop}`);
    const loops = new Set([...list.loops, this.idOf(loop)]);
    this.#vars.set(loop, { ...plain, loops, run: list.run, within: within(plain.key, loops, [list]) });
  }

  /** The loop's var stands for this very value. */
  element(loop: string, value: Expr): void {
    this.#elements.set(loop, value);
  }

  known(given: Expr): Known {
    const expr = this.#settled(given);
    return expr.k === "ref" ? this.#ref(expr) : this.#made(expr);
  }

  /** Each part is looked at once. */
  #made(expr: Expr): Known {
    if (expr.k === "ref") return this.#ref(expr);
    const parts = childrenOf(expr).map((child) => this.#made(child));
    const shape = shapeOf(expr, parts, this);
    const [first, ...more] = shape ?? [];
    const alone = more.length === 0 && typeof first === "object" && first.as === "plain" ? first.key : null;
    const text = shape === null ? describe(expr, parts) : JSON.stringify(shape.map(partKey));
    const key = alone ?? this.#number(text);
    const loops = union(parts.map((p) => p.loops));
    return { key, loops, run: runOf(expr, parts), within: within(key, loops, parts), shape };
  }

  /** `a/${x}` for people. */
  show(shape: Shape): string {
    return shape.map((part) => (typeof part === "string" ? part : `\${${Flow.nameOf(part.of)}}`)).join("");
  }

  /** `host.group`, as a person would say it. */
  static nameOf(expr: Expr): string {
    if (expr.k === "field") return `${Flow.nameOf(expr.of)}.${expr.name}`;
    if (expr.k === "op" && expr.args[0] !== undefined && expr.op.endsWith(".length"))
      return `the length of ${Flow.nameOf(expr.args[0])}`;
    if (expr.k === "ref") return expr.name.replace(/^\w+:/, "").replace(/[~@]\d+$/, "");
    return isConst(expr) ? String(expr.v) : "…";
  }

  /** The expression as it is written where the outermost action is: only names and fields of them are worth it. */
  called(expr: Expr): Expr {
    if (this.#given.size === 0) return expr;
    let root = expr;
    while (root.k === "field") root = root.of;
    if (root.k !== "ref") return expr;
    return substitute(expr, { ref: (kind, name) => (kind === "var" ? this.#given.get(name) : undefined) });
  }

  isTrue(expr: Expr): boolean {
    const settled = this.#settled(expr);
    return isConst(settled) && settled.v === true;
  }

  isFalse(expr: Expr): boolean {
    const settled = this.#settled(expr);
    return isConst(settled) && settled.v === false;
  }

  /** The constant it is, undefined where it is none. */
  constantOf(expr: Expr | null): unknown {
    const settled = expr === null ? null : this.#reduced(expr);
    return settled !== null && isConst(settled) ? settled.v : undefined;
  }

  /** With the elements under way put in; as it is where that fails: what fails is told when it is planned. */
  #settled(expr: Expr): Expr {
    return isConst(expr) || this.#elements.size === 0 ? expr : this.#reduced(expr);
  }

  #reduced(expr: Expr): Expr {
    try {
      return reduce(expr, { ref: (root, name) => (root === "var" ? this.#elements.get(name) : undefined) });
    } catch (error) {
      if (error instanceof EvaluationError) return expr;
      throw error;
    }
  }

  #ref(expr: Extract<Expr, { k: "ref" }>): Known {
    if (expr.root === "var") return this.#var(expr.name) ?? this.#plain(`var:${expr.name}`);
    const known = this.#plain(`${expr.root}:${expr.name}`);
    return expr.root === "local" ? known : { ...known, run: "surely" };
  }

  #plain(name: string): Known {
    return { key: this.#number(`${this.#prefix}${name}`), loops: NO_LOOPS, run: "no", within: NOTHING, shape: null };
  }

  #number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/** What an expression is, its parts by their numbers. */
function describe(expr: Expr, parts: readonly Known[]): string {
  const keys = parts.map((part) => part.key).join(",");
  switch (expr.k) {
    case "const":
      return `const ${JSON.stringify(expr.v)}`;
    case "field":
      return `field ${expr.name} ${keys}`;
    case "op":
      return `op ${expr.op} ${keys}`;
    case "record":
      return `record ${JSON.stringify(Object.keys(expr.fields))} ${keys}`;
    case "fn":
      return `fn ${JSON.stringify(expr.params)} ${keys}`;
    case "match":
      return `match ${JSON.stringify(expr.arms.map((arm) => arm.is))} ${keys}`;
    case "text":
      return `text ${JSON.stringify(expr.parts.map((part) => (typeof part === "string" ? part : [part.as])))} ${keys}`;
    case "list":
    case "ref":
      return `${expr.k} ${keys}`;
  }
}

function runOf(expr: Expr, parts: readonly Known[]): Known["run"] {
  const lazy = (expr.k === "op" && LAZY.includes(expr.op)) || expr.k === "fn" || expr.k === "match";
  const picks = expr.k === "field" && expr.of.k === "record";
  if (!lazy && !picks && parts.some((part) => part.run === "surely")) return "surely";
  return parts.some((part) => part.run !== "no") ? "maybe" : "no";
}

/** `known` is of the expressions within it, in their order. */
function shapeOf(expr: Expr, known: readonly Known[], flow: Flow): Shape | null {
  if (isConst(expr)) return typeof expr.v === "string" ? [expr.v] : null;
  if (expr.k === "op" && expr.op === "string.add")
    return textOf(
      expr.args.map((e) => ({ e, as: "plain" })),
      known,
      flow,
    );
  if (expr.k === "op" && expr.op === "url.from") return addressOf(known[0]?.shape ?? null, expr.args[1]);
  return expr.k === "text" ? textOf(expr.parts, known, flow) : null;
}

/** Of an address whose first part is whole segments: then what follows cannot change what that means. */
function addressOf(shape: Shape | null, base: Expr | undefined): Shape | null {
  const [first, ...rest] = shape ?? [];
  if (typeof first !== "string" || base === undefined || !isConst(base) || typeof base.v !== "string") return null;
  const whole = /^(https?:\/\/[^/?#]+\/([\w~-][\w.~-]*\/)*|\/?([\w~-][\w.~-]*\/)+)$/i.test(first);
  return whole && rest.length > 0 ? [addressFrom(first, base.v), ...rest] : null;
}

function textOf(given: Extract<Expr, { k: "text" }>["parts"], known: readonly Known[], flow: Flow): Shape | null {
  const parts: Shape[number][] = [];
  let next = 0;
  for (const part of given) {
    if (typeof part === "string") append(parts, part);
    else {
      const inner = known[next++];
      if (isConst(part.e)) append(parts, formatValue(part.e.v, part.as));
      else if (inner === undefined) return null;
      else if (inner.shape !== null && part.as === "plain") for (const each of inner.shape) append(parts, each);
      else parts.push({ key: inner.key, as: part.as, of: flow.called(part.e) });
    }
    if (parts.length > MAX_PARTS) return null;
  }
  return parts.length === 0 ? [""] : parts;
}

function append(parts: Shape[number][], part: Shape[number]): void {
  const last = parts.at(-1);
  if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
  else if (part !== "") parts.push(part);
}

const partKey = (part: Shape[number]): unknown => (typeof part === "string" ? part : [part.key, part.as]);

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const filled = sets.filter((set) => set.size > 0);
  return filled.length === 0 ? NO_LOOPS : new Set(filled.flatMap((set) => [...set]));
}

function within(key: number, loops: ReadonlySet<string>, parts: readonly Known[]): Known["within"] {
  if (loops.size === 0) return NOTHING;
  const found = new Set([key]);
  for (const part of parts) {
    if (part.within === null) return null;
    for (const each of part.within) found.add(each);
  }
  return found.size > MAX_WITHIN ? null : found;
}
