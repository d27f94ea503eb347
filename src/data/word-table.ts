import { GruvyError } from "../base/index.ts";

// Lower-case letters, digits and the apostrophe make words; everything else separates them (0).
const wordCharacter = new Uint8Array(128);
for (const c of "abcdefghijklmnopqrstuvwxyz0123456789'") wordCharacter[c.charCodeAt(0)] = c.charCodeAt(0);
for (let c = 65; c <= 90; c++) wordCharacter[c] = c + 32;

const LESS_THAN = 60;
const MOST_WORDS = 2 ** 26;

/**
 * Gives each distinct word a number, from 0 in the order of first appearance, and counts it. Words are spelled into
 * one pool of bytes and found by their hash, so that scanning makes no string and no object per word.
 */
export class WordTable {
  size = 0;
  counts = new Int32Array(1024);
  #starts = new Int32Array(1025); // word n is spelled in the pool from #starts[n] to #starts[n + 1]
  #hashes = new Int32Array(1024);
  #slots = new Int32Array(4096); // number + 1, open addressing
  #pool = new Uint8Array(16384);
  #found = new Int32Array(1024);
  // Not from the seed: it changes no result, and a multiplier nobody knows leaves nobody words that all collide.
  readonly #multiplier = (Math.floor(Math.random() * 2 ** 31) << 1) | 1;

  /**
   * The numbers of the words of a text; a word never seen is added, or is -1 when the table is not to `learn`.
   * The answer is a view that the next scan overwrites.
   */
  scan(text: string, learn: boolean): Int32Array {
    this.#reserve(text.length);
    const pool = this.#pool;
    const multiplier = this.#multiplier;
    const wordStart = this.#starts[this.size];
    let start = wordStart;
    let end = start;
    let hash = 0;
    let words = 0;
    for (let i = 0; i <= text.length; i++) {
      const code = i < text.length ? text.charCodeAt(i) : 0;
      let letter = code < 128 ? wordCharacter[code] : 0;
      // The two characters beyond ASCII whose lower case holds a letter of ours: the Kelvin sign and the dotted I,
      // whose dot then separates.
      if (code === 0x212a) letter = 107;
      else if (code === 0x130) letter = 105;
      if (letter !== 0) {
        pool[end++] = letter;
        hash = Math.imul(hash, multiplier) + letter;
        if (code !== 0x130) continue;
      }
      if (end > start) {
        this.#found[words++] = this.#number(start, end, hash, learn);
        start = this.#starts[this.size];
        end = start;
        hash = 0;
      }
      if (code === LESS_THAN && isLineBreak(text, i)) i += 5;
    }
    return this.#found.subarray(0, words);
  }

  /** The spelling of word `number`. */
  word(number: number): string {
    let word = "";
    for (let i = this.#starts[number]; i < this.#starts[number + 1]; i++) word += String.fromCharCode(this.#pool[i]);
    return word;
  }

  #number(start: number, end: number, hash: number, learn: boolean): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = slots[at] - 1;
      if (number < 0) return learn ? this.#add(at, end, hash) : -1;
      if (this.#hashes[number] === hash && this.#spells(number, start, end)) {
        if (learn) this.counts[number]++;
        return number;
      }
    }
  }

  #spells(number: number, start: number, end: number): boolean {
    const pool = this.#pool;
    const from = this.#starts[number];
    if (this.#starts[number + 1] - from !== end - start) return false;
    for (let i = start; i < end; i++) if (pool[i] !== pool[from + i - start]) return false;
    return true;
  }

  #add(slot: number, end: number, hash: number): number {
    const number = this.size++;
    if (number >= MOST_WORDS) throw tooMany();
    this.#slots[slot] = number + 1;
    this.#hashes[number] = hash;
    this.#starts[number + 1] = end;
    this.counts[number] = 1;
    if (this.size === this.#hashes.length) {
      this.#hashes = grown(this.#hashes, 2 * this.size);
      this.counts = grown(this.counts, 2 * this.size);
      this.#starts = grown(this.#starts, 2 * this.size + 1);
    }
    if (2 * this.size > this.#slots.length) this.#spread(4 * this.#slots.length);
    return number;
  }

  #spread(length: number): void {
    this.#slots = new Int32Array(length);
    for (let number = 0; number < this.size; number++) {
      let at = this.#hashes[number] & (length - 1);
      while (this.#slots[at] !== 0) at = (at + 1) & (length - 1);
      this.#slots[at] = number + 1;
    }
  }

  /** Room for the words of a text of this length: never more than its characters. */
  #reserve(length: number): void {
    const end = this.#starts[this.size] + length;
    if (end > 2 ** 31 - 1) throw tooMany();
    if (end > this.#pool.length) {
      const pool = new Uint8Array(Math.min(2 ** 31 - 1, Math.max(end, 2 * this.#pool.length)));
      pool.set(this.#pool);
      this.#pool = pool;
    }
    const most = length + 1;
    if (most > this.#found.length) this.#found = new Int32Array(2 * most);
  }
}

/** `<br />` in either case. */
function isLineBreak(text: string, at: number): boolean {
  return (
    (text.charCodeAt(at + 1) | 32) === 98 &&
    (text.charCodeAt(at + 2) | 32) === 114 &&
    text.charCodeAt(at + 3) === 32 &&
    text.charCodeAt(at + 4) === 47 &&
    text.charCodeAt(at + 5) === 62
  );
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

function tooMany(): GruvyError {
  return new GruvyError("data/size", "The texts hold more distinct words than can be indexed", "Use fewer texts.");
}
