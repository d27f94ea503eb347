// npm run example <name> -- [--seed n] [--epochs n] [--json]: runs one of the examples.

import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = new URL(".", import.meta.url);
const [name = "", ...args] = process.argv.slice(2);
const names = readdirSync(here)
  .filter((file) => file.endsWith(".js") && file !== "run.js" && file !== "all.js")
  .map((file) => file.slice(0, -".js".length));

if (names.includes(name)) {
  // The example reads the rest of the command line, as if it had been started by itself.
  process.argv = [process.argv[0], fileURLToPath(new URL(`${name}.js`, here)), ...args];
  await import(new URL(`${name}.js`, here).href);
} else if (name === "") {
  console.log(`Run one with: npm run example <name>\n${names.map((one) => `  ${one}`).join("\n")}`);
} else {
  console.error(`There is no example "${name}". Examples: ${names.join(", ")}`);
  process.exitCode = 2;
}
