import fc from "fast-check";
import { expect, test } from "vitest";
import { headTail } from "../../../runtime/process/head-tail.ts";

const chunks = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 20 });

test("what fits is kept byte for byte, however it comes", () => {
  fc.assert(
    fc.property(chunks, (parts) => {
      const all = Buffer.concat(parts);
      const kept = headTail(all.length);
      for (const part of parts) kept.push(part);
      expect(Buffer.from(kept.bytes()).equals(all)).toBe(true);
    }),
  );
});

test("of what does not fit, beginning, count and end are kept", () => {
  fc.assert(
    fc.property(chunks, fc.integer({ min: 0, max: 40 }), (parts, limit) => {
      const all = Buffer.concat(parts);
      fc.pre(all.length > limit);
      const kept = headTail(limit);
      for (const part of parts) kept.push(part);
      const head = Math.ceil(limit / 2);
      const note = Buffer.from(`\n… ${all.length - limit} bytes left out …\n`);
      const expected = Buffer.concat([all.subarray(0, head), note, all.subarray(all.length - (limit - head))]);
      expect(Buffer.from(kept.bytes()).equals(expected)).toBe(true);
      expect(kept.total()).toBe(all.length);
    }),
  );
});
