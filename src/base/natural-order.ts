const collator = new Intl.Collator("en", { numeric: true });

/** Orders names as people count: `web2` before `web10`. Any two different names have one order, everywhere. */
export function naturalOrder(a: string, b: string): number {
  const order = collator.compare(a, b);
  if (order !== 0) return order;
  return a < b ? -1 : Number(a > b);
}
