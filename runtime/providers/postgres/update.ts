/** Many rows, a batch at a time: bounded in number and in pace, and put back row by row. */
import { setTimeout as pause } from "node:timers/promises";
import { duration, json, operation, template, type Value, z } from "../../provider/kit.ts";
import { type Ctx, config, connected, inTransaction, refuse, type Session } from "./connect.ts";
import { quoted, quotedTable } from "./sql.ts";

/** What undo keeps of the rows must fit into memory, and into one blob of the store. */
const MOST = 100_000;

const params = z.object({
  table: z.string().min(1).describe("TABLE or SCHEMA.TABLE."),
  key: z
    .string()
    .min(1)
    .default("id")
    .describe("Column that has a unique index of its own and is never null; rows are taken in its order."),
  set: z
    .record(z.string(), json())
    .describe("New values by column, the same for all rows, each as the column reads JSON."),
  where: template("sql").describe("Which rows: a condition over columns. What stands in `${…}` is a parameter."),
  at_most: z.int().min(1).max(MOST).describe("If more rows match, nothing is changed."),
  batch: z.int().min(1).max(10_000).default(1000).describe("Rows in one transaction."),
  every: duration().default(0).describe("Pause between two batches."),
});
type Args = z.output<typeof params>;

const update = operation({
  doc: "Sets columns of many rows, in batches that are each a transaction. It counts them first; rows that have the values already are left alone. Undone, rows get back what they had, but for those that came to match only after it had begun.",
  config,
  params,
  result: z.object({ rows: z.int().describe("How many rows were changed.") }),
  effect: "write",
  resource: "postgres:table:{table}",
  repeat: "idempotent",
  previewIs: "public",
  run: (args, ctx) =>
    connected(ctx, `postgres.update of ${args.table}`, "project", async (connection) => {
      const parts = await connection.transaction("read", async (session) => {
        const found = await partsOf(session, args);
        await counted(session, found, args.at_most);
        return found;
      });
      let rows = 0;
      for (let last: Value = null; rows < args.at_most; ) {
        // Rows may come to match in between, and are no reason to change more of them than was said.
        const size = Math.min(args.batch, args.at_most - rows);
        const batch = await connection.transaction("write", (session) => oneBatch(session, parts, size, last));
        rows += batch.count;
        if (batch.last === null) break;
        last = batch.last;
        if (args.every > 0) await pause(args.every, undefined, { signal: ctx.signal });
      }
      return { rows };
    }),
  preview: (args, ctx) =>
    inTransaction(
      ctx,
      `postgres.update of ${args.table}`,
      "read",
      async (session) => {
        const count = await counted(session, await partsOf(session, args), args.at_most);
        const rows = count === 1 ? "1 row" : `${count} rows`;
        return {
          summary: count === 0 ? "no change" : `${rows} of ${args.table}: ${Object.keys(args.set).join(", ")}`,
          diff: null,
        };
      },
      "project",
    ),
  undo: {
    capture: (args, ctx) =>
      inTransaction(
        ctx,
        `postgres.update of ${args.table}`,
        "read",
        async (session) => {
          const parts = await partsOf(session, args);
          await counted(session, parts, args.at_most);
          const { key, table, columns, given } = parts;
          const { rows } = await session.query(
            `${parts.fresh} SELECT ${key.name}::text AS key, pg_catalog.json_build_array(${columns
              .map(({ name }) => `${name}::text`)
              .join(", ")}) AS old FROM ${table} WHERE ${parts.matching} LIMIT ${args.at_most}`,
            given,
          );
          return rows.map((row) => [row.key ?? null, row.old ?? null]);
        },
        "project",
      ),
    restore: (args, before, ctx) => putBack(args, before, ctx),
  },
});

interface Column {
  /** Quoted. */
  readonly name: string;
  /** As SQL writes it: `numeric(10,2)`. */
  readonly type: string;
}

interface Parts {
  /** Quoted. */
  readonly table: string;
  readonly key: Column;
  readonly columns: readonly Column[];
  /** `WITH`: the new values as a row of the table, so that each is read as its column reads it. */
  readonly fresh: string;
  /** Rows that match and do not have the new values yet. */
  readonly matching: string;
  /** Values of the parameters so far: the new values as JSON, then what stands in the condition's holes. */
  readonly given: readonly unknown[];
}

const isNew = (name: string): string => `(SELECT fresh.${name} FROM opsc_fresh AS fresh)`;

