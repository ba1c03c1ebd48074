/** Where Chromium is, for tests of what runs in a browser. */
import { existsSync } from "node:fs";
import process from "node:process";
import { programPath } from "./program.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const HINT = "Set CHROMIUM to the path of one, or install it (apt-get install chromium).";

/** The path of a Chromium, installed where it is missing and may be. Throws an `Error` that says what is missing. */
export function chromiumPath(): string {
  const told = process.env.CHROMIUM;
  if (told !== undefined && told !== "") {
    if (!existsSync(told)) throw new Error(`CHROMIUM is ${told}, and there is no such file. ${HINT}`);
    return told;
  }
  return programPath(NAMES, "chromium", "The page is tested in a real browser; CHROMIUM may name one.");
}
