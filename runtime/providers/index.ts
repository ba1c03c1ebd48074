/** What is built in, by the name in `use NAME`. */
import type { Provider } from "../provider/contract.ts";
import exec from "./exec.ts";
import file from "./file/index.ts";
import http from "./http/index.ts";

export const BUILT_IN: { readonly [name: string]: Provider } = { exec, file, http };
