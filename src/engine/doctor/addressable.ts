const PAGE = 65536;

/** Bytes that one model's memory can grow to here: 4 GB, or less where the system gives less address space. */
export function addressable(): number {
  for (let pages = PAGE; pages > 1; pages /= 2) {
    try {
      // Pages are only taken from the machine when something is written to them.
      const memory = new WebAssembly.Memory({ initial: 1, maximum: pages });
      memory.grow(pages - 1);
      return pages * PAGE;
    } catch {}
  }
  return 0;
}
