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
  const breakGlass = glassBreakers(program).map(({ id, title, members }) => ({ id, title, members: [...members] }));
  return { root, identities, breakGlass, digest: files.length === 0 ? null : digestOf(files) };
}

/** Approvers that the trust root itself declares: a change under review must not name who need not wait for it. */
function glassBreakers({ trust, approvers }: Program): Program["approvers"] {
  return approvers.filter(
    ({ id, name }) => trust.breakGlass.includes(name) && (trust.root === "project" || isTrusted(moduleOf(id))),
  );
}

/** Names under `breakGlass` that stand for nobody: a misspelt one would be missed at night. */
export function unknownBreakers(program: Program): Problem[] {
  const known = new Set(glassBreakers(program).map(({ name }) => name));
  return program.trust.breakGlass
    .filter((name) => !known.has(name))
    .map((name) => ({
      kind: "refused",
      what: "breakGlass",
      message: `opsc.trust.json names ${name} under breakGlass, and the trust root declares no such approver`,
      at: null,
      help: "correct the name, or take it out",
    }));
}

const moduleOf = (id: string): string => id.slice(0, id.lastIndexOf("#"));

const isTrusted = (path: string): boolean => packageOf(path) === TRUST_ROOT;

/** With a trust root, whoever approves is declared there: a change under review must not name who approves it. */
export function untrusted(trust: Plan["trust"], nodes: readonly PlanNode[]): Problem[] {
  if (trust.root === "project") return [];
  return nodes.flatMap((node) => {
    if (node.kind !== "approve") return [];
    const groups = [node, ...node.escalate].flatMap((each) => each.groups);
    const [own] = groups.filter(({ id }) => !isTrusted(moduleOf(id)));
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
