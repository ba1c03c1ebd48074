/** All features, in no particular order. */
import type { Feature } from "../feature.ts";
import { actions } from "./actions.ts";
import { calls } from "./calls.ts";
import { completion } from "./completion.ts";
import { definition } from "./definition.ts";
import { diagnostics } from "./diagnostics.ts";
import { folding } from "./folding.ts";
import { formatting } from "./formatting.ts";
import { highlight } from "./highlight.ts";
import { hints } from "./hints.ts";
import { hover } from "./hover.ts";
import { lens } from "./lens.ts";
import { links } from "./links.ts";
import { moves } from "./moves.ts";
import { plan } from "./plan.ts";
import { references } from "./references.ts";
import { rename } from "./rename.ts";
import { signature } from "./signature.ts";
import { symbols } from "./symbols.ts";
import { tokens } from "./tokens.ts";

export const FEATURES: readonly Feature[] = [
  diagnostics,
  completion,
  definition,
  references,
  highlight,
  hover,
  rename,
  signature,
  symbols,
  tokens,
  folding,
  formatting,
  actions,
  hints,
  links,
  calls,
  moves,
  lens,
  plan,
];
