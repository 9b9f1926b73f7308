import type { ObservedRing, RingNode, Token } from "./model.ts";
import { TOKEN_LIMITS } from "./token-space.ts";

/** What cannot be so in any ring, one line a problem: two nodes of one name, two owners of a token, a node without tokens. */
export function checkRing(ring: ObservedRing): string[] {
  const { nodes, keyspaces } = ring;
  return [
    ...(nodes.length === 0 ? ["the ring has no nodes"] : []),
    ...repeated(
      "host",
      nodes.map(({ host }) => host),
    ),
    ...repeated(
      "address",
      nodes.map(({ address }) => address),
    ),
    ...repeated(
      "id",
      nodes.map(({ id }) => id),
    ),
    ...repeated(
      "keyspace",
      keyspaces.map(({ name }) => name),
    ),
    ...nodes.flatMap(ownsNothing),
    ...tokenProblems(ring),
  ];
}

function repeated(what: string, values: readonly string[]): string[] {
  const seen = new Set<string>();
  const twice = new Set(values.filter(value => seen.size === seen.add(value).size));
  return [...twice].map(value => `${what} ${value} is there twice`);
}

/** A node that joins has chosen its tokens, or will. */
function ownsNothing({ host, tokens, mode }: RingNode): string[] {
  return tokens.length === 0 && mode !== "joining" ? [`${host} has no tokens and is not joining`] : [];
}

function tokenProblems({ nodes, partitioner }: ObservedRing): string[] {
  const [lowest, highest] = TOKEN_LIMITS[partitioner];
  const owners = new Map<Token, string>();
  return nodes.flatMap(({ host, tokens }) =>
    tokens.flatMap(token => {
      const owner = owners.get(token);
      owners.set(token, host);
      if (owner !== undefined) return [`token ${token} belongs to ${owner} and to ${host}`];
      return token < lowest || token > highest ? [`${host}: ${token} is no token of ${partitioner}`] : [];
    }),
  );
}
