// Stands in for the shop: node shop.mjs ENV starts it with the flags and settings of ENV, and asks each feature that is on
// whether it works. It says what does not, and then its exit code is 1.
import { existsSync, readFileSync } from "node:fs";

/** What each feature cannot do without. */
const NEEDS = { new_search: "search_url", one_page_checkout: "pay_url" };

const [env] = process.argv.slice(2);
const json = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
const settings = json(`settings/${env}.json`);

for (const [flag, setting] of Object.entries(NEEDS)) {
  if (!json(`flags/${env}/${flag}.json`).on || settings[setting]) continue;
  console.log(`${flag} needs ${setting}, which settings/${env}.json does not give`);
  process.exitCode = 1;
}
