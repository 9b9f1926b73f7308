import { describe, expect, it } from "vitest";
import { CLOUD, PROJECT } from "../sites.ts";
import { renderOf, textOf, type SiteWords } from "../support.ts";

function withNginx(settings: Record<string, unknown>): SiteWords {
  return { ...CLOUD, services: { ...CLOUD.services, nginx: { at: ["web2"], settings } } };
}

describe("the description of nginx", () => {
  it("is the golden file on a host", async () => {
    const text = textOf(renderOf(CLOUD, "nginx@web2"), "nginx.conf");
    await expect(text).toMatchFileSnapshot("../golden/nginx-cloud.conf");
  });

  it("is the golden file below a prefix, without any root", async () => {
    const text = textOf(renderOf(PROJECT, "nginx@localhost"), "nginx.conf");
    await expect(text).toMatchFileSnapshot("../golden/nginx-project.conf");
  });

  it("serves a page of smc until the site has its own", () => {
    const own = renderOf(CLOUD, "nginx@web2");
    expect(textOf(own, "index.html")).toContain("<h1>cloud.example.com</h1>");
    const given = renderOf(withNginx({ static: "/srv/static" }), "nginx@web2");
    expect(given.files).toHaveLength(1);
    expect(textOf(given, "nginx.conf")).toContain('alias "/srv/static/";');
  });

  it("gives its workers another account than root", () => {
    expect(textOf(renderOf(withNginx({ run_as: "root" }), "nginx@web2"), "nginx.conf")).toContain(
      "user www-data;",
    );
    expect(textOf(renderOf(withNginx({}), "nginx@web2"), "nginx.conf")).toContain("user salvus;");
    expect(renderOf(PROJECT, "nginx@localhost").command.argv.join(" ")).toContain("user $(id -un)");
  });

  it("has every folder before it starts", () => {
    const { folders } = renderOf(CLOUD, "nginx@web2");
    expect(folders.map(({ path }) => path)).toContain("/run/smc/cloud/nginx/client_body");
    expect(new Set(folders.map(({ path }) => path)).size).toBe(folders.length);
  });

  it("is ready when a static page comes back", () => {
    expect(renderOf(PROJECT, "nginx@localhost").ready).toMatchObject({
      kind: "all",
      probes: [{ path: "/1a2b/port/8400/alive" }, { path: "/1a2b/port/8400/static/", port: 8080 }],
    });
  });
});
