/** Names and what they stand for while checking. */
import type { Span } from "../../language/tree.ts";
import type { Expr } from "../ir/expr.ts";
import type { Effect, Manifest, Repeat } from "../manifest.ts";
import type { Approver, Call, Guardrail, Instance, Requirement, Secret, Window } from "../program.ts";
import type { Type } from "../types/type.ts";

/** When a value is known: when the file is checked, when the action is planned, or only in the run. */
export type Stage = "check" | "plan" | "run";

export interface ValueBinding {
  readonly b: "value";
  readonly type: Type;
  readonly expr: Expr;
  readonly stage: Stage;
  /** `module#name` of a `let` at the top of a file. */
  readonly home?: string;
}

/** A team's own operation, taken apart: `call` and `returns` are over vars `param:NAME`. */
export interface OperationInfo {
  readonly name: string;
  readonly params: readonly OperationParam[];
  readonly result: Type;
  readonly effect: Effect;
  readonly repeat: Repeat;
  readonly call: Call;
}

export interface OperationParam {
  readonly name: string;
  readonly type: Type;
  readonly default: Expr | null;
  readonly optional: boolean;
  /** What must hold of it, over `param:NAME`. */
  readonly where: Requirement | null;
}

/** What a step that runs an action needs to know of it. */
export interface ActionSignature {
  readonly id: string;
  readonly name: string;
  readonly params: readonly ActionSignatureParam[];
  /** Null where it returns nothing. */
  readonly result: Type | null;
  /** How many actions run within one another, itself counted. */
  readonly depth: number;
}

export interface ActionSignatureParam extends Omit<OperationParam, "where"> {
  /** Over the vars `input:NAME`. */
  readonly where: readonly Requirement[];
}

export type Binding =
  | ValueBinding
  | { readonly b: "instance"; readonly instance: Instance; readonly manifest: Manifest }
  /** `use … per env: Env`: one instance for each member of the enum. */
  | {
      readonly b: "family";
      readonly name: string;
      readonly type: Extract<Type, { kind: "enum" }>;
      readonly instances: readonly Instance[];
      readonly manifest: Manifest;
    }
  | { readonly b: "window"; readonly window: Window }
  | { readonly b: "secret"; readonly secret: Secret }
  | { readonly b: "enum"; readonly type: Extract<Type, { kind: "enum" }> }
  | { readonly b: "type"; readonly type: Type }
  | { readonly b: "approver"; readonly approver: Approver }
  | { readonly b: "operation"; readonly operation: OperationInfo }
  | { readonly b: "action"; readonly action: ActionSignature }
  | { readonly b: "guardrail"; readonly guardrail: Guardrail | null }
  /** Declared, but wrongly: told once, silent at every use. */
  | { readonly b: "broken" };

interface Entry {
  readonly span: Span;
  /** What the name stands for, or what finds it out. */
  readonly binding: Binding | (() => Binding);
  used: boolean;
}

const boundIn = ({ binding }: Entry): Binding => (typeof binding === "function" ? binding() : binding);

export class Scope {
  readonly parent: Scope | null;
  readonly #names = new Map<string, Entry>();

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  /** Where `name` is declared in this very scope. */
  own(name: string): Span | undefined {
    return this.#names.get(name)?.span;
  }

  /** Where `name` is declared in this scope or around it. */
  declared(name: string): Span | undefined {
    return this.own(name) ?? this.parent?.declared(name);
  }

  add(name: string, span: Span, binding: Binding | (() => Binding)): void {
    this.#names.set(name, { span, binding, used: this.wasUsed(name) });
  }

  lookup(name: string): Binding | undefined {
    const found = this.#names.get(name);
    if (found === undefined) return this.parent?.lookup(name);
    found.used = true;
    return boundIn(found);
  }

  /** What `name` stands for in this very scope, without counting as a use. */
  peek(name: string): Binding | undefined {
    const found = this.#names.get(name);
    return found === undefined ? undefined : boundIn(found);
  }

  /** Counts as a use of a name of this very scope: what is imported elsewhere is used there. */
  markUsed(name: string): void {
    const found = this.#names.get(name);
    if (found !== undefined) found.used = true;
  }

  wasUsed(name: string): boolean {
    return this.#names.get(name)?.used === true;
  }

  /** Makes the names of this scope known in `other`; `taken` is told of those that are there already. */
  exportTo(other: Scope, taken: (name: string, span: Span) => void): void {
    for (const [name, { binding, span }] of this.#names) {
      if (other.own(name) === undefined) other.add(name, span, binding);
      else taken(name, span);
    }
  }

  /** Names of this very scope, in the order added. */
  ownNames(): string[] {
    return [...this.#names.keys()];
  }

  /** Every visible name, inner ones first. */
  names(): string[] {
    return [...this.#names.keys(), ...(this.parent?.names() ?? [])];
  }
}

/** What a binding is, in words. */
export function kindOf(binding: Binding): string {
  switch (binding.b) {
    case "value":
      return "a value";
    case "instance":
    case "family":
      return "a provider";
    case "window":
      return "a window";
    case "secret":
      return "a secret";
    case "enum":
    case "type":
      return "a type";
    case "approver":
      return "an approver";
    case "operation":
      return "an operation";
    case "action":
      return "an action";
    case "guardrail":
      return "a guardrail";
    case "broken":
      return "something with a mistake in it";
  }
}
