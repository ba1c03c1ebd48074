/** A proposal of what to write. */
export interface Completion {
  readonly kind:
    | "keyword"
    | "property"
    | "value"
    | "member"
    | "field"
    | "method"
    | "operation"
    | "action"
    | "provider"
    | "type"
    | "enum"
    | "declaration"
    | "word"
    | "file"
    | "folder";
  readonly label: string;
  /** With places to fill in, `${1:name}`, where `snippet` is. */
  readonly insert: string;
  readonly snippet: boolean;
  readonly detail: string;
  /** Markdown. */
  readonly doc: string | null;
  /** Where its docs are found, if somebody looks at it: the name as it is seen at a place of a file. */
  readonly about: About | null;
  /** From 0, the likeliest. */
  readonly rank: number;
  /** Once inserted, something else may be proposed at once. */
  readonly again: boolean;
  /** Besides what is inserted, in the same file: an import. */
  readonly edits: readonly { readonly span: { readonly start: number; readonly end: number }; readonly text: string }[];
}

export interface About {
  readonly path: string;
  readonly offset: number;
  readonly name: string;
}

type More = Partial<Omit<Completion, "kind" | "label">>;

export function item(kind: Completion["kind"], label: string, more: More): Completion {
  return {
    kind,
    label,
    insert: label,
    snippet: false,
    detail: "",
    doc: null,
    about: null,
    rank: 2,
    again: false,
    edits: [],
    ...more,
  };
}

export function snippet(kind: Completion["kind"], label: string, insert: string, more: More): Completion {
  return item(kind, label, { ...more, insert, snippet: true });
}
