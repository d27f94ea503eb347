import type { Store } from "../base/index.ts";
import { checkStoreName } from "./store-name.ts";

/**
 * A store that lives as long as the program: for tests, and for browsers. What is read and written are copies.
 *
 * @throws {GruvyError} from its methods: `usage/store-name`
 * @example
 * const store = memoryStore();
 * await store.append("log.csv", new TextEncoder().encode("epoch,loss\n"));
 * await store.list(); // ["log.csv"]
 */
export function memoryStore(): Store {
  const files = new Map<string, Uint8Array>();
  return {
    async read(name) {
      checkStoreName(name);
      return files.get(name)?.slice();
    },
    async write(name, bytes) {
      checkStoreName(name);
      files.set(name, Uint8Array.from(bytes));
    },
    async append(name, bytes) {
      checkStoreName(name);
      const old = files.get(name) ?? new Uint8Array();
      const grown = new Uint8Array(old.length + bytes.length);
      grown.set(old);
      grown.set(bytes, old.length);
      files.set(name, grown);
    },
    async remove(name) {
      checkStoreName(name);
      files.delete(name);
    },
    async list() {
      return [...files.keys()].sort();
    },
  };
}
