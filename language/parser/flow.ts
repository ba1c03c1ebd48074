/** Statements that steer a run or say how it ends and is undone; and the choice among all statements. */
import type { ParserMethod } from "chevrotain";
import * as t from "../tokens.ts";
import { indexOf, type Token, tokenSet } from "../tokens.ts";
import type {
  AppliesStatement,
  BranchStatement,
  Expr,
  ForStatement,
  IrreversibleStatement,
  OnStatement,
  OverrideStatement,
  ParallelStatement,
  ReturnStatement,
  RollbackStatement,
  Statement,
  WaitStatement,
} from "../tree.ts";
import { TestStatementParser } from "./tests.ts";

type Clause = "key" | "batch" | "every" | "tolerate" | "at" | "allow";
const CLAUSES: ReadonlySet<string> = new Set<Clause>(["key", "batch", "every", "tolerate", "at", "allow"]);

/** After a clause's word, these show that it is one, and no name. */
const BEGINS_VALUE = tokenSet([t.Identifier, t.NumberToken, t.UnitToken]);

/** What a loop's clauses say, while they are read. */
interface Clauses {
  key: Expr | null;
  batch: Expr | null;
  every: Expr | null;
  tolerate: Expr | null;
  atMost: Expr | null;
  allowEmpty: boolean;
}

export abstract class StatementParser extends TestStatementParser {
  /** One member of a body. The caller has seen that one begins here. */
  protected override readonly statement: ParserMethod<[], Statement> = this.RULE("statement", (): Statement => {
    return this.OR(this.statements);
  });

  private readonly statements: { ALT: () => Statement }[] = [
    { ALT: () => this.named() },
    { ALT: () => this.SUBRULE(this.letStatement) },
    { ALT: () => this.SUBRULE(this.factStatement) },
    { ALT: () => this.SUBRULE(this.stepStatement) },
    { ALT: () => this.SUBRULE(this.checkStatement) },
    { ALT: () => this.SUBRULE(this.requireStatement) },
    { ALT: () => this.SUBRULE(this.approveStatement) },
    { ALT: () => this.SUBRULE(this.escalateStatement) },
    { ALT: () => this.SUBRULE(this.waitStatement) },
    { ALT: () => this.SUBRULE(this.ifStatement) },
    { ALT: () => this.SUBRULE(this.forStatement) },
    { ALT: () => this.SUBRULE(this.parallelStatement) },
    { ALT: () => this.SUBRULE(this.branchStatement) },
    { ALT: () => this.SUBRULE(this.onStatement) },
    { ALT: () => this.SUBRULE(this.returnStatement) },
    { ALT: () => this.SUBRULE(this.rollbackStatement) },
    { ALT: () => this.SUBRULE(this.irreversibleStatement) },
    { ALT: () => this.SUBRULE(this.appliesStatement) },
    { ALT: () => this.SUBRULE(this.overrideStatement) },
    { ALT: () => this.SUBRULE(this.windowRule) },
    { ALT: () => this.SUBRULE(this.givenStatement) },
    { ALT: () => this.SUBRULE(this.runStatement) },
    { ALT: () => this.SUBRULE(this.approvedStatement) },
    { ALT: () => this.SUBRULE(this.expectStatement) },
  ];

  // ---------------------------------------------------------------------------------------------- flow

