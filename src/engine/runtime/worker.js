// What runs in each thread of the team, in Node and in pages alike: it keeps memories and program instances by number
// and runs them when told. Plain JavaScript, because workers are started from this very file.

const port = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.parentPort ?? globalThis;
const memories = new Map();
const programs = new Map();
/** Where memory can be shared: how many threads of the team are still at the run under way. */
let left;

function handle(message) {
  switch (message.do) {
    case "team":
      left = message.left;
      return undefined;
    case "memory":
      memories.set(message.memory, message.shared ?? new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
      return undefined;
    case "grow": {
      const memory = memories.get(message.memory);
      const missing = message.pages - memory.buffer.byteLength / 65536;
      if (missing > 0) memory.grow(missing);
      return undefined;
    }
    case "write":
      new Uint8Array(memories.get(message.memory).buffer).set(message.bytes, message.address);
      return undefined;
    case "read":
      return new Uint8Array(memories.get(message.memory).buffer, message.address, message.length).slice();
    case "program": {
      const memory = memories.get(message.memory);
      const instance = new WebAssembly.Instance(message.module, { env: { memory } });
      programs.set(message.program, { instance, memory });
      return undefined;
    }
    case "run": {
      for (const { program, next } of message.runs) {
        const { instance, memory } = programs.get(program);
        // A memory that another thread has grown while it was on its way here keeps its old size in V8's books, and
        // the program would trap; growing it by nothing brings them up to date.
        memory.grow(0);
        instance.exports.run(message.thread, message.threads, next);
      }
      return !left || Atomics.sub(left, 0, 1) === 1;
    }
    case "forget":
      for (const program of message.programs) programs.delete(program);
      memories.delete(message.memory);
      return undefined;
    default:
      throw new Error(`unknown request ${message.do}`);
  }
}

const receive = (message) => {
  try {
    const result = handle(message);
    // The last thread of a run answers for all.
    if (message.job !== undefined && result) port.postMessage({ job: message.job, result });
  } catch (error) {
    // Memory that cannot be had is no fault of this thread.
    const refused = message.pages && [65536 * message.pages, memories.get(message.memory).buffer.byteLength];
    port.postMessage({ error: String(error?.message ?? error), refused });
  }
};

if (port === globalThis) port.onmessage = (event) => receive(event.data);
else port.on("message", receive);

// Whatever breaks from here on, this thread was there.
port.postMessage({});
