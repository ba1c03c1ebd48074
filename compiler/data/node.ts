/** What was read from a data file, whatever its format: plain values that know where they stand. */
import type { Span } from "../../language/tree.ts";

export type DataNode =
  | { readonly kind: "scalar"; readonly span: Span; readonly value: null | boolean | number | string }
  | { readonly kind: "list"; readonly span: Span; readonly items: readonly DataNode[] }
  | { readonly kind: "record"; readonly span: Span; readonly entries: readonly DataEntry[] };

export interface DataEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: DataNode;
}

/** What is wrong with the text of a data file, as one sentence that goes on from the name of the format. */
export interface DataFault {
  readonly span: Span;
  readonly message: string;
  readonly help: string | null;
  /** Another place that belongs to it, such as the first of two equal keys. */
  readonly related: { readonly span: Span; readonly note: string } | null;
}

export interface DataRead {
  /** Null where the text is too broken to have one; with faults it is what could be read. */
  readonly node: DataNode | null;
  readonly faults: readonly DataFault[];
}

/** Nesting deeper than this is refused: nobody wrote it by hand, and readers of it would run out of stack. */
export const MAX_DATA_DEPTH = 500;

/** The plain value, for readers that need no places. Names such as `__proto__` are kept as what they are. */
export function plainValue(node: DataNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plainValue);
    case "record": {
      const record: Record<string, unknown> = {};
      for (const { key, value } of node.entries)
        Object.defineProperty(record, key, {
          value: plainValue(value),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      return record;
    }
  }
}
