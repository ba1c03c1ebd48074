/** Where things stand in a text, and what they are called. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An identifier as written. */
export interface Name {
  readonly text: string;
  readonly span: Span;
}
