import { policies, type types } from "cassandra-driver";

type Decision = policies.retry.DecisionInfo;
type Consistency = types.consistencies;
type Info = policies.retry.OperationInfo;

const MOST_RETRIES = 4;

/**
 * Asks the next coordinator whenever one could not get enough replicas in time, or went away. The driver asks this policy
 * about writes and lost connections only where the statement is marked idempotent.
 */
export class RetryOnNextHost extends policies.retry.RetryPolicy {
  override onUnavailable(info: Info, consistency: Consistency): Decision {
    return this.#nextHost(info, consistency);
  }

  override onReadTimeout(info: Info, consistency: Consistency): Decision {
    return this.#nextHost(info, consistency);
  }

  override onWriteTimeout(info: Info, consistency: Consistency): Decision {
    return this.#nextHost(info, consistency);
  }

  override onRequestError(info: Info, consistency: Consistency): Decision {
    return this.#nextHost(info, consistency);
  }

  #nextHost(info: Info, consistency: Consistency): Decision {
    return info.nbRetry < MOST_RETRIES ? this.retryResult(consistency, false) : this.rethrowResult();
  }
}
