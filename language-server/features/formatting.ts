import type { TextEdit } from "vscode-languageserver";
import { type FormatEdit, formatEdits, formatRange } from "../../language/format/edits.ts";
import type { Asked, Feature } from "../feature.ts";
import { spanIn } from "../params.ts";
import { offsetOf, rangeOf } from "../places.ts";

/** Of a text with faults nothing: what it means is not known. */
export const formatting: Feature = {
  capabilities: {
    documentFormattingProvider: true,
    documentRangeFormattingProvider: true,
    documentOnTypeFormattingProvider: { firstTriggerCharacter: "}", moreTriggerCharacter: ["\n"] },
  },
  register(server) {
    server.connection.onDocumentFormatting((params, token) =>
      server.about<TextEdit[]>(params, token, [], (asked) => edits(asked, formatEdits(asked.file.text))),
    );
    server.connection.onDocumentRangeFormatting((params, token) =>
      server.about<TextEdit[]>(params, token, [], (asked) => {
        const { lines, text } = asked.file;
        return edits(asked, formatRange(text, spanIn(lines, params.range)));
      }),
    );
    server.connection.onDocumentOnTypeFormatting((params, token) =>
      server.at<TextEdit[]>(params, token, [], (asked, offset) => {
        const { text } = asked.file;
        // The line that was ended, or the block that was closed; never the line being written.
        const before = params.ch === "\n" ? text.lastIndexOf("\n", offset - 1) : offset;
        const start = params.ch === "}" ? blockStart(asked, offset) : text.lastIndexOf("\n", before - 1) + 1;
        const found = formatRange(text, { start, end: Math.max(start, before) });
        const line = text.lastIndexOf("\n", offset - 1) + 1;
        return edits(asked, found).filter((edit) => params.ch === "}" || endsBefore(asked, edit, line));
      }),
    );
  },
};

function edits({ file }: Asked, found: ReturnType<typeof formatEdits>): TextEdit[] {
  if ("faults" in found) return [];
  return found.edits.map(({ span, text }: FormatEdit) => ({ range: rangeOf(file.lines, span), newText: text }));
}

const endsBefore = ({ file }: Asked, { range }: TextEdit, offset: number): boolean =>
  offsetOf(file.lines, range.end) < offset;

/** Where the declaration begins that the offset is in. */
function blockStart({ file }: Asked, offset: number): number {
  return file.tree.items.findLast(({ span }) => span.start <= offset)?.span.start ?? 0;
}
