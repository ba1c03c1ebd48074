/** Commands that are shown to be copied. */

/** As a POSIX shell takes it for one word: what stands in it, a run's name say, may be of others. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
