import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../shared/log.ts";
import type { LoadOptions } from "./options.ts";
import type { Tally } from "./report.ts";

export interface WorkerOptions extends LoadOptions {
  /** Makes the keys of this worker its own. */
  name: string;
  tally: Tally;
  signal: AbortSignal;
}

const KEYS_PER_WORKER = 50;

/** Writes a value, reads it back and compares, over one connection that stays open, until the signal. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let turn = 0; !options.signal.aborted; turn += 1) {
    const url = `${options.url}/hub/values/${options.name}-${turn % KEYS_PER_WORKER}`;
    const value = `${options.name} ${turn}`;
    const written = await measured(options, () => send({ url, method: "PUT", body: value, agent }, options));
    if (written !== undefined) {
      await measured(options, () => send({ url, method: "GET", agent }, options), answerHolds(value));
    }
    if (options.pauseMs > 0) await sleep(options.pauseMs);
  }
  agent.destroy();
}

interface Exchange {
  url: string;
  method: "GET" | "PUT";
  body?: string;
  agent: Agent;
}

async function measured(
  options: WorkerOptions,
  attempt: () => Promise<string>,
  isRight: (answer: string) => boolean = () => true,
): Promise<string | undefined> {
  const began = performance.now();
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await attempt();
      options.tally.request(performance.now() - began, isRight(answer) ? "good" : "wrong");
      return answer;
    } catch (error) {
      const again = tries < options.retries;
      options.tally.error(reasonOf(error), again);
      if (again) continue;
      options.tally.request(performance.now() - began, "failed");
      return undefined;
    }
  }
}

/** One request; rejects unless the answer is a whole 200. */
async function send(exchange: Exchange, options: WorkerOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const { url, method, agent, body = "" } = exchange;
    const signal = AbortSignal.timeout(options.timeoutMs);
    const headers = { "Content-Length": Buffer.byteLength(body) };
    const outgoing = request(url, { method, agent, signal, headers }, response => {
      const chunks: string[] = [];
      response.setEncoding("utf8");
      response.on("data", chunk => chunks.push(String(chunk)));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(chunks.join(""));
        else reject(new Error(`${method} answered ${response.statusCode}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function answerHolds(value: string): (answer: string) => boolean {
  return answer => {
    const parsed: unknown = JSON.parse(answer);
    return typeof parsed === "object" && parsed !== null && "value" in parsed && parsed.value === value;
  };
}
