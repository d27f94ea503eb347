import { type BuiltIn, builtIns } from "../data/node.ts";
import { print } from "./terminal.ts";

/** `gruvy data`: the built-in data sets. */
export async function runData(flags: { json?: boolean }): Promise<void> {
  if (flags.json) {
    await print(`${JSON.stringify({ data: builtIns })}\n`);
    return;
  }
  const name = Math.max(...builtIns.map((one) => one.name.length));
  const lines = builtIns.map((one) => {
    const rows = `${one.rows.toLocaleString("en-US")} rows`;
    return `${one.name.padEnd(name)}  ${rows.padStart(11)}  ${one.what}\n${" ".repeat(name + 15)}${origin(one)}`;
  });
  await print(`${lines.join("\n")}\n\nUse a name in place of a file: gruvy compare ${builtIns[0].name}\n`);
}

function origin({ source, size }: BuiltIn): string {
  return size === 0 ? source : `${source}, ${Math.round(size / 1e6)} MB fetched on first use`;
}
