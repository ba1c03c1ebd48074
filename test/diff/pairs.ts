/** Pairs of plans as a reviewer meets them: one that was approved, and one that goes beyond it. */
import type { Plan, PlanFile, PlanNode, StepNode } from "../../compiler/plan/plan.schema.ts";
import { call, check, MINUTE, planFile, STRING, sha, step, undo, wait } from "../render/build.ts";
import { hostile, release } from "../render/plans.ts";

export interface PlanPair {
  readonly old: PlanFile;
  readonly now: PlanFile;
}

export const withPlan = (file: PlanFile, change: (plan: Plan) => Plan): PlanFile => ({
  digest: sha("another"),
  plan: change(structuredClone(file.plan)),
});

export const eachNode = (plan: Plan, change: (node: PlanNode) => PlanNode | null): Plan => ({
  ...plan,
  nodes: plan.nodes.flatMap((node) => change(node) ?? []),
});

export const eachStep = (plan: Plan, change: (step: StepNode) => StepNode | null): Plan =>
  eachNode(plan, (node) => (node.kind === "step" ? change(node) : node));

/** A release that was approved, and the same with less asked of it, more at a time, and something destroyed at its end. */
export function widerRelease(): PlanPair {
  const now = withPlan(release(6, 3), (plan) => {
    const changed = eachNode(plan, (node) => {
      if (node.kind === "approve")
        return {
          ...node,
          quorum: 1,
          groups: node.groups.map((g) => ({ ...g, members: [...g.members, "mallory@example.com"] })),
        };
      if (node.kind === "check" && node.id.endsWith(".idle")) return null;
      if (node.kind === "step" && node.id.endsWith(".deploy"))
        return {
          ...node,
          timeout: 20 * MINUTE,
          rollback: { kind: "nothing", why: "the old version is gone" },
          after: node.after.filter(({ id }) => !id.endsWith(".idle")),
          call: {
            ...node.call,
            args: node.call.args.map((arg) =>
              arg.name === "version" ? { ...arg, value: { is: "known", value: "4.3.0" } } : arg,
            ),
          },
        };
      return node;
    });
    return {
      ...changed,
      nodes: [
        ...changed.nodes,
        step("purge", ["announce"], call("cdn.purge", "destroy", "cdn:*", [["path", STRING, "*"]]), {
          irreversible: "caches are cold afterwards",
        }),
      ],
      guardrails: changed.guardrails.flatMap((g) =>
        g.name === "blast_radius"
          ? []
          : g.name === "freeze"
            ? [{ ...g, enforcement: "advisory", everyWrite: false }]
            : [g],
      ),
      inputs: changed.inputs.map((input) => (input.name === "version" ? { ...input, value: "4.3.0" } : input)),
      facts: changed.facts.map((fact) => ({ ...fact, value: { share: 10, replicas: 6 } })),
    };
  });
  return { old: release(), now };
}

/** Steps under other names, a text of several lines, a pause that is gone. */
export function rewritten(): PlanPair {
  const text = (body: string): string => `server {\n  listen 80;\n${body}  root /srv;\n}\n`;
  const config = (body: string) => call("file.write", "write", "file:/etc/web.conf", [["content", STRING, text(body)]]);
  const back = undo(call("file.remove", "write", "file:/etc/web.conf", []));
  const old = planFile([
    step("config", [], config("  gzip off;\n"), { rollback: back }),
    wait("pause", ["config"], MINUTE),
    step("reload", ["pause"], call("web.reload", "write", "web", []), { rollback: back }),
    check("up", ["reload"], call("http.get", "read", "http://web/", []), "it.status == 200"),
  ]);
  const now = planFile([
    step("write_config", [], config("  gzip on;\n  gzip_types text/css;\n"), { rollback: back }),
    step("restart", ["write_config"], call("web.reload", "write", "web", []), { rollback: back }),
    check("up", ["restart"], call("http.get", "read", "http://web/", []), "it.status < 500"),
    step("tell", ["up"], call("chat.read", "read", "room", [])),
  ]);
  return { old, now };
}

/** Fewer people, fewer hosts, more checks: nothing in it is wider. */
export function narrowerRelease(): PlanPair {
  const now = withPlan(release(4, 1), (plan) => ({
    ...eachNode(plan, (node) => (node.kind === "approve" ? { ...node, quorum: 3, within: 60 * MINUTE } : node)),
    locks: ["deploy/web"],
  }));
  return { old: release(6, 2), now };
}

/** What an attacker may write into a plan, on both sides and only on one. */
export function hostilePair(): PlanPair {
  const old = withPlan(release(), (plan) => plan);
  return { old, now: hostile() };
}
