import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { reasonOf, type Log } from "./log.ts";

export interface Answer {
  status: number;
  /** Sent as JSON; undefined sends an empty body. */
  body?: unknown;
}

export interface Request {
  method: string;
  /** Without the base URL and the query. */
  path: string;
  query: URLSearchParams;
  /** Reads the body; rejects when it is larger than 64 KiB. */
  body(): Promise<string>;
}

export type Handler = (request: Request) => Promise<Answer> | Answer;

export interface HttpService {
  server: Server;
  /** From now on every answer asks the client to close its connection. */
  askToClose(): void;
}

const LARGEST_BODY = 64 * 1024;

/** An HTTP server with one handler for all paths below `baseUrl`; a handler that throws gives a 500 with the reason. */
export function createHttpService(options: { baseUrl: string; log: Log; handle: Handler }): HttpService {
  let closing = false;
  const server = createServer((incoming, response) => {
    void answer(incoming, options).then(result => send(response, result, closing));
  });
  server.keepAliveTimeout = 75_000;
  server.headersTimeout = 76_000;
  return {
    server,
    askToClose: () => {
      closing = true;
    },
  };
}

/** The path below the base URL, or undefined when the request is for something else. */
export function stripBaseUrl(path: string, baseUrl: string): string | undefined {
  if (baseUrl === "") return path;
  return path.startsWith(`${baseUrl}/`) ? path.slice(baseUrl.length) : undefined;
}

async function answer(
  incoming: IncomingMessage,
  options: { baseUrl: string; log: Log; handle: Handler },
): Promise<Answer> {
  const url = URL.parse(incoming.url ?? "/", "http://service");
  const path = url === null ? undefined : stripBaseUrl(url.pathname, options.baseUrl);
  if (url === null || path === undefined) return { status: 404, body: { error: "not found" } };
  try {
    return await options.handle({
      method: incoming.method ?? "GET",
      path,
      query: url.searchParams,
      body: () => readBody(incoming),
    });
  } catch (error) {
    options.log(`${incoming.method} ${url.pathname} failed: ${reasonOf(error)}`);
    return { status: 500, body: { error: reasonOf(error) } };
  }
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const part = Buffer.from(chunk as Uint8Array);
    size += part.length;
    if (size > LARGEST_BODY) throw new Error(`the body is larger than ${LARGEST_BODY} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, result: Answer, closing: boolean): void {
  const text = result.body === undefined ? "" : `${JSON.stringify(result.body)}\n`;
  response.writeHead(result.status, {
    "Content-Length": Buffer.byteLength(text),
    "Cache-Control": "no-store",
    ...(text === "" ? {} : { "Content-Type": "application/json" }),
    ...(closing ? { Connection: "close" } : {}),
  });
  response.end(text);
}
