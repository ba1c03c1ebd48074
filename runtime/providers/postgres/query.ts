/** SQL that people write: one statement, values only as parameters. */
import { json, operation, type Template, template, type Value, z } from "../../provider/kit.ts";
import { type Answer, config, inTransaction, refuse, type Session } from "./connect.ts";
import { firstWord } from "./sql.ts";

const sql = template("sql").describe("One statement. What stands in `${…}` is handed over as a parameter.");
const MOST_ROWS = 10_000;
/** Characters of the rows of an answer as JSON; more could not be handed on either. */
const MOST_TEXT = 4 * 1024 * 1024;

type Statement = readonly [text: string, values: readonly unknown[]];

const statement = (written: Template): Statement => [written.join((_, i) => `$${i + 1}`), written.values];

const query = operation({
  doc: "Reads rows, in a transaction in which the server lets nothing be written: `SELECT`, `VALUES`, `TABLE`, `WITH`, `SHOW` or `EXPLAIN`. Functions that act on more than rows are a matter of the user's rights.",
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
    inTransaction(
      ctx,
      "postgres.query",
      "read",
      async (session) => {
        const rows = await read(session, statement(args.sql), args.at_most);
        return { rows: [...rows], count: rows.length };
      },
      "project",
    ),
});

type Rows = Answer["rows"];

async function read(session: Session, [text, values]: Statement, most: number): Promise<Rows> {
  switch (firstWord(text)) {
    case "select":
    case "values":
    case "table":
    case "with":
      return throughCursor(session, [text, values], most);
    case "show":
    case "explain": {
      const { rows } = await session.query(text, values);
      if (rows.length > most) throw tooMany(most);
      return rows;
    }
    default:
      // Not all that the server takes for a read is one: COPY … TO PROGRAM runs a command.
      throw refuse("`sql` must begin with SELECT, VALUES, TABLE, WITH, SHOW or EXPLAIN");
  }
}

/** So that a table of a billion rows is not read to be refused, and large rows are not held in memory together. */
async function throughCursor(session: Session, [text, values]: Statement, most: number): Promise<Rows> {
  await session.query(`DECLARE opsc_rows NO SCROLL CURSOR FOR ${text}`, values);
  const found: Rows[number][] = [];
  let size = 0;
  for (let next = 10; ; ) {
    const asked = Math.min(next, most + 1 - found.length);
    const { rows, columns } = await session.query(`FETCH ${asked} FROM opsc_rows`);
    const twice = columns.find((name, i) => columns.indexOf(name) !== i);
    if (twice !== undefined) throw refuse(`two columns are called ${twice}: give one another name, with AS`);
    found.push(...rows);
    if (found.length > most) throw tooMany(most);
    size += sizeOf(rows);
    if (size > MOST_TEXT)
      throw refuse(
        `the first ${found.length} rows are more than ${MOST_TEXT / 1024 / 1024} MiB. Ask for less of them.`,
      );
    if (rows.length < asked) return found;
    next = Math.max(1, Math.min(1000, Math.floor((MOST_TEXT / 8) * (found.length / (size + 1)))));
  }
}

const sizeOf = (value: Value): number => JSON.stringify(value).length;

const tooMany = (most: number) => refuse(`there are more than ${most} rows. Ask for fewer, or raise \`at_most\`.`);

const execute = operation({
  doc: "Changes rows by `INSERT`, `UPDATE`, `DELETE` or `MERGE`, all or none of them: if more are touched than `at_most` allows, nothing is changed. What triggers and cascades change besides is not counted.",
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
    inTransaction(
      ctx,
      "postgres.execute",
      "write",
      async (session) => {
        const count = await change(session, statement(args.sql));
        if (count > args.at_most)
          throw refuse(`it would change ${count} rows, more than ${args.at_most}: nothing was changed`);
        if (count < args.at_least)
          throw refuse(`it would change ${count} rows, fewer than ${args.at_least}: nothing was changed`);
        return { rows: count };
      },
      "project",
    ),
});

const COUNTED = ["insert", "update", "delete", "merge"];

/** How many rows a statement changed; refuses one of which that is not known, before or after it was done. */
async function change(session: Session, [text, values]: Statement): Promise<number> {
  const word = firstWord(text);
  if (word !== "with" && !COUNTED.includes(word))
    throw refuse(
      "`sql` must begin with INSERT, UPDATE, DELETE, MERGE or WITH: of nothing else is it known how many rows it changes",
    );
  if (word === "with") await demandOneChange(session, [text, values]);
  const { count, command } = await session.query(text, values);
  if (!COUNTED.includes(command.toLowerCase()))
    throw refuse(`it is a ${command}, of which it is not known how many rows it changes: nothing was changed`);
  return count;
}

/** The server counts the rows of the last part alone. */
async function demandOneChange(session: Session, [text, values]: Statement): Promise<void> {
  const { rows } = await session.query(`EXPLAIN (FORMAT JSON, COSTS OFF) ${text}`, values);
  const places = JSON.stringify(rows).match(/"Node Type":"ModifyTable"/g)?.length ?? 0;
  if (places > 1) throw refuse("it changes rows in more than one part, and only those of the last would be counted");
}

export const queries = { query, execute };
