/** Statements that begin with words which are not reserved: the rules of a window, and what a test says. */
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type { ApprovedStatement, ExpectStatement, Expr, GivenStatement, RunStatement, WindowRule } from "../tree.ts";
import { PlainStatementParser, WRONG_SIGN } from "./statements.ts";
import { PATTERN_POWER } from "./values.ts";
import type { Words } from "./window.ts";

export const IN_WINDOW: Words = new Set(["allow", "deny"]);
export const IN_TEST: Words = new Set(["given", "run", "expect"]);
const IN_RUN: Words = new Set(["approved"]);

/** What a part of a window's rule begins with. */
const BEGINS_PART = tokenSet([t.Comma, t.Identifier, t.UnitToken, t.NumberToken, t.TextStart]);

export abstract class TestStatementParser extends PlainStatementParser {
  // ---------------------------------------------------------------------------------------------- windows

  /** `allow mon..fri 09:00..17:00`, `deny 2026-12-20..2027-01-03 because "…"` */
  protected readonly windowRule = this.RULE("windowRule", (): WindowRule => {
    const { startOffset: start } = this.ahead;
    const { image } = this.oneOf(1, [t.Allow, t.Deny]);
    const parts: Expr[] = [];
    this.MANY({
      GATE: () => this.atPart(),
      DEF: () => {
        this.OPTION(() => {
          this.CONSUME(t.Comma);
        });
        parts.push(this.value(1, PART, "line", PATTERN_POWER));
      },
    });
    if (!this.RECORDING_PHASE && parts.length === 0) parts.push(this.missing(PART));
    const because = this.OPTION2({
      GATE: () => this.atWord("because"),
      DEF: () => {
        this.CONSUME2(t.Identifier);
        return this.value(2, "why", "line");
      },
    });
    const effect = image === "deny" ? "deny" : "allow";
    return { kind: "window_rule", span: this.spanFrom(start), effect, parts, because: because ?? null };
  });

  /** On the line of a rule, before its `because` and whatever else begins there. */
  private atPart(): boolean {
    if (BEGINS_PART[this.ahead.tokenTypeIdx] !== true || this.ahead.newline) return false;
    return !this.atWord("because") && !this.startsProperty() && this.statementWord(IN_WINDOW) === undefined;
  }

  // ---------------------------------------------------------------------------------------------- tests

  /** `given now = …`, `given k8s.scale returns …`, `given k8s.scale fails "why"` */
  protected readonly givenStatement = this.RULE("givenStatement", (): GivenStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Given);
    const bare = this.at(t.Identifier) && !this.ahead.newline;
    const what = this.RECORDING_PHASE || bare ? this.SUBRULE(this.postfix) : this.missing("what is given");
    const how = this.howGiven();
    const value = this.value(1, GIVEN[how], "line");
    return { kind: "given", span: this.spanFrom(start), what, how, value };
  });

  private howGiven(): GivenStatement["how"] {
    if (this.RECORDING_PHASE || this.at(t.Equals)) this.CONSUME(t.Equals);
    else if (this.ahead.newline || (!this.atWord("returns") && !this.atWord("fails"))) {
      this.expected("`=`, `returns` or `fails`");
      if (WRONG_SIGN[this.ahead.tokenTypeIdx] === true) this.advance();
    } else return this.advance().image === "fails" ? "fails" : "returns";
    return "is";
  }

  /** `run scale_service(…) by "dana@example.com" { approved by "ana@example.com" }` */
  protected readonly runStatement = this.RULE("runStatement", (): RunStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Run);
    const call = this.call(1, "the action to run", "line");
    const by = this.OPTION({
      GATE: () => this.atWord("by") && !this.ahead.newline,
      DEF: () => {
        this.CONSUME(t.Identifier);
        return this.value(2, "who runs it", "head");
      },
    });
    const body = this.trailingBody(1, "body of the run", IN_RUN);
    return { kind: "run", span: this.spanFrom(start), call, by: by ?? null, body };
  });

  /** `approved by "ana@example.com", "ben@example.com"` */
  protected readonly approvedStatement = this.RULE("approvedStatement", (): ApprovedStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Approved);
    if (this.RECORDING_PHASE || this.atWord("by")) this.CONSUME(t.Identifier);
    else this.expected("`by` and who approved");
    const by = [this.value(1, "who approved", "line")];
    this.MANY({
      GATE: () => !this.ahead.newline,
      DEF: () => {
        this.CONSUME(t.Comma);
        by.push(this.value(2, "who approved", "line"));
      },
    });
    return { kind: "approved", span: this.spanFrom(start), by };
  });

  /** `expect run.outcome == rolled_back`, `expect k8s.scale called with { … }`, `expect k8s.scale not called` */
  protected readonly expectStatement = this.RULE("expectStatement", (): ExpectStatement => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Expect);
    const condition = this.condition("line");
    const called = this.OPTION({
      GATE: () => !this.ahead.newline && (this.atWord("called") || this.atWord("not")),
      DEF: () => this.called(),
    });
    if (called === undefined || this.RECORDING_PHASE) {
      return { kind: "expect", span: this.spanFrom(start), what: { kind: "holds", condition } };
    }
    return { kind: "expect", span: this.spanFrom(start), what: { kind: "call", of: condition, ...called } };
  });

  /** `called`, `called with { … }`, `not called` */
  private called(): { called: boolean; with: Expr | null } {
    const { image } = this.ahead;
    this.CONSUME(t.Identifier);
    if (image === "not") {
      if (this.atWord("called")) this.advance();
      else this.expected("`called`");
    }
    const args = this.OPTION2({
      GATE: () => this.atWord("with") && !this.ahead.newline,
      DEF: () => {
        this.CONSUME2(t.Identifier);
        return this.value(4, "the arguments it is called with", "line");
      },
    });
    return { called: image === "called", with: args ?? null };
  }
}

const PART = "a day, a date or a time of day";

const GIVEN: { readonly [How in GivenStatement["how"]]: string } = {
  is: "a value",
  returns: "what it returns",
  fails: "why it fails",
};
