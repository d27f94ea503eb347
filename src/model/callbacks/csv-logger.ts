import { GruvyError, type Store } from "../../base/index.ts";
import type { Callback } from "./callback.ts";
import { remembered } from "./remembered.ts";

/**
 * Writes a line of numbers after every epoch (from 0) to a file of a store, below their names. An existing file is
 * replaced unless `append` (default false). A resumed training goes on behind the last line that its checkpoint knows
 * of; later lines are written again. Keras's `CSVLogger`.
 *
 * @throws {GruvyError} from `fit`: `usage/store-name` for a name that a store refuses, `usage/resume` where the file
 *   lacks lines that the checkpoint knows of.
 * @example
 * const log = csvLogger(memoryStore(), "training.csv");
 * typeof log.onEpochEnd; // "function"
 */
export function csvLogger(store: Store, name: string, options: { readonly append?: boolean } = {}): Callback {
  const { append = false } = options;
  let columns: string[] | undefined;
  let written = 0;
  const add = async (cells: readonly (string | number)[]) => {
    const line = new TextEncoder().encode(`${cells.join(",")}\n`);
    await store.append(name, line);
    written += line.length;
  };
  const goOnWith = (before: Uint8Array) => {
    written = before.length;
    const [header] = new TextDecoder().decode(before).split("\n");
    columns = written > 0 ? header.split(",").slice(1) : undefined;
  };
  return {
    name: "csvLogger",
    async onTrainBegin() {
      const before = append ? await store.read(name) : undefined;
      goOnWith(before ?? new Uint8Array(0));
      if (written === 0) await store.write(name, new Uint8Array(0));
    },
    async onEpochEnd(epoch, logs) {
      if (!columns) {
        columns = Object.keys(logs);
        await add(["epoch", ...columns]);
      }
      await add([epoch, ...columns.map((column) => logs[column] ?? "")]);
    },
    getState: () => ({ values: { written } }),
    async setState(state) {
      const length = remembered(state, "csvLogger").whole("written");
      const found = (await store.read(name)) ?? new Uint8Array(0);
      if (found.length < length) {
        throw new GruvyError(
          "usage/resume",
          `Expected ${length} bytes in "${name}", which the training to resume had written, found ${found.length}`,
          'Put the file back, or leave csvLogger out and say so: resumeChanges: ["callbacks"].',
        );
      }
      if (found.length > length) await store.write(name, found.slice(0, length));
      goOnWith(found.subarray(0, length));
    },
  };
}
