import fc from "fast-check";
import { expect, it } from "vitest";
import { lineIndex } from "../../language/lines.ts";

it("counts lines and columns from 1, columns in UTF-16 units", () => {
  const lines = lineIndex("ab\n😀c\r\n\rd");
  expect(lines.lineCount).toBe(4);
  expect(lines.position(0)).toEqual({ line: 1, column: 1 });
  expect(lines.position(2)).toEqual({ line: 1, column: 3 });
  expect(lines.position(5)).toEqual({ line: 2, column: 3 });
  expect(lines.position(8)).toEqual({ line: 3, column: 1 });
  expect(lines.position(9)).toEqual({ line: 4, column: 1 });
  expect(lines.line(2)).toEqual({ start: 3, end: 6 });
});

it("a byte order mark takes no column", () => {
  const lines = lineIndex("\uFEFFab");
  expect(lines.position(0)).toEqual({ line: 1, column: 1 });
  expect(lines.position(1)).toEqual({ line: 1, column: 1 });
  expect(lines.position(2)).toEqual({ line: 1, column: 2 });
  expect(lines.offset({ line: 1, column: 1 })).toBe(1);
});

it("gives the nearest place for one that is not there", () => {
  const lines = lineIndex("ab\ncd");
  expect(lines.offset({ line: 1, column: 99 })).toBe(2);
  expect(lines.offset({ line: 99, column: 1 })).toBe(3);
  expect(lines.offset({ line: 0, column: 0 })).toBe(0);
  expect(lines.position(99)).toEqual({ line: 2, column: 3 });
  expect(lines.position(-1)).toEqual({ line: 1, column: 1 });
});

it("goes there and back for every offset that is not within a line end", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("a", "\n", "\r\n", "😀", " ")).map((parts) => parts.join("")),
      (text) => {
        const lines = lineIndex(text);
        for (let offset = 0; offset <= text.length; offset += 1) {
          if (text[offset - 1] === "\r" && text[offset] === "\n") continue;
          expect(lines.offset(lines.position(offset))).toBe(offset);
        }
      },
    ),
  );
});
