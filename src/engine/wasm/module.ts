import { Bytes } from "./bytes.ts";
import { type AnyExpression, Fn, type FunctionRef, type Kind } from "./function.ts";
import { type Target, valueType } from "./write.ts";

interface Entry {
  readonly signature: string;
  body?: Bytes;
  exported?: string;
}

/** Writes a section of so many entries. */
export type WriteSection = (id: number, count: number, write: (content: Bytes) => void) => void;

/** What a module has that brings its memory along: see `ownMemory`. */
export interface OwnMemory {
  memory(section: WriteSection): void;
  exported(content: Bytes): void;
  data(section: WriteSection, out: Bytes): void;
}

/** One WebAssembly module over an imported memory `env.memory`, or its own. */
export class Module {
  readonly target: Target;
  private readonly shared: boolean;
  private readonly entries: Entry[] = [];
  private readonly named = new Map<string, FunctionRef>();

  constructor(target: Target, options: { shared: boolean }) {
    this.target = target;
    this.shared = options.shared;
  }

  /**
   * Adds a function; `body` gets the writer and the parameters and may return the result. A function is written once
   * for each name: asked for again, the first one is returned, so names say everything the code depends on.
   */
  function<const P extends readonly Kind[]>(
    name: string,
    parameters: P,
    body: (fn: Fn, ...values: { [K in keyof P]: P[K] extends Kind<infer E> ? E : never }) => AnyExpression | undefined,
    options: { export?: boolean; result?: Kind } = {},
  ): FunctionRef {
    const found = this.named.get(name);
    if (found) return found;
    const types = parameters.map((kind) => valueType[kind.type]);
    const results = options.result ? [valueType[options.result.type]] : [];
    const entry: Entry = { signature: JSON.stringify([types, results]), exported: options.export ? name : undefined };
    const ref = { index: this.entries.push(entry) - 1 };
    this.named.set(name, ref);
    const fn = new Fn(this.target);
    const values = parameters.map((kind) => fn.parameter(kind));
    const result = (body as (fn: Fn, ...values: AnyExpression[]) => AnyExpression | undefined)(fn, ...values);
    entry.body = fn.finish(result);
    return ref;
  }

  /** `own`: the module brings its memory along. */
  finish(own?: OwnMemory): Uint8Array<ArrayBuffer> {
    const signatures = [...new Set(this.entries.map((entry) => entry.signature))];
    const out = new Bytes().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const section: WriteSection = (id, count, write) => {
      const content = new Bytes().unsigned(count);
      write(content);
      out.byte(id).sized(content);
    };
    section(1, signatures.length, (content) => {
      for (const signature of signatures) {
        const [parameters, results] = JSON.parse(signature) as number[][];
        content
          .byte(0x60)
          .unsigned(parameters.length)
          .byte(...parameters);
        content.unsigned(results.length).byte(...results);
      }
    });
    if (!own) {
      section(2, 1, (content) => {
        content.text("env").text("memory").byte(2);
        if (this.shared) content.byte(3).unsigned(1).unsigned(65536);
        else content.byte(0).unsigned(1);
      });
    }
    section(3, this.entries.length, (content) => {
      for (const entry of this.entries) content.unsigned(signatures.indexOf(entry.signature));
    });
    own?.memory(section);
    const exported = this.entries.flatMap((entry, index) => (entry.exported ? [{ name: entry.exported, index }] : []));
    section(7, exported.length + (own ? 1 : 0), (content) => {
      own?.exported(content);
      for (const { name, index } of exported) content.text(name).byte(0).unsigned(index);
    });
    section(10, this.entries.length, (content) => {
      for (const entry of this.entries) content.sized(entry.body!);
    });
    own?.data(section, out);
    return out.view().slice();
  }
}
