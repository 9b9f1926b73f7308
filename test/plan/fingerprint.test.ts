import { createHash } from "node:crypto";
import { assert, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../src/plan/fingerprint.ts";

describe("fingerprint", () => {
  it("does not depend on the order of keys, at any depth", () => {
    const one = { host: "web1", ports: { hub: 5000, proxy: 5001 } };
    const other = { ports: { proxy: 5001, hub: 5000 }, host: "web1" };
    expect(fingerprint(one)).toBe(fingerprint(other));
  });

  it("depends on the order of lists and on every value", () => {
    const prints = [{ a: [1, 2] }, { a: [2, 1] }, { a: ["1", 2] }, { a: [1, 2], b: null }].map(fingerprint);
    expect(new Set(prints).size).toBe(prints.length);
  });

  it("gives 16 hex digits, also for nothing", () => {
    expect(fingerprint(undefined)).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint(undefined)).toBe(fingerprint(null));
  });

  it("sees no difference between a value and the value read back from JSON", () => {
    assert(
      property(jsonValue(), value => {
        expect(fingerprint(JSON.parse(JSON.stringify(value)))).toBe(fingerprint(value));
      }),
    );
  });

  it("is that of the whole text of a list, though it is read item by item", () => {
    const text = '[{"a":[1,{}],"b":null},[],null,"x"]';
    const whole = createHash("sha256").update(text).digest("hex").slice(0, 16);
    expect(fingerprint([{ b: null, a: [1, {}] }, [], undefined, "x"])).toBe(whole);
    expect(fingerprint([])).toBe(createHash("sha256").update("[]").digest("hex").slice(0, 16));
  });
});
