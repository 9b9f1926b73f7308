import { policies, types, type ClientOptions } from "cassandra-driver";
import type { DatabaseOptions } from "./options.ts";
import { RetryOnNextHost } from "./retry-policy.ts";

/** One coordinator gets this long before the next one is asked. */
const COORDINATOR_TIMEOUT_MS = 2000;
/** A second coordinator is asked as well when the first is this slow. */
const SPECULATION_DELAY_MS = 400;

/** How these programs speak to the ring: at QUORUM, soon with another coordinator, and for ever. */
export function clientOptions(settings: DatabaseOptions): ClientOptions {
  return {
    contactPoints: [...settings.nodes],
    // The other nodes of the ring are found by address alone, and all have one port.
    protocolOptions: { port: portOf(settings.nodes) },
    keyspace: settings.keyspace,
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    queryOptions: { consistency: types.consistencies.quorum },
    socketOptions: { connectTimeout: COORDINATOR_TIMEOUT_MS, readTimeout: COORDINATOR_TIMEOUT_MS },
    pooling: { heartBeatInterval: 5000 },
    policies: {
      loadBalancing: loadBalancing(settings.dataCenter),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(250, 5000, false),
      retry: new RetryOnNextHost(),
      speculativeExecution: new policies.speculativeExecution.ConstantSpeculativeExecutionPolicy(
        SPECULATION_DELAY_MS,
        2,
      ),
    },
  };
}

function portOf([first = ""]: readonly string[]): number {
  return Number(first.slice(first.lastIndexOf(":") + 1));
}

function loadBalancing(dataCenter: string | undefined): policies.loadBalancing.LoadBalancingPolicy {
  const { DCAwareRoundRobinPolicy, RoundRobinPolicy, TokenAwarePolicy } = policies.loadBalancing;
  return new TokenAwarePolicy(
    dataCenter === undefined ? new RoundRobinPolicy() : new DCAwareRoundRobinPolicy(dataCenter),
  );
}
