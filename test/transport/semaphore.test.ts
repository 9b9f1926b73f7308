import { describe, expect, it } from "vitest";
import { createSemaphore } from "../../src/transport/semaphore.ts";

describe("createSemaphore", () => {
  it("lets in as many as there are places, the rest in order", async () => {
    const semaphore = createSemaphore(2);
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const work = (index: number) => async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      order.push(index);
      await Promise.resolve();
      inside -= 1;
    };
    await Promise.all([0, 1, 2, 3, 4].map(index => semaphore.use(work(index))));
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("gives the place back when the work fails, and only once", async () => {
    const semaphore = createSemaphore(1);
    await expect(semaphore.use(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const release = await semaphore.acquire();
    release();
    release();
    await semaphore.acquire();
    let entered = false;
    void semaphore.acquire().then(() => (entered = true));
    await Promise.resolve();
    expect(entered).toBe(false);
  });

  it("lets fewer in after lowering, but always one", async () => {
    const semaphore = createSemaphore(8);
    semaphore.lower(0);
    const release = await semaphore.acquire();
    let entered = false;
    const second = semaphore.acquire().then(() => (entered = true));
    await Promise.resolve();
    expect(entered).toBe(false);
    release();
    await second;
    expect(entered).toBe(true);
  });
});
