// `npm run soak:files [cases] [seed]`: files changed at random, dealt to every reader, which must refuse them by an error of
// ours or read them; exits with 1 when one does not. A case that failed is named with what has it again.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const [cases = "1000000", seed = "1"] = process.argv.slice(2);
if (![cases, seed].every((text) => /^[1-9]\d{0,8}$/.test(text))) {
  console.error("Expected npm run soak:files [cases] [seed], both whole numbers from 1.");
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const { status } = spawnSync(process.execPath, [vitest, "run", "test/fuzz"], {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, GRUVY_FUZZ_CASES: cases, GRUVY_FUZZ_SEED: seed, GRUVY_FUZZ_SHOW: "1" },
});
process.exitCode = status ?? 1;
