/** Where block text that lost its closing quotes ends, so that it does not swallow the rest of the file. */

/**
 * A line that begins a declaration in column 1, written in full. No line of block text may look like this: it is
 * what tells text that was never closed from text that goes on.
 */
const DECLARATION_LINE = [
  "(?:action|operation)[ \\t]+[A-Za-z_]\\w*[ \\t]*\\(",
  "(?:guardrail|approver|enum|window)[ \\t]+[A-Za-z_]\\w*[ \\t]*\\{",
  "(?:type|let)[ \\t]+[A-Za-z_]\\w*[ \\t]*[=:]",
  "import[ \\t]*\\{",
  "secret[ \\t]+[A-Za-z_]\\w*[ \\t]+from[ \\t]",
  'test[ \\t]+"[^"\\r\\n]*"[ \\t]*\\{',
  "use[ \\t]+[A-Za-z_]\\w*[ \\t]*(?:$|\\{|(?:as|per)[ \\t])",
].join("|");
const NEXT_DECLARATION = new RegExp(`^(?:${DECLARATION_LINE})`, "gm");
const DECLARATION_HERE = new RegExp(DECLARATION_LINE, "my");

/** Whether a declaration begins at `at`, the start of a line. */
export function declarationAt(text: string, at: number): boolean {
  DECLARATION_HERE.lastIndex = at;
  return DECLARATION_HERE.test(text);
}

/**
 * For a text, a function that tells whether the block text opened just before an offset has closing quotes before
 * the next declaration. Offsets must not decrease from call to call: each part of the text is then searched once.
 */
export function blockCloses(text: string): (from: number) => boolean {
  let declaration = -1;
  let quotes = -1;
  return (from) => {
    if (declaration < from) {
      NEXT_DECLARATION.lastIndex = from;
      declaration = NEXT_DECLARATION.exec(text)?.index ?? text.length;
    }
    if (quotes < from) {
      const found = text.indexOf('"""', from);
      quotes = found < 0 ? Number.POSITIVE_INFINITY : found;
    }
    return quotes < declaration;
  };
}
