import type { Duplex } from "node:stream";

/**
 * Sends what is written in one turn of the event loop together. ssh2 writes each packet by itself; every one is a system call
 * and a segment, and wakes the other side.
 */
export function joinWrites(stream: Duplex): void {
  const write = stream.write.bind(stream);
  const writeJoined = (chunk: Uint8Array): boolean => {
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return write(chunk);
  };
  Reflect.set(stream, "write", writeJoined);
}
