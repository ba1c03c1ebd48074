/** How large a plan may become: actions that run actions twice, each within one another, double with each. */

/** Nodes in all. */
export const MAX_NODES = 500_000;
/** Statements looked at, each as often as an action or an element has it. */
export const MAX_STATEMENTS = 2_000_000;

/** Thrown where expansion goes beyond that, and caught where it began. */
export class TooLarge extends Error {
  constructor() {
    super(`the plan has more than ${MAX_NODES} steps, or takes more than ${MAX_STATEMENTS} statements to make`);
    this.name = "TooLarge";
  }
}
