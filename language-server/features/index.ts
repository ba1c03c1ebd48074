/** All features, in no particular order. */
import type { Feature } from "../server.ts";
import { completion } from "./completion.ts";
import { definition } from "./definition.ts";
import { diagnostics } from "./diagnostics.ts";
import { highlight } from "./highlight.ts";
import { hover } from "./hover.ts";
import { references } from "./references.ts";
import { rename } from "./rename.ts";

export const FEATURES: readonly Feature[] = [diagnostics, completion, definition, references, highlight, hover, rename];
