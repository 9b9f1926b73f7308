/** Gives numbers from 0 to `below` - 1, the same ones for the same seed. */
export type Random = (below: number) => number;

/** A small generator (mulberry32) that a failing case can be found again with. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return below => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What else may stand where a word stands. */
const WORDS = [
  "?",
  "null",
  "0",
  "-1",
  "n/a",
  "UN",
  "DN",
  "TOKENS:",
  "9".repeat(20),
  "1.5",
  "[]",
  "%",
  "1 KiB",
  "rack 1",
];
const CHARACTERS = " \t:,[](){}=/-.%?0123456789abzUND_";

type Mutation = (lines: string[], at: number, random: Random) => void;

/** What goes wrong with lines: they are lost, come twice, change places, are cut, are joined, are broken, come from nowhere. */
const LINE_MUTATIONS: readonly Mutation[] = [
  (lines, at) => lines.splice(at, 1),
  (lines, at) => lines.splice(at, 0, lines[at] ?? ""),
  (lines, at, random) => lines.splice(random(lines.length), 0, ...lines.splice(at, 1)),
  (lines, at, random) =>
    lines.splice(at, 1, (lines[at] ?? "").slice(0, random((lines[at] ?? "").length + 1))),
  (lines, at) => lines.splice(at, 2, lines.slice(at, at + 2).join("")),
  (lines, at, random) => {
    const line = lines[at] ?? "";
    const cut = random(line.length + 1);
    lines.splice(at, 1, line.slice(0, cut), line.slice(cut));
  },
  (lines, at, random) => lines.splice(at, 0, pick(WORDS, random)),
  (lines, _, random) => lines.splice(random(lines.length)),
];

/** What goes wrong in a line: a character or a word is another one, is lost, or comes in addition. */
const TEXT_MUTATIONS: readonly Mutation[] = [
  (lines, at, random) => changeCharacters(lines, at, { random, remove: 1, add: true }),
  (lines, at, random) => changeCharacters(lines, at, { random, remove: 1, add: false }),
  (lines, at, random) => changeCharacters(lines, at, { random, remove: 0, add: true }),
  (lines, at, random) => changeWord(lines, at, { random, word: () => pick(WORDS, random) }),
  (lines, at, random) => changeWord(lines, at, { random, word: () => "" }),
  (lines, at, random) => changeWord(lines, at, { random, word: word => `${word} ${word}` }),
];

const MUTATIONS = [...LINE_MUTATIONS, ...TEXT_MUTATIONS, ...TEXT_MUTATIONS];

/** The text with one to three things wrong. */
export function mutate(text: string, random: Random): string {
  const lines = text.split("\n");
  for (let count = 1 + random(3); count > 0; count--)
    pick(MUTATIONS, random)(lines, random(lines.length), random);
  return lines.join("\n");
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random(items.length)] as Item;
}

function changeCharacters(
  lines: string[],
  at: number,
  { random, remove, add }: { random: Random; remove: number; add: boolean },
): void {
  const line = lines[at] ?? "";
  const position = random(line.length + 1);
  const added = add ? CHARACTERS.charAt(random(CHARACTERS.length)) : "";
  lines[at] = line.slice(0, position) + added + line.slice(position + remove);
}

function changeWord(
  lines: string[],
  at: number,
  { random, word }: { random: Random; word: (word: string) => string },
): void {
  const parts = (lines[at] ?? "").split(/(\s+|[:,()[\]])/);
  const position = random(parts.length);
  parts[position] = word(parts[position] ?? "");
  lines[at] = parts.join("");
}
