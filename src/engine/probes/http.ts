import { request, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Bytes } from "../../base/units.ts";
import type { Probe } from "../../plan/model.ts";
import { forwardTimeout } from "../forward-timeout.ts";
import type { ProbeAnswer } from "../performer.ts";
import type { ProbeContext, Prober } from "../registry.ts";
import { describeConnectFailure } from "./connect-failure.ts";
import { excerpt } from "./excerpt.ts";

type HttpProbe = Extract<Probe, { kind: "http" }>;

/** As much of a body as is looked at. */
const LONGEST_BODY: Bytes = 256 * 1024;

/** Holds when the host itself gets an answer with one of these statuses and a body that matches. */
export const http: Prober<HttpProbe> = async (probe, context) => {
  const { timeout, signal } = forwardTimeout(context);
  const place = `${probe.address}:${probe.port}`;
  try {
    const stream = await context.connection.forward(
      { host: probe.address, port: probe.port },
      { timeout, signal },
    );
    const late = AbortSignal.any([AbortSignal.timeout(timeout), signal]);
    return judge(probe, await get(probe, stream, late), context);
  } catch (error) {
    return describeConnectFailure(error, place);
  }
};

interface Answer {
  status: number;
  body: string;
}

async function get(probe: HttpProbe, stream: Duplex, signal: AbortSignal): Promise<Answer> {
  try {
    const { host, ...headers } = lowerCaseKeys(probe.headers ?? {});
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      request(
        {
          createConnection: () => stream,
          path: probe.path,
          headers: { host: host ?? `${probe.address}:${probe.port}`, connection: "close", ...headers },
          signal,
        },
        resolve,
      )
        .on("error", reject)
        .end();
    });
    return { status: message.statusCode ?? 0, body: await bodyOf(message) };
  } finally {
    stream.destroy();
  }
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size: Bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= LONGEST_BODY) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function judge(
  probe: HttpProbe,
  { status, body }: Answer,
  context: Pick<ProbeContext, "redact">,
): ProbeAnswer {
  const what = `http://${probe.address}:${probe.port}${probe.path}`;
  if (!probe.status.includes(status)) {
    return { holds: "no", evidence: `${what} answered ${status}, not ${probe.status.join(" or ")}` };
  }
  if (probe.body !== undefined && !new RegExp(probe.body).test(body)) {
    const said = excerpt(body, context);
    return { holds: "no", evidence: `${what} answered ${status} with ${said || "an empty body"}` };
  }
  return { holds: "yes", evidence: `${what} answered ${status}` };
}

function lowerCaseKeys(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]));
}
