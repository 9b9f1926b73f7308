/** A number of things in words: `1 node`, `3 nodes`, `no nodes`. */
export function counted(number: number, noun: string): string {
  return `${number === 0 ? "no" : number} ${noun}${number === 1 ? "" : "s"}`;
}
