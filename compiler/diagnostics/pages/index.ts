/** Every page by its code. Loaded by `opsc explain` alone: checking needs none of it. */
import { CONFIGURATION, type Severity } from "../diagnostic.ts";
import { CODES, type Code, registry } from "../registry.ts";
import { allowPages } from "./allow.ts";
import { configurationPage } from "./configuration.ts";
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

/** Pages with the severities of their codes, that of the configuration too. */
export function pageTable(): ReadonlyMap<string, { readonly page: Page; readonly severity: Severity }> {
  const own = CODES.map((code) => [code, { page: pages[code], severity: registry[code].severity }] as const);
  return new Map<string, { readonly page: Page; readonly severity: Severity }>([
    ...own,
    [CONFIGURATION, { page: configurationPage, severity: "error" }],
  ]);
}
