/** The hashes of RFC 6962 §2.1: SHA-256 of leaves and nodes, told apart by their first byte. In hex, 64 characters. */
import { hash } from "node:crypto";

/** Of the tree without a leaf. */
export const EMPTY = hash("sha256", "", "hex");

const HASH = /^[0-9a-f]{64}$/;
export const isHash = (text: string): boolean => HASH.test(text);

/** SHA-256(0x00 ‖ text as UTF-8). */
export function leafHash(text: string): string {
  return hash("sha256", `\0${text}`, "hex");
}

/** 0x01 and two hashes; written over at every join, for a million of them are made when a log is verified. */
const node = Buffer.alloc(65, 1);

/** SHA-256(0x01 ‖ left ‖ right). Throws `TypeError` for what is no hash. */
export function join(left: string, right: string): string {
  if (node.write(left, 1, "hex") !== 32 || node.write(right, 33, "hex") !== 32) throw new TypeError("no hash to join");
  return hash("sha256", node, "hex");
}
