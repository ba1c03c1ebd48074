/** An approval in words. */
import { printable } from "../audit/printable.ts";
import type { Approval } from "../event.schema.ts";

/**
 * One line for people, safe to show, such as
 * `ana@example.com (unverified) approves plan sha256:1f0c2d3e4b5a, 2026-11-21T09:00:00.000Z: looks right`.
 */
export function describeApproval(approval: Approval): string {
  const who = printable(approval.who.trim());
  const of = [`plan ${printable(approval.plan.slice(0, "sha256:".length + 12))}`];
  if (approval.run !== null) of.push(`run ${printable(approval.run)}`);
  if (approval.node !== null) of.push(printable(approval.node));
  const comment =
    approval.comment === null || approval.comment.trim() === "" ? "" : `: ${printable(approval.comment.trim())}`;
  return `${who} (${approval.identity === "ssh" ? "signed" : approval.identity}) ${VERBS[approval.decision]} ${of.join(", ")}, ${printable(approval.at)}${comment}`;
}

const VERBS: Readonly<Record<Approval["decision"], string>> = {
  approve: "approves",
  deny: "denies",
  withdraw: "withdraws what they said on",
  override: "breaks the glass for",
};
