import type { Tensor } from "../base/index.ts";
import type { LoadedData } from "../data/index.ts";
import { crc32Text } from "../storage/index.ts";

/** Eight digits that tell data apart from others, so that a model recognises what it was trained on. */
export function fingerprint(data: LoadedData): string {
  if (data.kind === "series") return seriesFingerprint(data.values);
  if (data.kind === "sequences") {
    const { x } = data.train;
    return crc32Text(new Uint8Array(x.data.slice().buffer));
  }
  return crc32Text(new TextEncoder().encode(data.train.texts.join("\n")));
}

/** Digits that tell data apart from others also where only targets, what was filled in, or the part to test on differ. */
export function wholeFingerprint(data: LoadedData): string {
  if (data.kind === "series") {
    const { method, rows = [] } = data.missing ?? {};
    return rows.length === 0 ? fingerprint(data) : `${fingerprint(data)} ${method} ${rows.join(" ")}`;
  }
  if (data.kind === "texts") {
    const test = data.test && { texts: data.test.texts, labels: data.test.labels };
    return `${fingerprint(data)} ${crc32Text(new TextEncoder().encode(JSON.stringify([data.train.labels, test])))}`;
  }
  const { train, test } = data;
  const parts = [train.y, test?.x, test?.y].flatMap((one) => (one === undefined ? [] : [bytesOf(one)]));
  return [fingerprint(data), ...parts.map(crc32Text)].join(" ");
}

const bytesOf = ({ data }: Tensor): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

export function seriesFingerprint(values: Float64Array): string {
  return crc32Text(new Uint8Array(values.slice().buffer));
}
