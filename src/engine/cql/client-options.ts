import type { ClientOptions } from "cassandra-driver";
import type { Milliseconds } from "../../base/units.ts";

/** Where a client connects, how long it tries, and as whom. */
export interface ClientWords {
  address: string;
  port: number;
  timeout: Milliseconds;
  credentials: { username: string; password: string } | undefined;
}

/**
 * The options of a client that talks to one node for a moment: it connects to no other, reads no schema, repeats
 * nothing, and has one connection.
 */
export async function clientOptions({
  address,
  port,
  timeout,
  credentials,
}: ClientWords): Promise<ClientOptions> {
  const { policies, types } = await import("cassandra-driver");
  const { loadBalancing, retry } = policies;
  const contactPoint = `${address}:${port}`;
  return {
    contactPoints: [contactPoint],
    protocolOptions: { port },
    ...(credentials === undefined ? {} : { credentials }),
    policies: {
      loadBalancing: new loadBalancing.AllowListPolicy(new loadBalancing.RoundRobinPolicy(), [contactPoint]),
      retry: new retry.FallthroughRetryPolicy(),
    },
    pooling: {
      coreConnectionsPerHost: { [types.distance.local]: 1, [types.distance.remote]: 0 },
      heartBeatInterval: 0,
      warmup: false,
    },
    socketOptions: { connectTimeout: timeout, readTimeout: timeout },
    isMetadataSyncEnabled: false,
    prepareOnAllHosts: false,
    rePrepareOnUp: false,
  };
}
