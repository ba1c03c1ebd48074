/** Trees as compact s-expressions, so that a test shows what was understood on a line. */

import { parse } from "../../language/parse.ts";
import type {
  Body,
  Expr,
  Item,
  MatchArm,
  Param,
  Refinement,
  Statement,
  StringLiteral,
  TypeNode,
} from "../../language/tree.ts";

function words(...parts: (string | null | false)[]): string {
  return `(${parts.filter((part) => part !== null && part !== false && part !== "").join(" ")})`;
}

function clause(word: string, expr: Expr | null): string | null {
  return expr === null ? null : `:${word} ${showExpr(expr)}`;
}

function nameOf(name: { text: string } | null): string {
  return name === null ? "?" : name.text;
}

function showString(literal: StringLiteral): string {
  const parts = literal.parts.map((part) => (part.kind === "text" ? part.text : `\${${showExpr(part.expr)}}`));
  return JSON.stringify(parts.join(""));
}

function showArm(arm: MatchArm): string {
  const patterns = arm.patterns === null ? "_" : arm.patterns.map(showExpr).join("|");
  return `[${patterns} ${showExpr(arm.value)}]`;
}

export function showExpr(expr: Expr): string {
  switch (expr.kind) {
    case "missing":
      return "?";
    case "number":
      return expr.int ? String(expr.value) : `${expr.value}d`;
    case "bool":
      return String(expr.value);
    case "none":
      return "none";
    case "string":
      return showString(expr);
    case "unit":
      return `${expr.unit}:${expr.value}`;
    case "rate":
      return words("per", showExpr(expr.count), showExpr(expr.per), clause("by", expr.by));
    case "name":
      return expr.text;
    case "list":
      return `[${expr.items.map(showExpr).join(" ")}]`;
    case "record":
      return `{${expr.fields.map((field) => `${field.name.text}: ${showExpr(field.value)}`).join(", ")}}`;
    case "range":
      return words("..", showExpr(expr.from), showExpr(expr.to));
    case "unary":
      return words(expr.op, showExpr(expr.operand));
    case "binary":
      return words(expr.op, showExpr(expr.left), showExpr(expr.right));
    case "conditional":
      return words("?:", showExpr(expr.condition), showExpr(expr.then), showExpr(expr.else));
    case "field":
      return `${showExpr(expr.of)}${expr.optional ? "?." : "."}${nameOf(expr.name)}`;
    case "index":
      return `${showExpr(expr.of)}[${showExpr(expr.at)}]`;
    case "call": {
      const args = expr.args.map((arg) => (arg.label === null ? "" : `${arg.label.text}: `) + showExpr(arg.value));
      return `${showExpr(expr.callee)}(${args.join(", ")})`;
    }
    case "lambda":
      return words("=>", `(${expr.params.map(nameOf).join(" ")})`, showExpr(expr.body));
    case "match":
      return words("match", showExpr(expr.on), ...expr.arms.map(showArm));
    case "paren":
      return words("paren", showExpr(expr.inner));
  }
}

export function showType(type: TypeNode): string {
  switch (type.kind) {
    case "missing_type":
      return "?";
    case "named_type":
      return type.name.text + (type.args.length > 0 ? `<${type.args.map(showType).join(" ")}>` : "");
    case "optional_type":
      return words("optional", showType(type.of));
    case "record_type":
      return `{${type.fields.map(showParam).join(", ")}}`;
    case "literal_type":
      return showExpr(type.value);
    case "union_type":
      return words("|", ...type.of.map(showType));
    case "one_of_type":
      return words("one-of", showExpr(type.of));
  }
}

function showRefinement(where: Refinement | null): string {
  if (where === null) return "";
  return ` where ${showExpr(where.condition)}${where.message === null ? "" : ` else ${showExpr(where.message)}`}`;
}

function showParam(param: Param): string {
  const value = param.default === null ? "" : ` = ${showExpr(param.default)}`;
  return `${param.name.text}${param.optional ? "?" : ""}: ${showType(param.type)}${value}${showRefinement(param.where)}`;
}

function showBody(body: Body | null): string | null {
  if (body === null) return null;
  return `{${body.members.map(showStatement).join(" ")}${body.closed ? "}" : " …"}`;
}

