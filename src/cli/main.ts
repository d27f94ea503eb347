// The process of the command line.

import { obey, told } from "./command-line.ts";
import { endQuietlyOnClosedPipe, flush } from "./terminal.ts";

async function end(thrown?: unknown): Promise<void> {
  const code = await told(thrown);
  // Whatever still runs (threads, a paused pipe) must not keep the process; what was written must get out.
  await flush();
  process.exit(code);
}

endQuietlyOnClosedPipe();
process.once("uncaughtException", end);
await obey().then(() => end(), end);
