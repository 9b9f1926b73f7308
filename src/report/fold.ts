import { foldNames } from "../base/host-ranges.ts";
import type { HostName } from "../base/names.ts";

/** Hosts that gave the same answer. */
export interface Fold<T> {
  /** `cloud[1-9,12]` */
  names: string;
  hosts: readonly HostName[];
  /** The answer of the first of them, which is that of all. */
  answer: T;
}

/** Groups answers that are equal by `sameness`, in the order in which each was first given. */
export function foldEqual<T extends { host: HostName }>(
  answers: readonly T[],
  sameness: (answer: T) => unknown,
): Fold<T>[] {
  const groups = new Map<string, T[]>();
  for (const answer of answers) {
    const key = JSON.stringify(sameness(answer));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [answer]);
    else group.push(answer);
  }
  return [...groups.values()].flatMap(group => {
    const hosts = group.map(({ host }) => host);
    const [answer] = group;
    return answer === undefined ? [] : [{ names: foldNames(hosts), hosts, answer }];
  });
}
