/** When two names mean the same person. */

/** Names are compared by this: trimmed, in Unicode NFC, lower case. For people the name is shown as it was written. */
export function identityKey(who: string): string {
  return who.trim().normalize("NFC").toLowerCase().normalize("NFC");
}
