// npm run rooms: who knows whom in src/. The rules stand in rooms/rules.js.

import { fileURLToPath } from "node:url";
import { violations } from "./rooms/rules.js";

const found = violations(fileURLToPath(new URL("..", import.meta.url)));
if (found.length > 0) {
  console.error(`${found.join("\n")}\n\nThe rooms: ${found.length} broken ${found.length === 1 ? "rule" : "rules"}.`);
  process.exitCode = 1;
} else {
  console.log("The rooms: every import keeps the rules.");
}
