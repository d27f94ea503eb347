/** A growing list of bytes with WebAssembly's variable-length integers. */
export class Bytes {
  private buffer = new Uint8Array(256);
  length = 0;

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.length + count));
    larger.set(this.buffer);
    this.buffer = larger;
  }

  byte(...values: number[]): this {
    this.reserve(values.length);
    for (const value of values) this.buffer[this.length++] = value;
    return this;
  }

  unsigned(value: number): this {
    this.reserve(5);
    while (value > 127) {
      this.buffer[this.length++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    this.buffer[this.length++] = value;
    return this;
  }

  /** A signed 32-bit integer. */
  signed(value: number): this {
    value |= 0;
    for (;;) {
      const low = value & 127;
      value >>= 7;
      const done = (value === 0 && (low & 64) === 0) || (value === -1 && (low & 64) !== 0);
      this.byte(done ? low : low | 128);
      if (done) return this;
    }
  }

  float32(value: number): this {
    return this.append(new Uint8Array(Float32Array.of(value).buffer));
  }

  float64(value: number): this {
    return this.append(new Uint8Array(Float64Array.of(value).buffer));
  }

  text(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.unsigned(bytes.length).append(bytes);
  }

  append(bytes: Uint8Array | Bytes): this {
    const view = bytes instanceof Bytes ? bytes.view() : bytes;
    this.reserve(view.length);
    this.buffer.set(view, this.length);
    this.length += view.length;
    return this;
  }

  /** Appends what is preceded by its own length. */
  sized(content: Bytes): this {
    return this.unsigned(content.length).append(content);
  }

  view(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }
}
