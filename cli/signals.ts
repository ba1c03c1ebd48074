/** By which a person, a terminal or a system asks a command to end. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
