/** When two names mean the same person: one rule for checker, planner and runtime. */
export { identityKey } from "../../compiler/types/identity.ts";
