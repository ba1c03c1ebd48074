/** Where trust comes from: the project itself, or a folder or commit that is named and that is not reviewed with it. */
import { packageOf, TRUST_ROOT } from "../check/packages.ts";
import { digestOf } from "../digest.ts";
import type { Plan, PlanNode } from "../plan/plan.schema.ts";
import type { Program } from "../program.ts";
import type { Problem } from "./problem.ts";

/** The digest is of all files of the trust root that are sources of the plan, by path. */
export function trustOf(program: Program): Plan["trust"] {
  const { root, identities } = program.trust;
  const files = [...program.modules, ...program.data]
    .filter(({ path }) => (root === "project" ? program.trust.files.includes(path) : isTrusted(path)))
    .map(({ path, sha256: digest }) => ({ path, sha256: digest }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return { root, identities, digest: files.length === 0 ? null : digestOf(files) };
}

const isTrusted = (path: string): boolean => packageOf(path) === TRUST_ROOT;

/** With a trust root, whoever approves is declared there: a change under review must not name who approves it. */
export function untrusted(trust: Plan["trust"], nodes: readonly PlanNode[]): Problem[] {
  if (trust.root === "project") return [];
  return nodes.flatMap((node) => {
    if (node.kind !== "approve") return [];
    const groups = [node, ...node.escalate].flatMap((each) => each.groups);
    const [own] = groups.filter(({ id }) => !isTrusted(id.slice(0, id.lastIndexOf("#"))));
    if (own === undefined) return [];
    return [
      {
        kind: "refused",
        what: `approve ${node.id}`,
        message: `${own.title} (${own.id}) is not declared in the trust root, and so cannot approve`,
        at: node.at,
        help: `import the approver from the trust root: import { … } from "${TRUST_ROOT}/FILE.ops"`,
      },
    ];
  });
}