  private readonly waitStatement = this.RULE("waitStatement", (): WaitStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Wait);
    const duration = this.value(1, "a duration", "line");
    return { kind: "wait", span: this.spanFrom(start), duration };
  });

  private readonly forStatement = this.RULE("forStatement", (): ForStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.For);
    const bracket = this.atForeignLoop() ? this.advance() : null;
    const name = this.name(1, "a name for each element");
    if (!this.RECORDING_PHASE && this.atWord("of")) this.ofForIn(bracket);
    else this.expect(1, t.In, "`in` and what to go over");
    if (bracket !== null) this.brackets += 1;
    const over = this.value(1, "what to go over", "head");
    if (bracket !== null) this.endForeignLoop(bracket, over);
    const clauses = this.SUBRULE(this.forClauses);
    const body = this.body(1, "body of the `for`");
    return { kind: "for", span: this.spanFrom(start), name, over, ...clauses, body };
  });

  /** At `(x in` or `(x of`, as a loop begins in other languages. */
  private atForeignLoop(): boolean {
    if (this.RECORDING_PHASE || !this.at(t.LeftParen) || this.peek().tokenTypeIdx !== indexOf(t.Identifier))
      return false;
    const third = this.peekThird();
    return third.tokenTypeIdx === indexOf(t.In) || third.image === "of";
  }

  /** `of` where `in` belongs; in parentheses it is told with them. */
  private ofForIn(bracket: Token | null): void {
    const span = this.spanOf(this.advance());
    if (bracket === null) this.otherForm(span, "in", { sure: true });
  }

  private endForeignLoop(bracket: Token, over: Expr): void {
    this.brackets -= 1;
    const closed = this.at(t.RightParen);
    if (closed) this.advance();
    const span = this.spanFrom(bracket.startOffset);
    const inside = this.text
      .slice(bracket.end, over.span.end)
      .trim()
      .replace(/^(\w+)\s+of\b/, "$1 in");
    this.otherForm(span, inside, { sure: closed });
  }

  /** `key x.name batch 2 every 10s tolerate 1 at most 50 allow empty`, in any order, each at most once. */
  private readonly forClauses = this.RULE("forClauses", (): Clauses => {
    const clauses: Clauses = { key: null, batch: null, every: null, tolerate: null, atMost: null, allowEmpty: false };
    const seen = new Set<string>();
    this.MANY({
      GATE: () => CLAUSES.has(this.ahead.image) && (this.atWord(this.ahead.image) || this.atAssignedClause()),
      DEF: () => {
        const word = this.ahead.image;
        if (seen.has(word)) this.unexpected(`after the \`${word}\` there is already`);
        seen.add(word);
        this.CONSUME(t.Identifier);
        if (!this.RECORDING_PHASE && this.at(t.Equals)) this.assignedClause(word);
        if (word === "at") this.secondWord(2, "most");
        if (word === "allow") this.secondWord(3, "empty");
        const value = this.OPTION({
          GATE: () => word !== "allow",
          DEF: () => this.clauseValue(seen),
        });
        if (!this.RECORDING_PHASE) setClause(clauses, word, value ?? { kind: "missing", span: this.here() });
      },
    });
    return clauses;
  });

  /** At `batch = 2` on the line of the loop. */
  private atAssignedClause(): boolean {
    return this.startsProperty() && !this.ahead.newline && this.ahead.image !== "at" && this.ahead.image !== "allow";
  }

  private assignedClause(word: string): void {
    const { startOffset } = this.last;
    this.advance();
    this.otherForm(this.spanFrom(startOffset), word, { sure: true });
  }

  private clauseValue(seen: ReadonlySet<string>): Expr {
    const what = "a value";
    return !this.RECORDING_PHASE && this.atClause(seen) ? this.missing(what) : this.value(1, what, "head");
  }

  /** At a clause where the value of the one before it belongs; `batch batch` has a value of that name. */
  private atClause(seen: ReadonlySet<string>): boolean {
    const word = this.ahead.image;
    const after = this.peek();
    if (!CLAUSES.has(word) || seen.has(word) || after.newline || CLAUSES.has(after.image)) return false;
    if (word === "at" || word === "allow") return after.image === (word === "at" ? "most" : "empty");
    return BEGINS_VALUE[after.tokenTypeIdx] === true;
  }

  private secondWord(idx: number, word: string): void {
    if (this.atWord(word)) this.consume(idx, t.Identifier);
    else this.expected(`\`${word}\``);
  }

  private readonly parallelStatement = this.RULE("parallelStatement", (): ParallelStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Parallel);
    const body = this.body(1, "body of the `parallel`");
    return { kind: "parallel", span: this.spanFrom(start), body };
  });

  private readonly branchStatement = this.RULE("branchStatement", (): BranchStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Branch);
    const body = this.body(1, "body of the `branch`");
    return { kind: "branch", span: this.spanFrom(start), body };
  });

  private readonly onStatement = this.RULE("onStatement", (): OnStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.On);
    const event = this.name(1, "the name of an event");
    const body = this.body(1, "body of the `on`");
    return { kind: "on", span: this.spanFrom(start), event, body };
  });

  private readonly returnStatement = this.RULE("returnStatement", (): ReturnStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Return);
    const value = this.value(1, "the result", "line");
    return { kind: "return", span: this.spanFrom(start), value };
  });

  // ---------------------------------------------------------------------------------------------- undo

  private readonly rollbackStatement = this.RULE("rollbackStatement", (): RollbackStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Rollback);
    const how = this.howToUndo();
    return { kind: "rollback", span: this.spanFrom(start), how };
  });

  private howToUndo(): RollbackStatement["how"] {
    if (!this.RECORDING_PHASE && !this.at(t.LeftBrace) && !this.canStartCall("line")) {
      return { kind: "call", call: this.missing("how to undo it: a call, `{`, `auto` or `nothing`") };
    }
    if (!this.RECORDING_PHASE && (this.at(t.TextStart) || this.at(t.None))) return this.nothingMeant();
    const body = this.optionalBody(1, "body of the rollback");
    if (body !== null && !this.RECORDING_PHASE) return { kind: "block", body };
    const word = this.OPTION2({ GATE: () => this.atLoneWord(), DEF: () => this.CONSUME(t.Identifier).image });
    if (word === "auto") return { kind: "auto" };
    const why = this.OPTION3({ GATE: () => word === "nothing", DEF: () => this.reason() });
    if (word === "nothing") return { kind: "nothing", why: why ?? null };
    return { kind: "call", call: this.call(1, "how to undo it", "line") };
  }

  /** `rollback "not needed"`, `rollback none`: read as `nothing`, with the reason. */
  private nothingMeant(): RollbackStatement["how"] {
    const { startOffset: start } = this.ahead;
    const why: Expr =
      this.at(t.None) && this.peek().tokenTypeIdx !== indexOf(t.TextStart) ? this.noneThere() : this.reasonMeant();
    const text = why.kind === "missing" ? '"why"' : this.text.slice(why.span.start, why.span.end);
    this.otherForm(this.spanFrom(start), `nothing ${text}`, { note: `write rollback nothing ${text}` });
    return { kind: "nothing", why };
  }

  private noneThere(): Expr {
    return { kind: "missing", span: this.spanOf(this.advance()) };
  }

  private reasonMeant(): Expr {
    if (this.at(t.None)) this.advance();
    return this.SUBRULE(this.string);
  }

  /** At `auto` or `nothing`, where they are not the beginning of a call. */
  private atLoneWord(): boolean {
    if (!this.atWord("auto") && !this.atWord("nothing")) return false;
    const after = this.peek();
    if (after.newline) return true;
    return after.tokenTypeIdx !== t.Dot.tokenTypeIdx && after.tokenTypeIdx !== t.LeftParen.tokenTypeIdx;
  }

  private reason(): Expr | null {
    return this.canStart("line") && this.at(t.TextStart) ? this.SUBRULE(this.string) : null;
  }

  private readonly irreversibleStatement = this.RULE("irreversibleStatement", (): IrreversibleStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Irreversible);
    const why = this.OPTION({ GATE: () => !this.ahead.newline, DEF: () => this.SUBRULE(this.string) });
    return { kind: "irreversible", span: this.spanFrom(start), why: why ?? null };
  });

  // ---------------------------------------------------------------------------------------------- guardrails

  /** `applies to action with { env: Env } when env == production` */
  private readonly appliesStatement = this.RULE("appliesStatement", (): AppliesStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Applies);
    if (this.RECORDING_PHASE || this.atWord("to")) this.CONSUME(t.Identifier);
    else this.expected("`to action`");
    this.expect(1, t.Action, "`action`");
    const fields = this.OPTION({
      GATE: () => this.atWord("with"),
      DEF: () => {
        this.CONSUME2(t.Identifier);
        if (this.RECORDING_PHASE || this.at(t.LeftBrace)) return this.SUBRULE(this.recordFields);
        this.expected("`{` and the inputs that are looked at");
        return this.elementsFollow(() => this.startsParam()) ? this.SUBRULE(this.recordFields) : [];
      },
    });
    const when = this.OPTION2(() => {
      this.CONSUME(t.When);
      return this.value(1, "a condition", "head");
    });
    return { kind: "applies", span: this.spanFrom(start), with: fields ?? [], when: when ?? null };
  });

  private readonly overrideStatement = this.RULE("overrideStatement", (): OverrideStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Override);
    const { mode, by } = this.SUBRULE(this.people);
    return { kind: "override", span: this.spanFrom(start), mode, by };
  });
}

function setClause(clauses: Clauses, word: string, value: Expr): void {
  if (word === "allow") clauses.allowEmpty = true;
  else if (word === "at") clauses.atMost ??= value;
  else if (word === "key" || word === "batch" || word === "every" || word === "tolerate") clauses[word] ??= value;
}
