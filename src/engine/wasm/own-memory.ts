import { Bytes } from "./bytes.ts";
import type { OwnMemory } from "./module.ts";

interface Contents {
  readonly pages: number;
  /** What lies in it from the start. */
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Sections that say something to whoever reads the file. */
  readonly custom?: Readonly<Record<string, Uint8Array>>;
}

/** A memory of the module's own, exported as `memory`. */
export const ownMemory = ({ pages, data, custom = {} }: Contents): OwnMemory => ({
  memory: (section) => section(5, 1, (content) => content.byte(0).unsigned(pages)),
  exported: (content) => content.text("memory").byte(2).unsigned(0),
  data: (section, out) => {
    section(11, data.length, (content) => {
      for (const { address, bytes } of data) {
        content.byte(0, 0x41).signed(address).byte(0x0b).unsigned(bytes.length).append(bytes);
      }
    });
    for (const [name, bytes] of Object.entries(custom)) out.byte(0).sized(new Bytes().text(name).append(bytes));
  },
});
