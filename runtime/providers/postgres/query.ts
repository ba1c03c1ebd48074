/** SQL that people write: one statement, values only as parameters. */
import { json, operation, type Template, template, z } from "../../provider/kit.ts";
import { config, inTransaction, refuse, type Session } from "./connect.ts";

const sql = template("sql").describe("One statement. What stands in `${…}` is handed over as a parameter.");
const MOST_ROWS = 10_000;

const statement = (written: Template): readonly [string, readonly unknown[]] => [
  written.join((_, i) => `$${i + 1}`),
  written.values,
];

const query = operation({
  doc: "Reads rows, in a transaction in which the server lets nothing be written.",
  config,
  params: z.object({
    sql,
    at_most: z.int().min(1).max(MOST_ROWS).default(1000).describe("More rows than that are an error."),
  }),
  result: z.object({
    rows: z
      .array(json())
      .describe(
        "Each a record by column: numbers, truth values and JSON as such, everything else as PostgreSQL's text.",
      ),
    count: z.int(),
  }),
  effect: "read",
  resource: "postgres:database",
  repeat: "idempotent",
  declarable: true,
  run: (args, ctx) =>
    inTransaction(ctx, "postgres.query", "read", async (session) => {
      const { rows } = await bounded(session, statement(args.sql), args.at_most);
      return { rows: rows.map((row) => ({ ...row })), count: rows.length };
    }),
});

/** Through a cursor, so that a table of a billion rows is not read to be refused. */
async function bounded(session: Session, [text, values]: readonly [string, readonly unknown[]], most: number) {
  if (!/^\s*(?:select|values|table|with)\b/i.test(text)) {
    const found = await session.query(text, values);
    if (found.rows.length > most) throw tooMany(most);
    return found;
  }
  await session.query(`DECLARE opsc_rows NO SCROLL CURSOR FOR ${text}`, values);
  const found = await session.query(`FETCH ${most + 1} FROM opsc_rows`);
  if (found.rows.length > most) throw tooMany(most);
  return found;
}

const tooMany = (most: number) => refuse(`there are more than ${most} rows. Ask for fewer, or raise \`at_most\`.`);

const execute = operation({
  doc: "Changes rows, all or none of them: if more are touched than `at_most` allows, nothing is changed.",
  config,
  params: z.object({
    sql,
    at_most: z.int().min(0).describe("More rows than that, and it is undone."),
    at_least: z.int().min(0).default(0).describe("Fewer rows than that, and it is undone."),
  }),
  result: z.object({ rows: z.int().describe("How many rows were changed.") }),
  effect: "write",
  resource: "postgres:database",
  repeat: "once",
  atomic: true,
  declarable: true,
  run: (args, ctx) =>
    inTransaction(ctx, "postgres.execute", "write", async (session) => {
      const [text, values] = statement(args.sql);
      if (/^\s*(?:commit|rollback|end|abort|begin|start|savepoint|release|prepare)\b/i.test(text))
        throw refuse("a statement of its own transaction cannot stand here: it would end the one that bounds it");
      const { count } = await session.query(text, values);
      if (count > args.at_most)
        throw refuse(`it would change ${count} rows, more than ${args.at_most}: nothing was changed`);
      if (count < args.at_least)
        throw refuse(`it would change ${count} rows, fewer than ${args.at_least}: nothing was changed`);
      return { rows: count };
    }),
});

export const queries = { query, execute };
