/** Code for another system, from the source to a provider that quotes what stands in its holes. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { makeProject, opsc } from "./opsc.ts";

const PROVIDER = `import { appendFile } from "node:fs/promises";
import path from "node:path";
import { defineProvider, operation, template, z } from "opsc/provider";

const quote = (value) => (typeof value === "string" ? "'" + value.replaceAll("'", "''") + "'" : String(value));

export default defineProvider({
  name: "journal",
  version: "1.0.0",
  doc: "Keeps the statements it is given.",
  operations: {
    count: operation({
      doc: "Counts the characters of a query.",
      params: z.object({ sql: template("SQL") }),
      result: z.object({ length: z.int() }),
      effect: "read",
      resource: "journal",
      repeat: "idempotent",
      run: (args) => ({ length: args.sql.join(quote).length }),
    }),
    execute: operation({
      doc: "Writes a statement down.",
      params: z.object({ sql: template("SQL"), note: template("SQL").optional() }),
      result: z.object({ values: z.int(), noted: z.boolean() }),
      effect: "write",
      resource: "journal",
      repeat: "keyed",
      async run(args, ctx) {
        await appendFile(path.join(ctx.directory, "journal.sql"), args.sql.join(quote) + ";\\n");
        return { values: args.sql.values.length, noted: args.note !== undefined };
      },
    }),
  },
});
`;

const SOURCE = `use journal

action rename(name: string, ttl: duration = 90s) {
  fact before = journal.count(sql: "select \${name}")
  step one = journal.execute(sql: "insert into people values (\${name}, \${before.length}, \${ttl})") {
    rollback nothing "for a test"
  }
  step two = journal.execute(sql: "update people set n = \${one.values}, noted = \${one.noted} where name = \${name}", note: "x") {
    rollback nothing "for a test"
  }
  step three = journal.execute(sql: "vacuum") { rollback nothing "for a test" }
}
`;

test("what stands in a hole is quoted by the provider, whether it was known at the plan or only in the run", async () => {
  const project = makeProject({
    "main.ops": SOURCE,
    "opsc.config.json": '{ "providers": { "journal": "./journal" } }\n',
    "journal/index.js": PROVIDER,
    "journal/package.json": JSON.stringify({
      name: "journal",
      version: "1.0.0",
      type: "module",
      opsc: { manifest: "./opsc.manifest.json", provider: "./index.js" },
    }),
  });
  expect((await opsc(["provider", "manifest", "journal/index.js", "--write"], project)).code).toBe(0);
  const who = ["--as", "dana@example.com"];
  const name = "o'neill'); drop table people; --";
  const plan = await opsc(["plan", "rename", "-i", `name=${name}`, ...who, "-o", "a.opsplan.json"], project);
  expect(plan, plan.err).toMatchObject({ code: 0 });
  const shown = plan.out.replaceAll(/\s+/g, " ");
  // Known holes stand as values in the text, and cannot be taken for a part of it.
  expect(shown).toContain(`insert into people values (\${"${name}"}, \${43}, \${"1m30s"})`);
  expect(shown).toContain(`n = \${one.values}, noted = \${one.noted} where name = \${"${name}"}`);
  const applied = await opsc(["apply", "a.opsplan.json", ...who], project);
  expect(applied, applied.err).toMatchObject({ code: 0 });
  const quoted = "'o''neill''); drop table people; --'";
  expect(readFileSync(path.join(project, "journal.sql"), "utf8")).toBe(
    `insert into people values (${quoted}, 43, '1m30s');\nupdate people set n = 3, noted = false where name = ${quoted};\nvacuum;\n`,
  );
});
