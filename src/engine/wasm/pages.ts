import { I32 } from "./expression.ts";
import type { Fn } from "./function.ts";

/** How many pages of 64 KB the memory has. */
export const pagesOf = (fn: Fn): I32 => fn.let(new I32((out) => out.byte(0x3f, 0)));

/** Makes the memory larger by some pages; -1 where it cannot be. */
export const growBy = (fn: Fn, pages: I32): I32 =>
  fn.let(
    new I32((out) => {
      pages.write(out);
      out.byte(0x40, 0);
    }),
  );
