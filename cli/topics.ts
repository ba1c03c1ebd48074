/** The pages of `opsc help` that are of no single command, by name, with their one line. What stands on them is in `pages.ts`. */
export const TOPICS = {
  "exit-codes": "what the exit code of a command says",
  environment: "the variables that commands look at",
} as const;

export type Topic = keyof typeof TOPICS;

export const topics = Object.keys(TOPICS) as readonly Topic[];
