import { Bytes } from "./bytes.ts";
import type { AnyExpression } from "./expression.ts";
import { Fn, type Kind } from "./function.ts";
import { type Target, valueType } from "./write.ts";

/** A function of the module, called by statements of others. */
export interface FunctionRef {
  readonly index: number;
}

interface Entry {
  readonly signature: string;
  body?: Bytes;
  exported?: string;
}

/** A memory of the module's own, exported as `memory`, with what lies in it from the start. */
export interface OwnMemory {
  readonly pages: number;
  readonly data: readonly { readonly address: number; readonly bytes: Uint8Array }[];
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

  /** `own`: the module brings its memory along. `custom`: sections that say something to whoever reads the file. */
  finish(own?: OwnMemory, custom: Readonly<Record<string, Uint8Array>> = {}): Uint8Array<ArrayBuffer> {
    const signatures = [...new Set(this.entries.map((entry) => entry.signature))];
    const out = new Bytes().byte(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const section = (id: number, count: number, write: (content: Bytes) => void) => {
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
    if (own) section(5, 1, (content) => content.byte(0).unsigned(own.pages));
    const exported = this.entries.flatMap((entry, index) => (entry.exported ? [{ name: entry.exported, index }] : []));
    section(7, exported.length + (own ? 1 : 0), (content) => {
      if (own) content.text("memory").byte(2).unsigned(0);
      for (const { name, index } of exported) content.text(name).byte(0).unsigned(index);
    });
    section(10, this.entries.length, (content) => {
      for (const entry of this.entries) content.sized(entry.body!);
    });
    if (own) {
      section(11, own.data.length, (content) => {
        for (const { address, bytes } of own.data) {
          content.byte(0, 0x41).signed(address).byte(0x0b).unsigned(bytes.length).append(bytes);
        }
      });
    }
    for (const [name, bytes] of Object.entries(custom)) out.byte(0).sized(new Bytes().text(name).append(bytes));
    return out.view().slice();
  }
}
