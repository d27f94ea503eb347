/** Which features each text has: those of row r are `features[starts[r]]` to `features[starts[r + 1] - 1]`. */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly features: Uint32Array;
}

/** The words and pairs of neighbouring words known from the texts a model was fitted on. */
export interface WordPairs {
  readonly size: number;
  /** The known features that are present in each text, each once. */
  find(texts: readonly string[]): SparseRows;
}

/**
 * Gathers the words and word pairs that occur in at least `minCount` of the texts, and which of them each text has.
 * Features are numbered as they first occur.
 */
export function gatherWordPairs(
  texts: readonly string[],
  tokenize: (text: string) => readonly string[],
  minCount: number,
): { known: WordPairs; rows: SparseRows } {
  const words = new Map<string, number>();
  const table = new CountTable();
  const encoded = encode(texts, (text) => {
    return tokenize(text).map((word) => {
      const id = words.get(word) ?? words.size;
      if (id === words.size) words.set(word, id);
      return id;
    });
  });
  for (let text = 0; text < texts.length; text++) {
    eachKey(encoded.ids, encoded.starts[text], encoded.starts[text + 1], (key) => table.count(key, text));
  }
  const size = table.number(minCount);
  const known: WordPairs = {
    size,
    find: (others) => {
      const ids = encode(others, (text) => tokenize(text).map((word) => words.get(word) ?? -1));
      return select(ids, others.length, table, size);
    },
  };
  return { known, rows: select(encoded, texts.length, table, size) };
}

interface Encoded {
  readonly starts: Uint32Array;
  readonly ids: Int32Array;
}

function encode(texts: readonly string[], idsOf: (text: string) => number[]): Encoded {
  const starts = new Uint32Array(texts.length + 1);
  let ids = new Int32Array(1024);
  for (let text = 0; text < texts.length; text++) {
    const found = idsOf(texts[text]);
    const end = starts[text] + found.length;
    if (end > ids.length) ids = grown(ids, end);
    ids.set(found, starts[text]);
    starts[text + 1] = end;
  }
  return { starts, ids };
}

function grown(ids: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(needed, 2 * ids.length));
  larger.set(ids);
  return larger;
}

/** Words below this many; a pair's key is then exact in a float64. */
const wordSpace = 67_108_864;

/** Calls back for each word and each pair of neighbours, unknown words (-1) left out, repetitions included. */
function eachKey(ids: Int32Array, start: number, end: number, use: (key: number) => void): void {
  let previous = -1;
  for (let i = start; i < end; i++) {
    const id = ids[i];
    if (id >= 0) {
      use(id);
      if (previous >= 0) use((previous + 1) * wordSpace + id);
    }
    previous = id;
  }
}

function select(encoded: Encoded, texts: number, table: CountTable, size: number): SparseRows {
  const starts = new Uint32Array(texts + 1);
  let features = new Int32Array(1024);
  let end = 0;
  const lastText = new Int32Array(size).fill(-1);
  for (let text = 0; text < texts; text++) {
    const most = end + 2 * (encoded.starts[text + 1] - encoded.starts[text]);
    if (most > features.length) features = grown(features, most);
    eachKey(encoded.ids, encoded.starts[text], encoded.starts[text + 1], (key) => {
      const feature = table.feature(key);
      if (feature < 0 || lastText[feature] === text) return;
      lastText[feature] = text;
      features[end++] = feature;
    });
    starts[text + 1] = end;
  }
  return { starts, features: Uint32Array.from(features.subarray(0, end)) };
}

/** In how many texts each key occurs: open addressing over typed arrays, as a Map of millions is slow and large. */
class CountTable {
  private capacity = 1 << 16;
  private used = 0;
  private keys = new Float64Array(this.capacity).fill(-1);
  private counts = new Int32Array(this.capacity);
  private lastText = new Int32Array(this.capacity);
  /** The order of first occurrence; afterwards the number of the feature, -1 for those too rare. */
  private order = new Int32Array(this.capacity);

  count(key: number, text: number): void {
    let slot = this.slot(key);
    if (this.keys[slot] < 0) {
      if (2 * this.used >= this.capacity) {
        this.grow();
        slot = this.slot(key);
      }
      this.keys[slot] = key;
      this.order[slot] = this.used++;
      this.lastText[slot] = -1;
    }
    if (this.lastText[slot] === text) return;
    this.lastText[slot] = text;
    this.counts[slot]++;
  }

  /** Numbers the keys that occur in at least `minCount` texts, as they first occurred; returns how many there are. */
  number(minCount: number): number {
    const kept = new Int32Array(this.used);
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.keys[slot] >= 0 && this.counts[slot] >= minCount) kept[this.order[slot]] = 1;
    }
    let size = 0;
    for (let i = 0; i < kept.length; i++) kept[i] = kept[i] === 1 ? size++ : -1;
    for (let slot = 0; slot < this.capacity; slot++) {
      if (this.keys[slot] >= 0) this.order[slot] = kept[this.order[slot]];
    }
    // Counting is over; a fitted model keeps keys and numbers alone.
    this.counts = this.lastText = new Int32Array(0);
    return size;
  }

  /** The number of a key's feature, or -1. */
  feature(key: number): number {
    const slot = this.slot(key);
    return this.keys[slot] < 0 ? -1 : this.order[slot];
  }

  private slot(key: number): number {
    const high = Math.floor(key / wordSpace);
    let hash = Math.imul(high ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(key - high * wordSpace, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    let slot = (hash ^ (hash >>> 13)) & (this.capacity - 1);
    while (this.keys[slot] >= 0 && this.keys[slot] !== key) slot = (slot + 1) & (this.capacity - 1);
    return slot;
  }

  private grow(): void {
    const { keys, counts, lastText, order } = this;
    this.capacity *= 2;
    this.keys = new Float64Array(this.capacity).fill(-1);
    this.counts = new Int32Array(this.capacity);
    this.lastText = new Int32Array(this.capacity);
    this.order = new Int32Array(this.capacity);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] < 0) continue;
      const slot = this.slot(keys[i]);
      this.keys[slot] = keys[i];
      this.counts[slot] = counts[i];
      this.lastText[slot] = lastText[i];
      this.order[slot] = order[i];
    }
  }
}
