/** Memberships: who has the rights of which role. */
import { operation, z } from "../../provider/kit.ts";
import { type Ctx, config, inTransaction } from "./connect.ts";
import { existing, isMember } from "./roles.ts";
import { quoted } from "./sql.ts";

const login = z.string().min(1).describe("Who gets the rights: name of a role, exactly as PostgreSQL keeps it.");
const role = z.string().min(1).describe("Whose rights: name of a role.");
const params = z.object({ login, role });
type Args = z.output<typeof params>;
/** Each membership by itself: leases on two of one login have nothing to do with each other. */
const RESOURCE = "postgres:member:{login}:{role}";

const member = operation({
  doc: "Whether a login was given the rights of a role itself, not by way of another role.",
  config,
  params,
  result: z.object({ member: z.boolean() }),
  effect: "read",
  resource: RESOURCE,
  repeat: "idempotent",
  run: (args, ctx) =>
    inTransaction(ctx, `postgres.member ${args.login} of ${args.role}`, "read", async (session) => {
      await existing(session, args.login);
      await existing(session, args.role);
      return { member: await isMember(session, args.login, args.role) };
    }),
});

/** Makes it so that `login` is a member of `role`, or is not; whether it was. */
async function set(ctx: Ctx, what: string, { login: who, role: of }: Args, member: boolean): Promise<boolean> {
  return inTransaction(ctx, `${what} of ${of} to ${who}`, "write", async (session) => {
    await existing(session, who);
    await existing(session, of);
    const was = await isMember(session, who, of);
    const [name, rights] = [quoted(who, "`login`"), quoted(of, "`role`")];
    if (member && !was) await session.query(`GRANT ${rights} TO ${name}`);
    if (!member && was) await session.query(`REVOKE ${rights} FROM ${name}`);
    return was;
  });
}

const preview = (member: boolean) => (args: Args, ctx: Ctx) =>
  inTransaction(ctx, `the grant of ${args.role} to ${args.login}`, "read", async (session) => {
    await existing(session, args.login);
    await existing(session, args.role);
    const was = await isMember(session, args.login, args.role);
    const summary = `${args.login} ${member ? "gets" : "loses"} the rights of ${args.role}`;
    return { summary: was === member ? "no change" : summary, diff: null };
  });

const undo = (member: boolean) => ({
  capture: (args: Args, ctx: Ctx) =>
    inTransaction(ctx, `the grant of ${args.role} to ${args.login}`, "read", async (session) => ({
      was: await isMember(session, args.login, args.role),
    })),
  restore: async (args: Args, before: { readonly was: boolean }, ctx: Ctx) => {
    if (before.was !== member) await set(ctx, `undo of postgres.${member ? "grant" : "revoke"}`, args, before.was);
  },
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
  undo: undo(true),
});

const revoke = operation({
  doc: "Takes the rights of a role from a login. Sessions that took the role on by SET ROLE keep it: `end_sessions` ends those.",
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
  undo: undo(false),
});

export const grants = { member, grant, revoke };
