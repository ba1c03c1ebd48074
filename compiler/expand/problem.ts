/** Why an action cannot be planned as asked. */

export interface Problem {
  /** `input` what was given is wrong · `refused` a rule says no · `program` the action itself has a fault these inputs bring out */
  readonly kind: "input" | "refused" | "program";
  /** The rule or input it comes from: `input replicas`, `require`, `race`. */
  readonly what: string;
  readonly message: string;
  /** `file:line:column`, where there is a place. */
  readonly at: string | null;
  readonly help: string | null;
}
