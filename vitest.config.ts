import { defineConfig } from "vitest/config";

/** Tiers, one project each: `unit` runs anywhere, `integration` needs Java, those of the lab need root on Debian. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/lab/**"],
          // Deadlines against hanging, not bars of speed: a busy machine must not fail a test.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      lab("lab", "test/lab/*.test.ts"),
      lab("lab-machines", "test/lab/machines/*.test.ts"),
      lab("lab-rings", "test/lab/rings/*.test.ts"),
    ],
  },
});

/** Tests on hosts that they make: one file at a time, each with hosts of its own. */
function lab(name: string, include: string) {
  return {
    test: {
      name,
      include: [include],
      testTimeout: 300_000,
      hookTimeout: 600_000,
      fileParallelism: false,
    },
  };
}
