/** Declarations, and the file as a whole. */
import { endOfLine } from "../characters.ts";
import * as t from "../tokens.ts";
import { type TokenType, tokenSet } from "../tokens.ts";
import type {
  ActionItem,
  ApproverItem,
  EnumItem,
  EnumMember,
  GuardrailItem,
  ImportedName,
  ImportItem,
  Item,
  Name,
  OperationItem,
  SecretItem,
  StringLiteral,
  SyntaxFault,
  TestItem,
  TypeItem,
  TypeNode,
  UseItem,
  UsePer,
  WindowItem,
} from "../tree.ts";
import { type Module, TREE_VERSION } from "../tree.ts";
import { couldDeclare } from "./balance.ts";
import { StatementParser } from "./flow.ts";
import type { Lookahead } from "./lookahead.ts";
import { IN_TEST, IN_WINDOW } from "./tests.ts";

const BEGINS_MEMBER = tokenSet(t.STATEMENTS);
const DECLARATION_WORDS: ReadonlyMap<string, TokenType> = new Map([
  ...t.DECLARATIONS.map((type): [string, TokenType] => [type.LABEL ?? "", type]),
  ...t.DECLARATION_WORDS,
]);

export class OpsParser extends StatementParser {
  constructor(skipValidations: boolean, prepared: Lookahead | null = null) {
    super(skipValidations);
    this.analyse(prepared);
  }

  /** Reads a file. */
  parse(text: string): { tree: Module; faults: SyntaxFault[] } {
    this.begin(text);
    const items = this.SUBRULE(this.module);
    if (!this.atEnd()) throw new Error(`the parser came to no end, at ${this.ahead.startOffset}`);
    const { faults, comments } = this.finish();
    const span = { start: 0, end: text.length };
    return { tree: { kind: "module", version: TREE_VERSION, span, items, comments }, faults };
  }

  private readonly module = this.RULE("module", (): Item[] => {
    const items: Item[] = [];
    this.MANY({
      GATE: () => this.moreItems(),
      DEF: () => {
        this.indent = this.ahead.indent;
        items.push(this.SUBRULE(this.item));
      },
    });
    return items;
  });

  private readonly item = this.RULE("item", (): Item => this.OR(this.declarations));

  private readonly declarations: { ALT: () => Item }[] = [
    { ALT: () => this.SUBRULE(this.importItem) },
    { ALT: () => this.SUBRULE(this.useItem) },
    { ALT: () => this.SUBRULE(this.enumItem) },
    { ALT: () => this.SUBRULE(this.typeItem) },
    { ALT: () => this.SUBRULE(this.approverItem) },
    { ALT: () => this.SUBRULE(this.windowItem) },
    { ALT: () => this.SUBRULE(this.secretItem) },
    { ALT: () => this.SUBRULE(this.testItem) },
    { ALT: () => this.SUBRULE(this.operationItem) },
    { ALT: () => this.SUBRULE(this.guardrailItem) },
    { ALT: () => this.SUBRULE(this.actionItem) },
    { ALT: () => this.SUBRULE(this.letStatement) },
  ];

  /** The gate of a file: whether another declaration stands here. Passes over what begins none, with one fault. */
  private moreItems(): boolean {
    this.brackets = 0;
    let told = false;
    while (!this.atEnd()) {
      const word = this.declarationWord();
      if (word !== undefined) this.readAs(word);
      if (word !== undefined || this.atDeclaration()) return true;
      if (this.foreignKeyword() === t.Let) {
        this.unexpected("at the top of a file, where declarations stand");
        this.readAs(t.Let);
        return true;
      }
      const meant = this.misspeltDeclaration();
      if (meant !== undefined) {
        this.misspelt(meant, "declaration");
        return true;
      }
      if (told) this.hush();
      if (this.at(t.RightBrace)) this.fault("unopened", this.spanOf(this.ahead), { closer: "`}`" });
      else this.unexpected("at the top of a file, where declarations stand");
      told = true;
      this.passOver();
    }
    return false;
  }

  /** At `acton a(`, `appr x {`: a word that begins a line, near to that of a declaration, and a name after it. */
  private misspeltDeclaration(): TokenType | undefined {
    const after = this.peek();
    if (!this.at(t.Identifier) || !this.ahead.newline || after.newline) return undefined;
    const named = after.tokenTypeIdx === t.Identifier.tokenTypeIdx || after.tokenTypeIdx === t.TextStart.tokenTypeIdx;
    return named ? this.nearKeyword(DECLARATION_WORDS) : undefined;
  }

