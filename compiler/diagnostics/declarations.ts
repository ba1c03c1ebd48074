/** Faults of declarations: windows, secrets, instances, and what comes from data files and packages. */
import { error, warning } from "./define.ts";

const near = (a: { near: string }): string => (a.near === "" ? "" : `did you mean ${a.near}?`);

export const declarationDiagnostics = {
  "unknown-time-zone": error((a: { name: string }) => `${a.name} is no time zone to rely on`, {
    why: "Abbreviations and offsets know no summer time: the window would be an hour off for half the year.",
  }),
  "window-part": error((a: { found: string; near: string }) => `${a.found} is no day, date or time of day`, {
    help: (a) => near(a) || "write mon..fri, 2026-12-24, 2026-12-20..2027-01-03 or 09:00..17:00",
  }),
  "window-range": error((a: { range: string; why: string }) => `${a.range} ${a.why}`),
  "window-never-open": error((a: { name: string }) => `the window ${a.name} is never open`, {
    why: "An action held to it could never run, and nobody would notice before the day it is needed.",
    help: () => "let an allow name a time that no deny takes away",
  }),
  "window-rule-idle": warning((a: { effect: string; why: string }) => `this ${a.effect} changes nothing: ${a.why}`, {
    help: () => "take it away, or correct its days, dates or times",
  }),
  "secret-source": error((a: { found: string; near: string }) => `a secret cannot be read from ${a.found}`, {
    help: (a) => near(a) || 'write env("NAME"), file("path"), vault(path: "…", field: "…") or exec(argv: ["…"])',
  }),
  "instance-choice": error(
    (a: { name: string; type: string }) => `${a.name} is one instance for each ${a.type}, and this does not say which`,
    {
      why: "A reviewer must see which system a step touches.",
      help: (a) => `write ${a.name}[…] with a ${a.type}`,
    },
  ),
  "instance-single": error((a: { name: string }) => `${a.name} is a single instance: there is nothing to choose`, {
    help: (a) => `write ${a.name} alone`,
  }),
  "instances-alike": warning(
    (a: { one: string; other: string }) =>
      `${a.one} and ${a.other} have the same settings, so they reach the same system`,
    {
      why: "What was meant for staging would happen in production.",
      help: () => "give each its own settings, with match",
    },
  ),
  "data-unreadable": error((a: { path: string; why: string }) => `${a.path} cannot be read: ${a.why}`),
  "data-syntax": error((a: { format: string; why: string }) => `this is no ${a.format} that can be read: ${a.why}`),
  "data-untyped": error((a: { path: string }) => `the type of ${a.path} is not said`, {
    why: "Only with a type can a mistake in the file be told where it stands.",
    help: () => "add as and the type",
  }),
  "data-misplaced": error((a: { what: string }) => `${a.what} reads a file: that is for a let at the top of a file`, {
    help: (a) => `write let name = ${a.what}("./file") as type, at the top of the file`,
  }),
  "package-not-found": error((a: { specifier: string; why: string }) => `${a.specifier} cannot be imported: ${a.why}`),
  "package-broken": error(
    (a: { package: string; place: string; why: string }) =>
      `the package ${a.package} has an error at ${a.place}: ${a.why}`,
    { help: () => "take another version of it, or tell those who make it" },
  ),
};
