/** Every page by its code. Loaded by `opsc explain` alone: checking needs none of it. */
import type { Severity } from "../diagnostic.ts";
import { CODES, type Code, registry } from "../registry.ts";
import { allowPages } from "./allow.ts";
import { declarationPages } from "./declarations.ts";
import { effectPages } from "./effects.ts";
import { namePages } from "./names.ts";
import type { Page } from "./page.ts";
import { policyPages } from "./policy.ts";
import { proofPages } from "./proofs.ts";
import { statementPages } from "./statements.ts";
import { syntaxPages } from "./syntax.ts";
import { typePages } from "./types.ts";

export type { Page, Sources } from "./page.ts";

export const pages: Readonly<Record<Code, Page>> = {
  ...syntaxPages,
  ...namePages,
  ...typePages,
  ...effectPages,
  ...policyPages,
  ...allowPages,
  ...declarationPages,
  ...statementPages,
  ...proofPages,
};

/** Pages with the severities of their codes. */
export function pageTable(): ReadonlyMap<string, { readonly page: Page; readonly severity: Severity }> {
  return new Map(CODES.map((code) => [code, { page: pages[code], severity: registry[code].severity }]));
}
