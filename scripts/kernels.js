// npm run kernels: the tests of kernels, engine and determinism under other versions of Node, whose V8 compiles the same
// modules in other ways; from Node 24 on also as V8's revectorizer compiles them; and the built `gruvy doctor`. Versions
// come through npx. Ends with 1 when a test fails, and with 2 when a version could not be brought, so that its absence is
// no success.
//
//   npm run kernels -- 22 24

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));
const command = fileURLToPath(new URL("../bin/gruvy.js", import.meta.url));
const VERSIONS = ["22", "24", "26"];
const TESTS = ["src/engine", "test/engine", "test/model/determinism.test.ts", "src/base/math.test.ts"];
/** Only what V8 optimises is revectorized, so its first, quick compiler is switched off. */
const WIDE = ["--experimental-wasm-revectorize", "--no-liftoff"];
const FIRST_WIDE = 24;

const asked = process.argv.slice(2);
const bad = asked.filter((version) => !/^\d{2}(\.\d+){0,2}$/.test(version));
if (bad.length > 0) {
  console.error(`Expected versions of Node such as 24, found ${bad.join(", ")}.`);
  process.exit(2);
}

/** The program of a version of Node, and its full name; undefined when npx cannot bring it. */
function bring(/** @type {string} */ version) {
  const question = "process.version + ' ' + process.versions.v8 + ' ' + process.execPath";
  const { status, stdout } = spawnSync("npx", ["--yes", `node@${version}`, "-p", question], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [, node, v8, program] = /^v(\S+) (\S+) (.+)$/m.exec(stdout ?? "") ?? [];
  return status === 0 && program !== undefined ? { node, v8, program: program.trim() } : undefined;
}

/** @returns {{ passed: number, failed: number, skipped: number, seconds: number, ok: boolean }} */
function tests(/** @type {string} */ program, /** @type {readonly string[]} */ flags) {
  const started = performance.now();
  const args = [vitest, "run", ...TESTS, "--reporter=json", ...flags.map((flag) => `--execArgv=${flag}`)];
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const seconds = Math.round((performance.now() - started) / 1000);
  const report = JSON.parse(stdout.slice(stdout.indexOf('{"numTotal')) || "{}");
  for (const { name, message, assertionResults = [] } of report.testResults ?? []) {
    if (message) console.error(`${name}: ${message}`);
    for (const { fullName, failureMessages, status: result } of assertionResults) {
      if (result === "failed") console.error(`${name}: ${fullName}\n${failureMessages.join("\n")}`);
    }
  }
  if (status !== 0 && report.numFailedTests === undefined) console.error(stderr);
  const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests: skipped = 0 } = report;
  return { passed, failed, skipped, seconds, ok: status === 0 && passed > 0 };
}

/** Whether the command itself works there, which sets flags of V8 as it runs; what it says of its self-test. */
function doctor(/** @type {string} */ program) {
  const { status, stdout, stderr } = spawnSync(program, [command, "doctor"], { encoding: "utf8" });
  if (status !== 0) console.error(stdout + stderr);
  return { ok: status === 0, said: /^Self-test +(.*)/m.exec(stdout)?.[1] ?? "nothing" };
}

let failed = false;
let missing = false;
for (const version of asked.length > 0 ? asked : VERSIONS) {
  const found = bring(version);
  if (!found) {
    missing = true;
    console.log(`Node ${version}: NOT TESTED, npx could not bring it.`);
    continue;
  }
  const { node, v8, program } = found;
  const wide = Number(node.split(".")[0]) >= FIRST_WIDE;
  for (const flags of [[], ...(wide ? [WIDE] : [])]) {
    const { ok, ...result } = tests(program, flags);
    failed ||= !ok;
    const how = flags.length > 0 ? ", revectorized" : "";
    const counts = `${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`;
    console.log(`Node ${node} (V8 ${v8})${how}: ${ok ? "ok" : "FAILED"}, ${counts}, ${result.seconds} s`);
  }
  const { ok, said } = doctor(program);
  failed ||= !ok;
  console.log(`Node ${node} (V8 ${v8}): gruvy doctor ${ok ? "ok" : "FAILED"}, ${said}`);
}
process.exitCode = failed ? 1 : missing ? 2 : 0;