  /** The declaration that an unreserved word begins here, where nothing else can. */
  private declarationWord(): TokenType | undefined {
    if (!this.at(t.Identifier)) return undefined;
    const type = t.DECLARATION_WORDS.get(this.ahead.image);
    return type !== undefined && couldDeclare(this.peek()) ? type : undefined;
  }

  private readonly importItem = this.RULE("importItem", (): ImportItem => {
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Import);
    const names: ImportedName[] = [];
    if (this.expect(1, t.LeftBrace, "`{` and the names to import")) {
      const list = this.openList(t.RightBrace, "a name", () => this.at(t.Identifier) || this.atKeyword(), "fields");
      this.MANY({
        GATE: () => this.moreElements(list),
        DEF: () => {
          const name = this.listedName(1, "a name");
          const as = this.asName(3);
          if (name !== null) names.push({ name, as });
          else this.advance();
          this.separator(list);
        },
      });
      this.closeList(1, list);
    }
    const from = this.importPath();
    return { kind: "import", span: this.spanFrom(start), names, from };
  });

  private importPath(): StringLiteral | null {
    if (this.RECORDING_PHASE || this.atWord("from")) this.consume(5, t.Identifier);
    else this.expected("`from` and the path of a file");
    if (this.RECORDING_PHASE || (this.at(t.TextStart) && !this.ahead.newline)) return this.SUBRULE(this.string);
    this.expected("the path of a file");
    return null;
  }

  /** `as name`, where it stands. */
  private asName(idx: number): Name | null {
    const as = this.option(idx, {
      GATE: () => this.atWord("as") && !this.ahead.newline,
      DEF: () => {
        this.consume(idx, t.Identifier);
        return this.name(idx + 1, "the name it gets here");
      },
    });
    return as ?? null;
  }

  private readonly useItem = this.RULE("useItem", (): UseItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Use);
    const provider = this.name(1, "the name of a provider");
    const as = this.asName(3);
    const what = "settings of the provider";
    const per = this.usePer();
    const lacksBrace = !this.RECORDING_PHASE && this.startsProperty();
    const body = lacksBrace ? this.body(1, what) : this.trailingBody(1, what);
    return { kind: "use", span: this.spanFrom(start), doc, provider, as, per, body };
  });

  /** `per env: Env`, where it stands. */
  private usePer(): UsePer | null {
    const per = this.OPTION({
      GATE: () => this.atWord("per") && !this.ahead.newline,
      DEF: (): UsePer => {
        const { startOffset: start } = this.ahead;
        this.CONSUME2(t.Identifier);
        const name = this.name(5, "a name for the member that an instance is for");
        const colon = this.expect(1, t.Colon, "`:` and an enum");
        const type = colon || !this.at(t.LeftBrace) ? this.type(1) : this.missingType();
        return { span: this.spanFrom(start), name, type };
      },
    });
    return per ?? null;
  }

  private readonly enumItem = this.RULE("enumItem", (): EnumItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Enum);
    const name = this.name(1, "the name of the enum");
    const members: EnumMember[] = [];
    const braced = this.expect(1, t.LeftBrace, "`{` and the members of the enum");
    if (braced || this.elementsFollow(() => this.at(t.Identifier))) {
      const list = this.openList(t.RightBrace, "a member", () => this.at(t.Identifier) || this.atKeyword(), "fields");
      this.MANY({
        GATE: () => this.moreElements(list),
        DEF: () => {
          const memberDoc = this.takeDoc();
          const member = this.listedName(2, "a member");
          if (member !== null) members.push({ name: member, doc: memberDoc });
          else this.advance();
          this.separator(list);
        },
      });
      if (!braced) this.hush();
      this.closeList(1, list);
    }
    return { kind: "enum", span: this.spanFrom(start), doc, name, members };
  });

  private readonly typeItem = this.RULE("typeItem", (): TypeItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Type);
    const name = this.name(1, "the name of the type");
    this.expect(1, t.Equals, "`=` and a type");
    const type = this.type(1);
    const where = this.OPTION(() => this.SUBRULE(this.refinement));
    return { kind: "type", span: this.spanFrom(start), doc, name, type, where: where ?? null };
  });

  private readonly approverItem = this.RULE("approverItem", (): ApproverItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Approver);
    const name = this.name(1, "the name of the approver");
    const body = this.body(1, "body of the approver");
    return { kind: "approver", span: this.spanFrom(start), doc, name, body };
  });

  private readonly windowItem = this.RULE("windowItem", (): WindowItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Window);
    const name = this.name(1, "the name of the window");
    const body = this.body(1, "body of the window", IN_WINDOW);
    return { kind: "window", span: this.spanFrom(start), doc, name, body };
  });

  /** `secret ledger_url from env("LEDGER_URL")` */
  private readonly secretItem = this.RULE("secretItem", (): SecretItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Secret);
    const name = this.name(1, "the name of the secret");
    if (this.RECORDING_PHASE || this.atWord("from")) this.CONSUME2(t.Identifier);
    else {
      this.expected("`from` and where the secret is kept");
      if (this.at(t.Equals)) this.advance();
    }
    const from = this.call(1, 'where the secret is kept, such as `env("NAME")`', "line");
    return { kind: "secret", span: this.spanFrom(start), doc, name, from };
  });

  private readonly testItem = this.RULE("testItem", (): TestItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Test);
    const title = this.testTitle();
    const body = this.body(1, "body of the test", IN_TEST);
    return { kind: "test", span: this.spanFrom(start), doc, title, body };
  });

  private testTitle(): StringLiteral | null {
    if (this.RECORDING_PHASE || (this.at(t.TextStart) && !this.ahead.newline)) return this.SUBRULE(this.string);
    this.expected("the title of the test, in double quotes,");
    return null;
  }

  private readonly guardrailItem = this.RULE("guardrailItem", (): GuardrailItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Guardrail);
    const name = this.name(1, "the name of the guardrail");
    const body = this.body(1, "body of the guardrail");
    return { kind: "guardrail", span: this.spanFrom(start), doc, name, body };
  });

  private readonly operationItem = this.RULE("operationItem", (): OperationItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Operation);
    this.misnamed = [];
    const name = this.name(1, "the name of the operation");
    const params = this.params(1, "operation");
    const result = this.result();
    const body = this.body(1, "body of the operation");
    return { kind: "operation", span: this.spanFrom(start), doc, name, params, result, body };
  });

  private readonly actionItem = this.RULE("actionItem", (): ActionItem => {
    const doc = this.takeDoc();
    const { startOffset: start } = this.ahead;
    this.CONSUME(t.Action);
    this.misnamed = [];
    const name = this.name(1, "the name of the action");
    const params = this.params(1, "action");
    const result = this.result();
    const body = this.body(1, "body of the action");
    return { kind: "action", span: this.spanFrom(start), doc, name, params, result, body };
  });

  /** At `{` and what begins a member: a body, and no record type. */
  private atMemberBrace(): boolean {
    if (!this.at(t.LeftBrace)) return false;
    const after = this.peekThird().tokenTypeIdx;
    // Any word may name a field: `{ for: string }`.
    if (after === t.Colon.tokenTypeIdx) return false;
    return after === t.Equals.tokenTypeIdx || BEGINS_MEMBER[this.peek().tokenTypeIdx] === true;
  }

  /** At a type that lacks its `->`: a word before the body, or `{ name:`, as no body begins. */
  private atUnmarkedResult(): boolean {
    if (this.ahead.newline) return false;
    if (this.at(t.Identifier)) return this.peek().tokenTypeIdx === t.LeftBrace.tokenTypeIdx;
    if (!this.at(t.LeftBrace) || this.peekThird().tokenTypeIdx !== t.Colon.tokenTypeIdx) return false;
    // `{ title: "x" }` is a body with the wrong sign, unless a body follows it.
    return !this.peek().newline && /^\{[^{}\r\n]*\}[ \t]*\{/.test(this.restOfLine());
  }

  private restOfLine(): string {
    const { startOffset } = this.ahead;
    return this.text.slice(startOffset, endOfLine(this.text, startOffset));
  }

  /** `-> type`, where it stands. */
  private result(): TypeNode | null {
    const type = this.OPTION(() => {
      this.CONSUME(t.ThinArrow);
      return this.atMemberBrace() ? this.missingType() : this.type(1);
    });
    if (type === undefined && this.atUnmarkedResult()) {
      this.expected("`->`");
      return this.type(1);
    }
    return type ?? null;
  }
}
