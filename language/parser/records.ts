/** Records: `{ name: value, "quoted-key": value }`. */
import * as t from "../tokens.ts";
import { tokenSet } from "../tokens.ts";
import type { Expr, Name, RecordField, StringLiteral } from "../tree.ts";
import { ValueParser } from "./values.ts";

/** What a value begins with that cannot go on after a name, but for the space between them. */
const BEGINS_VALUE = tokenSet([
  t.Identifier,
  t.NumberToken,
  t.UnitToken,
  t.TextStart,
  t.LeftBracket,
  t.LeftBrace,
  t.True,
  t.False,
  t.None,
  t.Match,
]);

/** A name with dashes in it, up to its colon. */
const DASHED = /([A-Za-z_]\w*(?:-[A-Za-z_0-9]+)+)[ \t]*:/y;

const AFTER_NAME = tokenSet([t.Comma, t.RightBrace, t.RightParen, t.RightBracket, t.EndOfFile]);

export abstract class RecordParser extends ValueParser {
  protected readonly record = this.RULE("record", (): Expr => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.LeftBrace);
    const fields: RecordField[] = [];
    const list = this.openList(t.RightBrace, "a field", () => this.startsLabelled(), "labelled");
    let height = 0;
    this.MANY({
      GATE: () => this.moreElements(list),
      DEF: () => {
        fields.push(this.RECORDING_PHASE ? this.SUBRULE(this.recordField) : this.recordFieldHere());
        height = Math.max(height, this.height);
        this.separator(list);
      },
    });
    this.closeList(1, list);
    this.height = height + 1;
    return { kind: "record", span: this.spanFrom(start), fields };
  });

  private readonly recordField = this.RULE("recordField", () => this.recordFieldHere());

  private recordFieldHere(): RecordField {
    const { startOffset: start } = this.ahead;
    const dashed = this.RECORDING_PHASE ? null : this.dashedKey();
    if (dashed !== null) return this.quotedField(start, dashed);
    const name = this.optionAt(0, t.TextStart, this.quotedPart);
    if (name !== undefined && !this.RECORDING_PHASE) return this.quotedField(start, name);
    const label = this.label();
    if (label !== null || this.RECORDING_PHASE) {
      const what = label === null ? "a value" : `a value for \`${label.text}\``;
      const value = this.value(1, what, "element");
      return { span: this.spanFrom(start), name: label ?? this.nameOf(this.last), value };
    }
    return this.unlabelledField(start);
  }

  private readonly quotedPart = (): Name => this.quotedKey(this.SUBRULE(this.string));

  /** `web-1:`: a key that lacks its quotes; null where none stands. */
  private dashedKey(): Name | null {
    if (!this.at(t.Identifier) || this.peek().tokenTypeIdx !== t.Minus.tokenTypeIdx) return null;
    DASHED.lastIndex = this.ahead.startOffset;
    const text = DASHED.exec(this.text)?.[1];
    if (text === undefined) return null;
    const span = { start: this.ahead.startOffset, end: this.ahead.startOffset + text.length };
    this.fault("unexpected", span, { found: `\`${text}\``, where: "as the name of a field" });
    while (!this.at(t.Colon) && !this.atEnd()) this.advance();
    this.hush();
    return { text, span };
  }

  private quotedKey(key: StringLiteral): Name {
    if (this.RECORDING_PHASE) return { text: "", span: this.here() };
    const [part, more] = key.parts;
    if (part?.kind === "hole" || more !== undefined) {
      this.fault("unexpected", key.span, { found: "`${…}`", where: "in the name of a field" });
    }
    return { text: part?.kind === "text" ? part.text : "", span: key.span };
  }

  private quotedField(start: number, name: Name): RecordField {
    if (this.at(t.Colon)) this.advance();
    else this.expected("`:` and a value");
    const value = this.value(1, `a value for \`${name.text}\``, "element");
    return { span: this.spanFrom(start), name, value };
  }

  /** A value where a field belongs. A name is half a field and keeps it; of anything else the value is kept. */
  private unlabelledField(start: number): RecordField {
    if (this.endsName()) {
      const name = this.nameOf(this.advance());
      this.expected("`:` and a value");
      const value: Expr = this.canStart("line") ? this.valueRule(1, 0) : { kind: "missing", span: this.here() };
      return { span: this.spanFrom(start), name, value };
    }
    this.unexpected("where a field was expected; a field is `name: value`");
    const value = this.valueRule(1, 0);
    return { span: this.spanFrom(start), name: { text: "", span: { start, end: start } }, value };
  }

  /** At a name that is the whole of an element, or that a value follows with a space between. */
  private endsName(): boolean {
    if (!this.at(t.Identifier)) return false;
    const after = this.peek();
    if (after.newline || AFTER_NAME[after.tokenTypeIdx] === true) return true;
    return after.spaced && BEGINS_VALUE[after.tokenTypeIdx] === true;
  }
}