export function showStatement(statement: Statement): string {
  const it = statement;
  switch (it.kind) {
    case "property":
      return words("=", it.name.text, showExpr(it.value));
    case "block":
      return words("block", it.name.text, showBody(it.body));
    case "let":
      return words("let", nameOf(it.name), it.type && `:${showType(it.type)}`, showExpr(it.value));
    case "fact":
      return words("fact", nameOf(it.name), showExpr(it.call));
    case "step":
    case "check": {
      const after = it.after.length > 0 && `:after ${it.after.map(nameOf).join(",")}`;
      return words(it.kind, nameOf(it.name), showExpr(it.call), clause("when", it.when), after, showBody(it.body));
    }
    case "require":
      return words("require", showExpr(it.condition), clause("else", it.message));
    case "approve":
      return words("approve", it.mode, showExpr(it.by), clause("when", it.when), showBody(it.body));
    case "escalate":
      return words("escalate", showExpr(it.to), clause("after", it.after));
    case "wait":
      return words("wait", showExpr(it.duration));
    case "if": {
      const otherwise = it.else === null ? null : "kind" in it.else ? showStatement(it.else) : showBody(it.else);
      return words("if", showExpr(it.condition), showBody(it.then), otherwise && `else ${otherwise}`);
    }
    case "for": {
      const clauses = [clause("key", it.key), clause("batch", it.batch), clause("every", it.every)];
      clauses.push(
        clause("tolerate", it.tolerate),
        clause("at-most", it.atMost),
        it.allowEmpty ? ":allow-empty" : null,
      );
      return words("for", nameOf(it.name), showExpr(it.over), ...clauses, showBody(it.body));
    }
    case "parallel":
    case "branch":
      return words(it.kind, showBody(it.body));
    case "on":
      return words("on", nameOf(it.event), showBody(it.body));
    case "return":
      return words("return", showExpr(it.value));
    case "rollback":
      switch (it.how.kind) {
        case "call":
          return words("rollback", showExpr(it.how.call));
        case "block":
          return words("rollback", showBody(it.how.body));
        case "auto":
          return words("rollback auto");
        case "nothing":
          return words("rollback nothing", it.how.why && showExpr(it.how.why));
      }
      break;
    case "irreversible":
      return words("irreversible", it.why && showExpr(it.why));
    case "applies": {
      const inputs = it.with.length > 0 && `:with {${it.with.map(showParam).join(", ")}}`;
      return words("applies", inputs, clause("when", it.when));
    }
    case "override":
      return words("override", it.mode, showExpr(it.by));
    case "window_rule":
      return words(it.effect, ...it.parts.map(showExpr), clause("because", it.because));
    case "given":
      return words("given", showExpr(it.what), `:${it.how}`, showExpr(it.value));
    case "run":
      return words("run", showExpr(it.call), clause("by", it.by), showBody(it.body));
    case "approved":
      return words("approved", ...it.by.map(showExpr));
    case "expect":
      return it.what.kind === "holds"
        ? words("expect", showExpr(it.what.condition))
        : words(
            "expect",
            showExpr(it.what.of),
            it.what.called ? ":called" : ":not-called",
            clause("with", it.what.with),
          );
  }
}

export function showItem(item: Item): string {
  switch (item.kind) {
    case "import": {
      const names = item.names.map(({ name, as }) => name.text + (as === null ? "" : `=>${as.text}`));
      return words("import", ...names, `:from ${item.from === null ? "?" : showString(item.from)}`);
    }
    case "use":
      return words(
        "use",
        nameOf(item.provider),
        item.as && `:as ${item.as.text}`,
        item.per && `:per ${nameOf(item.per.name)}:${showType(item.per.type)}`,
        showBody(item.body),
      );
    case "let":
      return showStatement(item);
    case "enum":
      return words("enum", nameOf(item.name), ...item.members.map((member) => member.name.text));
    case "type":
      return words("type", nameOf(item.name), showType(item.type) + showRefinement(item.where));
    case "secret":
      return words("secret", nameOf(item.name), `:from ${showExpr(item.from)}`);
    case "test":
      return words("test", item.title === null ? "?" : showString(item.title), showBody(item.body));
    case "approver":
    case "window":
    case "guardrail":
      return words(item.kind, nameOf(item.name), showBody(item.body));
    case "operation":
    case "action": {
      const params = `(${item.params.map(showParam).join(", ")})`;
      return words(
        item.kind,
        nameOf(item.name),
        params,
        item.result && `-> ${showType(item.result)}`,
        showBody(item.body),
      );
    }
  }
}

/** Each declaration of a text on a line, then each fault as `code@"the text it points at" what`. */
export function show(text: string): string {
  const { tree, faults } = parse(text);
  return [...tree.items.map(showItem), ...showFaults(text, faults)].join("\n");
}

/** The members of an action's body, then the faults; for texts that are statements. */
export function showMembers(text: string): string {
  const whole = `action a() {\n${text}\n}`;
  const { tree, faults } = parse(whole);
  const lines = tree.items.flatMap((item) =>
    item.kind === "action" ? (item.body?.members ?? []).map(showStatement) : [showItem(item)],
  );
  return [...lines, ...showFaults(whole, faults)].join("\n");
}

/** What `x = TEXT` gives `x`, then the faults. */
export function showValue(text: string): string {
  return showMembers(`x = ${text}`).replace(/^\(= x (.*)\)$/m, "$1");
}

function showFaults(text: string, faults: ReturnType<typeof parse>["faults"]): string[] {
  return faults.map(({ code, span, args }) => {
    const at = JSON.stringify(text.slice(span.start, span.end));
    return `! ${code} ${at} ${Object.values(args).join(" / ")}`.trim();
  });
}
