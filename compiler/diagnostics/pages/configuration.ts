/** The page of what is wrong with `opsc.config.json`. Its code is no diagnostic of sources, so it stands apart from the registry. */
import type { Page } from "./page.ts";

export const configurationPage: Page = {
  language: "json",
  title: "The configuration of the project is wrong",
  why: "`opsc.config.json` says which providers a project has, where plans belong, and how strict checking is. If a key in it were passed over because it is misspelt, a project would be less strict than its people believe, and a provider that cannot be found would leave every action that uses it unchecked. Policies and a trust root that are not there, or that have errors, would forbid nothing. So nothing is checked before the configuration is right.",
  bad: '{\n  "check": { "failLevl": "warning" },\n  "providers": { "flags": "./nowhere" }\n}\n',
  good: '{\n  "check": { "failLevel": "warning" },\n  "providers": { "flags": "./providers/flags" }\n}\n',
  fix: "Correct the place that is shown. Editors complete and check the file where it begins with `$schema`. A provider is named by its folder, which begins with `./`, or by the npm package that is installed beside the project; so are policies, whose folders may begin with `../` too. A trust root is a folder outside of the project.",
};