async function partsOf(session: Session, args: Args): Promise<Parts> {
  const table = quotedTable(args.table);
  const names = Object.keys(args.set);
  if (names.length === 0) throw refuse("`set` names no column, so there is nothing to do");
  if (names.includes(args.key)) throw refuse("`set` would change the key by which rows are told apart");
  const { rows } = await session.query(
    `SELECT a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
            a.attnotnull AND (t.relkind = 'p' OR NOT t.relhassubclass) AND EXISTS (
              SELECT FROM pg_catalog.pg_index AS i
               WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                 AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum) AS alone
       FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
      WHERE a.attrelid = $1::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped`,
    [table],
  );
  const types = new Map(rows.map(({ name, type }) => [String(name), String(type)]));
  const columnOf = (name: string): Column => {
    const type = types.get(name);
    if (type === undefined)
      throw refuse(`${args.table} has no column ${name}. It has ${[...types.keys()].slice(0, 20).join(", ")}.`);
    return { name: quoted(name, "a column"), type };
  };
  const columns = names.map(columnOf);
  const key = columnOf(args.key);
  // Else rows would be changed that do not match, or left out: a batch ends and begins between two keys.
  if (!rows.some(({ name, alone }) => name === args.key && alone === true))
    throw refuse(
      `\`key\` must have a unique index of its own and be NOT NULL, and ${args.key} of ${args.table} has not`,
    );
  const differs = columns.map(({ name }) => `${name} IS DISTINCT FROM ${isNew(name)}`).join(" OR ");
  // On lines of its own: neither an OR nor a comment of the condition reaches what stands around it.
  const condition = `(\n${args.where.join((_, i) => `$${i + 2}`)}\n)`;
  return {
    table,
    key,
    columns,
    fresh: `WITH opsc_fresh AS MATERIALIZED (SELECT (pg_catalog.json_populate_record(NULL::${table}, $1::json)).*)`,
    matching: `(${differs}) AND ${condition}`,
    given: [JSON.stringify(args.set), ...args.where.values],
  };
}

async function counted(session: Session, { table, fresh, matching, given }: Parts, most: number): Promise<number> {
  const { rows } = await session.query(
    `${fresh} SELECT pg_catalog.count(*) AS n FROM (SELECT 1 FROM ${table} WHERE ${matching} LIMIT ${most + 1}) AS found`,
    given,
  );
  const count = Number(rows[0]?.n);
  if (count > most) throw refuse(`more than ${most} rows match: nothing was changed`);
  return count;
}

/** The next rows after `last`, by key; `last` of the answer is null once there are none. */
async function oneBatch(
  session: Session,
  { table, key, columns, fresh, matching, given }: Parts,
  size: number,
  last: Value,
): Promise<{ readonly count: number; readonly last: Value }> {
  const after = last === null ? "" : `AND ${key.name} > $${given.length + 1}::text::${key.type}`;
  const { rows } = await session.query(
    `${fresh}, picked AS (
       SELECT ${key.name} AS k FROM ${table} WHERE ${matching} ${after} ORDER BY ${key.name} LIMIT ${size} FOR UPDATE
     ), done AS (
       UPDATE ${table} AS t SET ${columns.map(({ name }) => `${name} = ${isNew(name)}`).join(", ")}
         FROM picked WHERE t.${key.name} = picked.k RETURNING 1
     )
     SELECT (SELECT pg_catalog.count(*) FROM done) AS n, (SELECT pg_catalog.count(*) FROM picked) AS seen,
            (SELECT k::text FROM picked ORDER BY k DESC LIMIT 1) AS last`,
    [...given, ...(last === null ? [] : [last])],
  );
  // A trigger may keep rows from being changed: those were seen all the same.
  return { count: Number(rows[0]?.n), last: Number(rows[0]?.seen) < size ? null : (rows[0]?.last ?? null) };
}

/** Each row gets back what it had, if it still has what this gave it: what somebody changed since is theirs. */
async function putBack(args: Args, before: readonly (readonly Value[])[], ctx: Ctx): Promise<void> {
  await connected(ctx, `undo of postgres.update of ${args.table}`, "project", async (connection) => {
    const parts = await connection.transaction("read", (session) => partsOf(session, args));
    for (let at = 0; at < before.length; at += args.batch) {
      const slice = before.slice(at, at + args.batch).map(([k, old]) => ({ k, old }));
      await connection.transaction("write", (session) => putBackSome(session, parts, slice));
      if (args.every > 0) await pause(args.every, undefined, { signal: ctx.signal });
    }
  });
}

async function putBackSome(
  session: Session,
  { table, key, columns, fresh, given }: Parts,
  rows: readonly object[],
): Promise<void> {
  const former = columns.map(({ name, type }, i) => `${name} = (was.old ->> ${i})::${type}`).join(", ");
  const stillOurs = columns.map(({ name }) => `t.${name} IS NOT DISTINCT FROM ${isNew(name)}`).join(" AND ");
  await session.query(
    `${fresh} UPDATE ${table} AS t SET ${former} FROM pg_catalog.json_to_recordset($2::json) AS was(k text, old json)
      WHERE t.${key.name} = was.k::${key.type} AND ${stillOurs}`,
    [given[0], JSON.stringify(rows)],
  );
}

export const updates = { update };
