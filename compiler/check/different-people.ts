/** Whether groups that share members can be served by different people. */

/** Above this the answer is not looked for: nobody has such groups, and it must not take seconds. */
const MAX_WORK = 5_000_000;

/**
 * Whether each of `groups` can have `quorum` members of its own, nobody serving two. A matching, made larger one member
 * at a time: a group that finds nobody free takes a member from one that has another.
 */
export function differentPeople(groups: readonly (readonly string[])[], quorum: number): boolean {
  const people = groups.reduce((sum, group) => sum + group.length, 0);
  if (quorum * groups.length * people > MAX_WORK) return true;
  const serves = new Map<string, number>();
  const oneMore = (group: number, asked: Set<number>): boolean => {
    asked.add(group);
    for (const person of groups[group] ?? []) {
      const other = serves.get(person);
      if (other !== undefined && (asked.has(other) || !oneMore(other, asked))) continue;
      serves.set(person, group);
      return true;
    }
    return false;
  };
  return groups.every((_, group) => Array.from({ length: quorum }).every(() => oneMore(group, new Set())));
}
