/** All features, in no particular order. */
import type { Feature } from "../server.ts";
import { definition } from "./definition.ts";
import { diagnostics } from "./diagnostics.ts";
import { references } from "./references.ts";

export const FEATURES: readonly Feature[] = [diagnostics, definition, references];
