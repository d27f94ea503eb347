import type { Store } from "../../base/index.ts";
import type { Callback } from "./callback.ts";

/**
 * Writes a line of numbers after every epoch to a file of a store. An existing file is replaced unless `append`.
 *
 * @example
 * const log = csvLogger(memoryStore(), "training.csv");
 * typeof log.onEpochEnd; // "function"
 */
export function csvLogger(store: Store, name: string, options: { readonly append?: boolean } = {}): Callback {
  const { append = false } = options;
  let columns: string[] | undefined;
  const line = (cells: readonly (string | number)[]) => new TextEncoder().encode(`${cells.join(",")}\n`);
  return {
    async onTrainBegin() {
      columns = undefined;
      const before = append ? await store.read(name) : undefined;
      if (before && before.length > 0) {
        const [header] = new TextDecoder().decode(before).split("\n");
        columns = header.split(",").slice(1);
      } else await store.write(name, new Uint8Array(0));
    },
    async onEpochEnd(epoch, logs) {
      if (!columns) {
        columns = Object.keys(logs);
        await store.append(name, line(["epoch", ...columns]));
      }
      await store.append(name, line([epoch, ...columns.map((column) => logs[column] ?? "")]));
    },
  };
}
