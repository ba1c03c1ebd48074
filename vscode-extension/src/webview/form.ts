/** The form of an action's inputs, made of their JSON Schema. What is left empty stands as it is proposed. */
import type { Json, PlanAnswer, Schema } from "../protocol.ts";
import { el } from "./dom.ts";

interface Field {
  readonly name: string;
  readonly row: HTMLElement;
  readonly control: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
  readonly note: HTMLElement;
  /** Undefined where nothing is filled in; throws an `Error` for people where it is no value. */
  read(): Json | undefined;
  write(value: Json | undefined): void;
  propose(value: Json | undefined): void;
}

export interface Form {
  readonly element: HTMLElement;
  /** What is filled in, as far as it is values at all. */
  read(): Record<string, Json>;
  /** Proposals, and what is wrong with inputs, as they came with a plan. */
  update(answer: PlanAnswer): void;
}

const record = (value: Json | undefined): Schema | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Schema) : null;
const list = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

export function formOf(schema: Schema, filled: Readonly<Record<string, Json>>, changed: () => void): Form {
  const required = new Set(list(schema.required));
  const fields = Object.entries(record(schema.properties) ?? {}).map(([name, each]) => {
    const field = fieldOf(name, record(each) ?? {}, required.has(name));
    field.write(filled[name]);
    field.control.addEventListener("input", changed);
    return field;
  });
  const element = el("div", { class: "fields" }, ...fields.map(({ row }) => row));
  if (fields.length === 0) element.append(el("p", { class: "quiet" }, "It has no inputs."));
  return {
    element,
    read: () => Object.fromEntries(fields.flatMap((field) => read(field))),
    update(answer) {
      const told = new Map(
        answer.problems.flatMap(({ input, message, help }) =>
          input === null ? [] : [[input, help ?? message] as const],
        ),
      );
      for (const field of fields) {
        field.propose(answer.inputs[field.name]);
        const wrong = problemOf(field) ?? told.get(field.name) ?? null;
        field.control.setAttribute("aria-invalid", String(wrong !== null));
        field.note.textContent = wrong ?? "";
      }
    },
  };
}

function read(field: Field): [string, Json][] {
  try {
    const value = field.read();
    return value === undefined ? [] : [[field.name, value]];
  } catch {
    return [];
  }
}

function problemOf(field: Field): string | null {
  try {
    field.read();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function fieldOf(name: string, schema: Schema, required: boolean): Field {
  const id = `input-${name}`;
  const inner = withoutNone(schema);
  const choices = choicesOf(inner);
  const about = [schema.description, inner.description].find((each) => typeof each === "string");
  const note = el("p", { class: "wrong", id: `${id}-wrong`, role: "status" });
  const base = { id, "aria-describedby": `${id}-about ${id}-wrong`, "aria-required": String(required) };
  const made =
    choices !== null ? choiceField(choices, base) : isLines(inner) ? linesField(inner, base) : plainField(inner, base);
  const row = el(
    "div",
    { class: "field" },
    el("label", { for: id }, name, required ? el("span", { class: "quiet" }, " required to apply") : null),
    made.control,
    el("p", { class: "quiet about", id: `${id}-about` }, typeof about === "string" ? about : ""),
    note,
  );
  return { name, row, note, ...made };
}

/** A value that may be none is asked for as what it else is. */
function withoutNone(schema: Schema): Schema {
  const inner = list(schema.anyOf).filter((each) => record(each)?.type !== "null");
  const [only] = inner;
  return inner.length === 1 && inner.length < list(schema.anyOf).length ? (record(only) ?? schema) : schema;
}

interface Choice {
  readonly value: Json;
  readonly label: string;
}

/** Null where it is no choice of a few values. */
function choicesOf(schema: Schema): readonly Choice[] | null {
  if (schema.type === "boolean") return [true, false].map((value) => ({ value, label: String(value) }));
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => ({ value, label: String(value) }));
  if (schema.const !== undefined) return [{ value: schema.const, label: String(schema.const) }];
  const all = [...list(schema.oneOf), ...list(schema.anyOf)].map(record);
  if (all.length === 0 || all.some((each) => each?.const === undefined)) return null;
  return all.flatMap((each) => {
    const value = each?.const ?? null;
    const title = each?.title;
    return [
      { value, label: typeof title === "string" && title !== value ? `${String(value)} · ${title}` : String(value) },
    ];
  });
}

type Made = Pick<Field, "control" | "read" | "write" | "propose">;
type Base = Readonly<Record<string, string>>;

function choiceField(choices: readonly Choice[], base: Base): Made {
  const none = el("option", { value: "" }, "…");
  const control = el("select", base, none, ...choices.map(({ label }, i) => el("option", { value: i }, label)));
  const at = (value: Json | undefined): number => choices.findIndex((each) => each.value === value);
  return {
    control,
    read: () => (control.value === "" ? undefined : choices[Number(control.value)]?.value),
    write(value) {
      const i = at(value);
      control.value = i < 0 ? "" : String(i);
    },
    propose(value) {
      if (control.value === "") none.textContent = proposed(choices[at(value)]?.label);
    },
  };
}

const proposed = (label: string | undefined): string => (label === undefined ? "…" : `${label} (proposed)`);

/** Lists of plain values are written a line each. */
function isLines(schema: Schema): boolean {
  const items = record(schema.items);
  return schema.type === "array" && items !== null && ["string", "integer", "number"].includes(String(items.type));
}

function linesField(schema: Schema, base: Base): Made {
  const control = el("textarea", { ...base, rows: 3, spellcheck: "false" });
  const number = record(schema.items)?.type !== "string";
  const lines = (value: Json | undefined): string => list(value).map(String).join("\n");
  return {
    control,
    read() {
      const all = control.value.split("\n").filter((line) => line.trim() !== "");
      return all.length === 0 ? undefined : all.map((line) => (number ? numberOf(line) : line.trim()));
    },
    write(value) {
      control.value = lines(value);
    },
    propose(value) {
      control.placeholder = value === undefined ? "a line each" : lines(value);
    },
  };
}

function numberOf(text: string): number {
  const value = Number(text.trim().replaceAll("_", ""));
  if (text.trim() === "" || !Number.isFinite(value)) throw new Error(`${text.trim()} is no number`);
  return value;
}

function plainField(schema: Schema, base: Base): Made {
  const type = String(schema.type ?? "");
  if (type === "string")
    return textField(el("input", { ...base, type: "text", spellcheck: "false" }), (text) => text, String);
  if (type === "integer" || type === "number")
    return textField(el("input", { ...base, type: "text", inputmode: "decimal" }), numberOf, String);
  return textField(el("textarea", { ...base, rows: 3, spellcheck: "false" }), jsonOf, (value) => JSON.stringify(value));
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new Error('this is no JSON, such as { "name": "web", "port": 80 }');
  }
}

function textField(
  control: HTMLInputElement | HTMLTextAreaElement,
  parse: (text: string) => Json,
  show: (value: Json) => string,
): Made {
  return {
    control,
    read: () => (control.value.trim() === "" ? undefined : parse(control.value)),
    write(value) {
      control.value = value === undefined || value === null ? "" : show(value);
    },
    propose(value) {
      control.placeholder = value === undefined || value === null ? "" : show(value);
    },
  };
}
