import { expect, test, vi } from "vitest";
import { interruptible } from "./interrupt.ts";
import { beginAnswer, print } from "./terminal.ts";

test("an interrupt says whether anything was printed", async () => {
  const listeners = process.listeners("SIGINT");
  const said: string[] = [];
  const ended = new Error("ended");
  const exit = vi.spyOn(process, "exit").mockImplementation(() => {
    throw ended;
  });
  const write = vi.spyOn(process.stdout, "write").mockImplementation((_text, done) => {
    (done as unknown as () => void)();
    return true;
  });
  try {
    beginAnswer();
    interruptible((text) => said.push(text));
    const [interrupt] = process.listeners("SIGINT").filter((one) => !listeners.includes(one));
    expect(() => interrupt("SIGINT")).toThrow(ended);
    await print("1961-01  450\n");
    expect(() => interrupt("SIGINT")).toThrow(ended);
    expect(said).toEqual(["Interrupted; nothing was written.", "Interrupted; what was printed may not be all."]);
  } finally {
    exit.mockRestore();
    write.mockRestore();
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      for (const one of process.listeners(name)) if (!listeners.includes(one)) process.off(name, one);
    }
    beginAnswer();
  }
});
