/** Statements and properties: everything that stands in a body. */
import type { ParserMethod } from "chevrotain";
import { endOfLine } from "../characters.ts";
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type {
  ApproveStatement,
  Body,
  EscalateStatement,
  Expr,
  IfStatement,
  LetStatement,
  Name,
  Property,
  RequireStatement,
  Statement,
  StepStatement,
  TypeNode,
} from "../tree.ts";
import { MAX_DEPTH } from "./base.ts";
import { BodyParser } from "./bodies.ts";

/** Signs that people write for `=`. */
export const WRONG_SIGN = tokenSet([t.Colon, t.EqualsEquals]);

const BEGINS_CALL = tokenSet([t.Dot, t.LeftParen]);

export abstract class PlainStatementParser extends BodyParser {
  // ---------------------------------------------------------------------------------------------- properties

  /** `name = value`, or `name { … }`. */
  protected named(): Statement {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    if (this.atBareCall()) return this.bareCall(start, doc);
    this.CONSUME(t.Identifier);
    const name = this.nameOf(this.last);
    if (!this.RECORDING_PHASE && !this.at(t.Equals) && !this.at(t.LeftBrace)) return this.badProperty(start, doc, name);
    return this.OR2([
      {
        ALT: (): Statement => {
          this.CONSUME(t.Equals);
          if (this.atRollbackValue()) return this.rollbackValue(start, doc, name);
          const value = this.value(1, `a value for \`${name.text}\``, "line");
          return { kind: "property", span: this.spanFrom(start), doc, name, value };
        },
      },
      {
        ALT: (): Statement => {
          const body = this.optionalBody(1, `\`${name.text}\` block`);
          return { kind: "block", span: this.spanFrom(start), name, body };
        },
      },
    ]);
  }

  /** At `http.post(` or `reload(`: a call that is no step's. */
  private atBareCall(): boolean {
    if (this.RECORDING_PHASE || this.oddWords || !this.ahead.newline || this.peek().newline) return false;
    return this.at(t.Identifier) && BEGINS_CALL[this.peek().tokenTypeIdx] === true;
  }

  /** A call without `step NAME =`, told, and read with it. */
  private bareCall(start: number, doc: string | null): StepStatement {
    const { line } = this.ahead;
    const call = this.SUBRULE(this.postfix);
    const callee = call.kind === "call" ? call.callee : call;
    const end = callee.span.end <= endOfLine(this.text, line) ? callee.span.end : start;
    const text = this.text.slice(start, end);
    // An action and a step of it have different names.
    const name = text.includes(".") ? (/(\w+)\W*$/.exec(text)?.[1] ?? "name") : `run_${text}`;
    if (call.kind === "call") {
      const step = `step ${name} = ${text}`;
      this.otherForm({ start, end }, step, { note: `a call stands in a step, a fact or a check: write ${step}(…)` });
    } else
      this.fault("expected", this.here(), { what: "`(` and the arguments of a call", after: this.describe(this.last) });
    const { when, after } = this.SUBRULE(this.stepClauses);
    const body = this.trailingBody(1, "body of the step");
    return { kind: "step", span: this.spanFrom(start), doc, name: null, call, when, after, body };
  }

  /** At `rollback` where a value belongs and nothing follows: `on_failure = rollback`. */
  private atRollbackValue(): boolean {
    if (!this.at(t.Rollback) || this.ahead.newline) return false;
    const after = this.peek();
    return after.newline || after.tokenTypeIdx === t.RightBrace.tokenTypeIdx;
  }

  private rollbackValue(start: number, doc: string | null, name: Name): Property {
    this.fault("reserved_word", this.spanOf(this.ahead), { word: this.ahead.image, as: "value" });
    const { startOffset, end } = this.advance();
    return {
      kind: "property",
      span: this.spanFrom(start),
      doc,
      name,
      value: { kind: "missing", span: { start: startOffset, end } },
    };
  }

  /** A property without its `=`: with another sign, with nothing yet, or no property at all. */
  private badProperty(start: number, doc: string | null, name: Name): Property {
    if (this.oddWords || (this.looseHeader && this.at(t.Colon))) this.hush();
    if (t.isForeign(name.text)) return this.foreignLine(start, doc, name);
    const sign = WRONG_SIGN[this.ahead.tokenTypeIdx] === true;
    this.expected("`=` and a value");
    let value: Expr = { kind: "missing", span: this.here() };
    if (sign) {
      this.advance();
      value = this.value(1, `a value for \`${name.text}\``, "line");
      // With a comma it is an argument or a field that lost its bracket, and so are those after it.
      if (this.at(t.Comma) && !this.ahead.newline) {
        this.advance();
        this.oddWords = true;
      }
    } else if (!this.ahead.newline && this.canStart("line") && !this.at(t.LeftParen) && !this.at(t.LeftBracket)) {
      value = this.valueRule(1, 0);
    } else {
      this.skipRestOfLine();
      this.oddWords = true;
    }
    return { kind: "property", span: this.spanFrom(start), doc, name, value };
  }

