/** How identities are compared. */

/** Two spellings with one key are one person: case, white space around it and Unicode form do not tell people apart. */
export function identityKey(who: string): string {
  return who.trim().normalize("NFC").toLowerCase().normalize("NFC");
}
