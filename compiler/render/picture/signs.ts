/**
 * Small drawn signs, so that no font has to have them: what a box is (16 by 16) and what became of it (12 by 12), the latter after those
 * of `fates.ts`.
 */
import type { Fate } from "../happened.ts";
import type { Look } from "./model.ts";

export const LOOK_SIGNS: Readonly<Record<Exclude<Look, "join">, string>> = {
  read: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM8 6.2A1.8 1.8 0 1 0 8 9.8 1.8 1.8 0 1 0 8 6.2Z",
  write: "M3 13L3.6 10 10.6 3 13 5.4 6 12.4ZM9 4.6L11.4 7",
  destroy: "M3 4.8H13M6 4.8V3.2H10V4.8M4.4 4.8L5 13H11L11.6 4.8M7 7.4V10.6M9 7.4V10.6",
  check: "M3.5 8.4L6.6 11.4 12.6 4.8",
  approve: "M8 2.6A2.5 2.5 0 1 0 8 7.6 2.5 2.5 0 1 0 8 2.6ZM3.4 13.2C3.6 10.6 5.4 9.4 8 9.4S12.4 10.6 12.6 13.2",
  require: "M8 2.2L13 4V7.8C13 10.8 11 12.9 8 13.8 5 12.9 3 10.8 3 7.8V4Z",
  rules: "M8 2.2L13 4V7.8C13 10.8 11 12.9 8 13.8 5 12.9 3 10.8 3 7.8V4ZM5.8 7.8L7.4 9.4 10.2 6.2",
  window: "M3 4H13V13H3ZM3 7H13M5.6 2.6V5M10.4 2.6V5",
  wait: "M8 2.4A5.6 5.6 0 1 0 8 13.6 5.6 5.6 0 1 0 8 2.4ZM8 5V8L10 9.4",
};

/** 12 by 12: what is there for a time. */
export const LEASE_SIGN = "M6 1.6A4.4 4.4 0 1 0 6 10.4 4.4 4.4 0 1 0 6 1.6ZM6 3.6V6L7.6 7.2";

/** 12 by 12: not to be missed. */
export const ALARM_SIGN = "M6 1.4L11 10.4H1ZM6 4.6V7.2M6 8.8V8.9";

export const FATE_SIGNS: Readonly<Record<Fate, string>> = {
  pending: "M6 6H6.1",
  running: "M4 2.8V9.2L9 6Z",
  retrying: "M9.4 6.4A3.5 3.5 0 1 1 8.4 3.6M8.8 1.4V3.8H6.4",
  waiting: "M2.6 6H2.7M6 6H6.1M9.4 6H9.5",
  done: "M2.4 6.4L4.9 9 9.8 3.4",
  skipped: "M2.5 6H9.5",
  failed: "M3 3L9 9M9 3L3 9",
  unknown: "M4 4.4A2 2 0 1 1 6.8 6.1Q6 6.5 6 7.4M6 9.5V9.6",
  undoing: "M8 2.8V9.2L3 6Z",
  undone: "M4.6 2.4L2.4 4.6 4.6 6.8M2.4 4.6H7.2A2.4 2.4 0 0 1 7.2 9.4H5",
  "undo failed": "M3.6 1.6L1.8 3.4 3.6 5.2M1.8 3.4H8M5.6 6L10 10.4M10 6L5.6 10.4",
};
