/** PostgreSQL: roles and logins, grants, sessions, queries, updates of many rows. */
import { defineProvider } from "../../provider/kit.ts";
import { config } from "./connect.ts";
import { grants } from "./grants.ts";
import { logins } from "./logins.ts";
import { queries } from "./query.ts";
import { updates } from "./update.ts";

export default defineProvider({
  name: "postgres",
  version: "1.0.0",
  doc: "PostgreSQL: logins, grants, sessions, queries, updates of many rows.",
  config,
  operations: { ...logins, ...grants, ...queries, ...updates },
});
