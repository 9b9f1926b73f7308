import { describe, expect, it } from "vitest";
import { CqlError, toCqlError } from "../../../src/engine/cql/failure.ts";

describe("toCqlError", () => {
  it.each([
    ["absent", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })],
    ["absent", new Error("(SSH) Channel open failure: Connection refused")],
    ["refused-login", response(0x0100, "Provided username hub and/or password are incorrect")],
    ["not-able", response(0x0100, "Unable to perform authentication: Operation timed out")],
    ["not-able", response(0x1000, "Cannot achieve consistency level QUORUM")],
    ["not-able", response(0x1001, "Node is bootstrapping")],
    ["wrong", response(0x2000, "line 1:0 no viable alternative")],
    ["wrong", response(0x2200, "unconfigured table x")],
    ["wrong", response(0x2300, "Unrecognized strategy option {DC9}")],
    [
      "not-able",
      response(
        0x2300,
        "Cannot alter RF while some endpoints are not in normal state (no range movements): [/127.0.0.3:7000]",
      ),
    ],
    ["open", new DOMException("The operation was aborted", "AbortError")],
    ["open", new Error("The host did not reply before timeout 100 ms")],
  ])("finds the kind %s, however deep the driver hides it", (kind, reason) => {
    expect(toCqlError(reason, "db1:9042").kind).toBe(kind);
    expect(toCqlError(allHostsTried({ "db1:9042": reason }), "db1:9042").kind).toBe(kind);
    expect(toCqlError(new Error("cannot open", { cause: reason }), "db1:9042").kind).toBe(kind);
  });

  it("names the place and says what it answered", () => {
    expect(toCqlError(response(0x1000, "Cannot achieve ALL"), "10.1.1.2:9042")).toMatchObject({
      message: "10.1.1.2:9042 answered: Cannot achieve ALL",
      code: "CQL_NOT_ABLE",
    });
  });

  it("finds the server's answer to a login in the driver's own error", () => {
    const login = Object.assign(new Error("login"), {
      additionalInfo: response(0x0100, "Provided username a and/or password are incorrect"),
    });
    expect(toCqlError(allHostsTried({ x: login }), "x").kind).toBe("refused-login");
  });

  it("leaves its own kind as it is", () => {
    const known = new CqlError("wrong", "no");
    expect(toCqlError(known, "x")).toBe(known);
  });

  it("does not hide a bug", () => {
    const bug = new TypeError("x is not a function");
    expect(() => toCqlError(bug, "x")).toThrow(bug);
    expect(() => toCqlError("text", "x")).toThrow("text");
  });
});

function response(code: number, message: string): Error {
  return Object.assign(new Error(message), { name: "ResponseError", code });
}

function allHostsTried(innerErrors: Readonly<Record<string, Error>>): Error {
  return Object.assign(new Error("All host(s) tried for query failed"), { innerErrors });
}
