/** Where fields of records were written, for editors. Beside the types, since a type is plain data and the same wherever it is written. */
import type { Span } from "../../language/tree.ts";
import type { Field } from "./type.ts";

export interface FieldPlace {
  readonly module: string;
  /** Of its name. */
  readonly span: Span;
}

const places = new WeakMap<Field, FieldPlace>();

export function placeField(field: Field, place: FieldPlace): Field {
  places.set(field, place);
  return field;
}

/** Null of a field that no source declares: of data, of a provider's result. */
export function placeOfField(field: Field): FieldPlace | null {
  return places.get(field) ?? null;
}