  /** A line that begins as in another language: passed over with its body. */
  private foreignLine(start: number, doc: string | null, name: Name): Property {
    this.fault("unexpected", name.span, { found: `\`${name.text}\``, where: "here" });
    this.hush();
    this.skipRestOfLine();
    this.oddWords = true;
    return { kind: "property", span: this.spanFrom(start), doc, name, value: { kind: "missing", span: this.here() } };
  }

  // ---------------------------------------------------------------------------------------------- bindings

  protected readonly letStatement = this.RULE("letStatement", (): LetStatement => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Let);
    const name = this.name(1, "the name of the value");
    let type: TypeNode | null = null;
    this.OPTION1(() => {
      this.CONSUME(t.Colon);
      type = this.type(1);
    });
    if (type === null && this.atUnmarkedType()) {
      this.expected("`:`");
      type = this.type(1);
    }
    const value = this.assigned("a value", "expression");
    this.OPTION2({
      GATE: () => this.atWord("as") && !this.ahead.newline,
      DEF: () => {
        if (type !== null) this.unexpected("after a value whose type is written before it");
        this.CONSUME2(t.Identifier);
        const written = this.type(2);
        type ??= written;
      },
    });
    return { kind: "let", span: this.spanFrom(start), doc, name, type, value };
  });

  /** At `list<…` or `int =` right after a name: a type that lacks its `:`. */
  private atUnmarkedType(): boolean {
    if (!this.at(t.Identifier) || this.ahead.newline) return false;
    const after = this.peek().tokenTypeIdx;
    return after === t.Less.tokenTypeIdx || after === t.Equals.tokenTypeIdx;
  }

  /** `=` and what stands after it. A missing `=` is told, and the value is read if it is on the line. */
  private assigned(what: string, rule: "expression" | "call"): Expr {
    this.expect(1, t.Equals, `\`=\` and ${what}`);
    if (rule === "expression") return this.value(3, what, "line");
    return this.call(3, what, "head");
  }

  /** A call: a value with its fields and arguments, without operators. */
  protected call(idx: number, what: string, place: "line" | "head"): Expr {
    if (this.RECORDING_PHASE) return this.subrule(idx, this.postfix);
    if (this.canStartCall(place)) return this.postfixHere();
    return this.missing(what);
  }

  protected readonly factStatement = this.RULE("factStatement", (): Statement => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Fact);
    const name = this.name(1, "the name of the fact");
    const call = this.assigned("the read that gives the fact", "call");
    return { kind: "fact", span: this.spanFrom(start), doc, name, call };
  });

  protected readonly stepStatement = this.RULE("stepStatement", (): Statement => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Step);
    const name = this.name(1, "the name of the step");
    const call = this.assigned("the operation or action that the step calls", "call");
    const { when, after } = this.SUBRULE(this.stepClauses);
    const body = this.trailingBody(1, "body of the step");
    return { kind: "step", span: this.spanFrom(start), doc, name, call, when, after, body };
  });

  protected readonly checkStatement = this.RULE("checkStatement", (): Statement => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Check);
    const name = this.name(1, "the name of the check");
    const call = this.assigned("the read that the check repeats", "call");
    const { when, after } = this.SUBRULE(this.stepClauses);
    const body = this.trailingBody(1, "body of the check");
    return { kind: "check", span: this.spanFrom(start), doc, name, call, when, after, body };
  });

  /** `when cond after a, b` in the header of a step or check, in either order. */
  private readonly stepClauses = this.RULE("stepClauses", (): Pick<StepStatement, "when" | "after"> => {
    let when: Expr | null = null;
    const after: Name[] = [];
    this.MANY({
      GATE: () => this.at(t.When) || this.atWord("after"),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              if (when !== null) this.unexpected("after the `when` there is already");
              this.CONSUME(t.When);
              const condition = this.value(1, "a condition", "head");
              when ??= condition;
            },
          },
          { ALT: () => this.afterNames(after) },
        ]),
    });
    return { when, after };
  });

  private afterNames(into: Name[]): void {
    this.CONSUME(t.Identifier);
    const first = this.name(2, "the name of a step");
    if (first !== null) into.push(first);
    this.MANY2(() => {
      this.CONSUME(t.Comma);
      const next = this.name(3, "the name of a step");
      if (next !== null) into.push(next);
    });
  }

  // ---------------------------------------------------------------------------------------------- conditions

  protected readonly requireStatement = this.RULE("requireStatement", (): RequireStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Require);
    const condition = this.condition("line");
    if (!this.RECORDING_PHASE && this.at(t.Comma)) return this.commaMessage(start, condition);
    const message = this.elseMessage(2);
    return { kind: "require", span: this.spanFrom(start), condition, message };
  });

  /** `require x, "message"`, as an assertion is written elsewhere. */
  private commaMessage(start: number, condition: Expr): RequireStatement {
    this.unexpected("after the condition");
    this.advance();
    const message = this.value(1, "a message", "line");
    return { kind: "require", span: this.spanFrom(start), condition, message };
  }

  /** A condition; `a = b` in its place is told, and read as a comparison. */
  protected condition(place: "line" | "head"): Expr {
    const { startOffset: start } = this.ahead;
    const assigns = !this.RECORDING_PHASE && this.startsProperty() && !this.ahead.newline;
    const left: Expr = assigns ? { kind: "name", ...this.nameOf(this.advance()) } : this.value(1, "a condition", place);
    if (this.RECORDING_PHASE || !this.at(t.Equals) || this.ahead.newline) return left;
    this.unexpected("in a condition");
    const opSpan = this.spanOf(this.advance());
    const right = this.value(1, "a value", place);
    return { kind: "binary", span: this.spanFrom(start), op: "==", opSpan, left, right };
  }

  /** `a`, `any of [a, b]`, `all of [a, b]`: who approves, or may override. */
  protected readonly people = this.RULE("people", (): Pick<ApproveStatement, "mode" | "by"> => {
    if (!this.RECORDING_PHASE && !this.atWord("by")) this.expected("`by` and who approves");
    else this.CONSUME(t.Identifier);
    let mode: ApproveStatement["mode"] = "one";
    const { startOffset: list } = this.ahead;
    const listed = this.at(t.LeftBracket);
    this.OPTION2({
      GATE: () => (this.atWord("any") || this.atWord("all")) && this.peek().image === "of",
      DEF: () => {
        this.CONSUME2(t.Identifier);
        mode = this.last.image === "any" ? "any" : "all";
        this.CONSUME3(t.Identifier);
      },
    });
    const by = this.value(1, "who approves", "head");
    if (listed && !this.RECORDING_PHASE && by.kind === "list") {
      const span = this.spanFrom(list);
      const members = this.text.slice(span.start, span.end);
      this.otherForm(span, `any of ${members}`, { note: "write any of […], or all of […]" });
      mode = "any";
    }
    return { mode, by };
  });

  protected readonly approveStatement = this.RULE("approveStatement", (): Statement => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Approve);
    const { mode, by } = this.SUBRULE(this.people);
    const when = this.OPTION(() => {
      this.CONSUME(t.When);
      return this.value(1, "a condition", "head");
    });
    const body = this.trailingBody(1, "body of the approval");
    return { kind: "approve", span: this.spanFrom(start), doc, mode, by, when: when ?? null, body };
  });

  protected readonly escalateStatement = this.RULE("escalateStatement", (): EscalateStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Escalate);
    if (this.RECORDING_PHASE || this.atWord("to")) this.CONSUME(t.Identifier);
    else this.expected("`to` and who is asked next");
    const to = this.value(1, "who is asked next", "line");
    const after = this.OPTION({
      GATE: () => this.atWord("after"),
      DEF: () => {
        this.CONSUME2(t.Identifier);
        return this.value(2, "a duration", "line");
      },
    });
    return { kind: "escalate", span: this.spanFrom(start), to, after: after ?? null };
  });

  // ---------------------------------------------------------------------------------------------- if

  protected readonly ifStatement: ParserMethod<[], IfStatement> = this.RULE("ifStatement", (): IfStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.If);
    const condition = this.condition("head");
    const then = this.body(1, "body of the `if`");
    const otherwise = this.OPTION(() => {
      this.CONSUME(t.Else);
      return this.RECORDING_PHASE || this.at(t.If) || this.at(t.LeftBrace)
        ? this.OR(this.branches)
        : this.body(3, "`else`");
    });
    return { kind: "if", span: this.spanFrom(start), condition, then, else: otherwise ?? null };
  });

  private readonly branches: { ALT: () => IfStatement | Body | null }[] = [
    { ALT: () => this.elseIf() },
    { ALT: () => this.body(2, "body of the `else`") },
  ];

  /** A chain of `else if` nests in the tree, and so counts as depth. */
  private elseIf(): IfStatement {
    if (this.enter()) {
      const statement = this.SUBRULE(this.ifStatement);
      this.leave();
      return statement;
    }
    const span = this.here();
    this.tooDeep(MAX_DEPTH, true);
    return { kind: "if", span, condition: { kind: "missing", span }, then: null, else: null };
  }
}
