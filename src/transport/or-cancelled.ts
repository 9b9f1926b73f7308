/** What the work gives, or undefined as soon as the signal comes; the work itself goes on. */
export async function orCancelled<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  if (signal === undefined) return work;
  let cancel = (): void => undefined;
  const cancelled = new Promise<undefined>(resolve => {
    cancel = () => resolve(undefined);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
