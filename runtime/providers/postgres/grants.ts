/** Memberships: who has the rights of which role. */
import { operation, z } from "../../provider/kit.ts";
import { type Ctx, config, inTransaction, refuse, type Session } from "./connect.ts";
import { existing, givesRights, grantsOf, type Membership } from "./roles.ts";
import { quoted } from "./sql.ts";

const login = z.string().min(1).describe("Who gets the rights: name of a role, exactly as PostgreSQL keeps it.");
const role = z.string().min(1).describe("Whose rights: name of a role.");
const params = z.object({ login, role });
type Args = z.output<typeof params>;
/** Each membership by itself: leases on two of one login have nothing to do with each other. */
const RESOURCE = "postgres:member:{login}:{role}";

/** What the catalog says of the two, who both must be there. */
async function between(session: Session, { login: who, role: of }: Args): Promise<Membership[]> {
  await existing(session, who);
  await existing(session, of);
  return grantsOf(session, who, of);
}

const has = (grants: readonly Membership[]): boolean => grants.some(givesRights);

const member = operation({
  doc: "Whether a login was given the rights of a role itself, not by way of another role.",
  config,
  params,
  result: z.object({ member: z.boolean() }),
  effect: "read",
  resource: RESOURCE,
  repeat: "idempotent",
  run: (args, ctx) =>
    inTransaction(ctx, `postgres.member ${args.login} of ${args.role}`, "read", async (session) => ({
      member: has(await between(session, args)),
    })),
});

/** Gives the rights, whatever there was: what is for handing the role on alone is widened. */
async function give(session: Session, { login: who, role: of }: Args): Promise<void> {
  const [name, rights] = [quoted(who, "`login`"), quoted(of, "`role`")];
  await session.query(`GRANT ${rights} TO ${name}`);
  if (!has(await grantsOf(session, who, of)))
    await session.query(`GRANT ${rights} TO ${name} WITH INHERIT TRUE, SET TRUE`);
}

/** Takes grants back, each as by who gave it: a plain REVOKE leaves those of others, with no more than a warning. */
async function take(session: Session, { login: who, role: of }: Args, grants: readonly Membership[]): Promise<void> {
  for (const { grantor, inherit } of grants) {
    const by = inherit === null ? "" : ` GRANTED BY ${quoted(grantor, "who granted it")}`;
    await session.query(`REVOKE ${quoted(of, "`role`")} FROM ${quoted(who, "`login`")}${by}`);
  }
}

/** Makes it so that `login` has the rights of `role`, or has not; whether it had. */
async function set(ctx: Ctx, what: string, args: Args, member: boolean): Promise<boolean> {
  return inTransaction(ctx, `${what} of ${args.role} to ${args.login}`, "write", async (session) => {
    const before = await between(session, args);
    if (member && !has(before)) await give(session, args);
    if (!member) await take(session, args, before);
    await demand(session, args, member);
    return has(before);
  });
}

/** What was told is so: a server may answer yes, and warn. */
async function demand(session: Session, args: Args, member: boolean): Promise<void> {
  const now = await grantsOf(session, args.login, args.role);
  if (member ? has(now) : now.length === 0) return;
  const by = now.map(({ grantor }) => grantor).join(", ");
  throw refuse(
    member
      ? `${args.login} did not get the rights of ${args.role}: the server let the grant pass and made none`
      : `${args.login} still has ${args.role}, granted by ${by}: the user may not take that back`,
  );
}

/** Puts the grants back as they were, with their options, and takes those that were not there. */
async function putBack(ctx: Ctx, what: string, args: Args, before: readonly Membership[]): Promise<void> {
  await inTransaction(ctx, `undo of ${what} of ${args.role} to ${args.login}`, "write", async (session) => {
    const now = await between(session, args);
    const was = (grant: Membership): boolean => before.some(({ grantor }) => grantor === grant.grantor);
    await take(session, args, before.length === 0 ? now : now.filter((grant) => grant.inherit !== null && !was(grant)));
    for (const grant of before)
      if (!now.some((other) => same(grant, other))) await session.query(grantText(args, grant));
    if (before.length === 0 || has(before)) await demand(session, args, has(before));
  });
}

const same = (a: Membership, b: Membership): boolean =>
  (a.inherit === null || a.grantor === b.grantor) && a.admin === b.admin && a.inherit === b.inherit && a.set === b.set;

function grantText({ login: who, role: of }: Args, { grantor, admin, inherit, set: mayTake }: Membership): string {
  const start = `GRANT ${quoted(of, "`role`")} TO ${quoted(who, "`login`")}`;
  if (inherit === null) return `${start}${admin ? " WITH ADMIN OPTION" : ""}`;
  return `${start} WITH ADMIN ${admin}, INHERIT ${inherit}, SET ${mayTake} GRANTED BY ${quoted(grantor, "who granted it")}`;
}

const preview = (member: boolean) => (args: Args, ctx: Ctx) =>
  inTransaction(ctx, `the grant of ${args.role} to ${args.login}`, "read", async (session) => {
    const before = await between(session, args);
    const isSo = member ? has(before) : before.length === 0;
    const summary = `${args.login} ${member ? "gets" : "loses"} the rights of ${args.role}`;
    return { summary: isSo ? "no change" : summary, diff: null };
  });

const undo = (what: string) => ({
  capture: (args: Args, ctx: Ctx) =>
    inTransaction(ctx, `the grant of ${args.role} to ${args.login}`, "read", (session) => between(session, args)),
  restore: (args: Args, before: readonly Membership[], ctx: Ctx) => putBack(ctx, what, args, before),
});

const grant = operation({
  doc: "Gives a login the rights of a role. One that has them already keeps them, also when this is undone.",
  config,
  params,
  result: z.object({ was: z.boolean().describe("Whether it had them already.") }),
  effect: "write",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  previewIs: "public",
  run: async (args, ctx) => ({ was: await set(ctx, "postgres.grant", args, true) }),
  preview: preview(true),
  undo: undo("postgres.grant"),
});

const revoke = operation({
  doc: "Takes the rights of a role from a login, whoever gave them, and the right to hand them on. Sessions that took the role on by SET ROLE keep it: `end_sessions` ends those.",
  config,
  params,
  result: z.object({ was: z.boolean().describe("Whether it had them.") }),
  effect: "write",
  resource: RESOURCE,
  repeat: "idempotent",
  atomic: true,
  previewIs: "public",
  run: async (args, ctx) => ({ was: await set(ctx, "postgres.revoke", args, false) }),
  preview: preview(false),
  undo: undo("postgres.revoke"),
});

export const grants = { member, grant, revoke };
