import { describe, expect, it } from "vitest";
import { CLOUD } from "../sites.ts";
import { renderOf, textOf, type SiteWords } from "../support.ts";

describe("the description of stunnel", () => {
  it("is the golden file", async () => {
    await expect(textOf(renderOf(CLOUD, "stunnel@cloud2"), "stunnel.conf")).toMatchFileSnapshot(
      "../golden/stunnel.conf",
    );
  });

  it("has the certificate as a secret, for its own eyes", () => {
    const file = renderOf(CLOUD, "stunnel@cloud2").files.find(({ path }) => path.endsWith(".pem"));
    expect(file).toEqual({
      path: "/etc/smc/cloud/stunnel/certificate.pem",
      content: [{ secret: "sagemath.com/nopassphrase.pem" }],
      mode: 0o600,
    });
  });

  it("takes another certificate, in both spellings", () => {
    const site = (certificate: unknown): SiteWords => ({
      ...CLOUD,
      services: { ...CLOUD.services, stunnel: { at: ["cloud2"], settings: { certificate } } },
    });
    const expected = [{ secret: "a/b.pem" }];
    expect(renderOf(site("secret:a/b.pem"), "stunnel@cloud2").files[0]?.content).toEqual(expected);
    expect(renderOf(site({ secret: "a/b.pem" }), "stunnel@cloud2").files[0]?.content).toEqual(expected);
  });

  it("is ready when a hub answers over TLS", () => {
    const { ready, listens } = renderOf(CLOUD, "stunnel@cloud2");
    expect(ready).toMatchObject({ kind: "command", stdout: String.raw`^HTTP/1\.[01] 200 ` });
    expect(ready.kind === "command" && ready.argv.slice(-2)).toEqual(["10.1.2.1:443", ""]);
    expect(listens).toEqual([{ address: "0.0.0.0", port: 443 }]);
  });
});
