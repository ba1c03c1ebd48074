/** What this process knows of secrets, and keeps out of all that it shows and keeps. */
import { Redactor } from "../runtime/secrets/redactor.ts";

export const redactor = new Redactor();
