// Readers of tables and archives of texts.

import { gzipSync } from "node:zlib";
import { gunzip } from "../../src/data/gzip.ts";
import { parseCsv, parseJsonLines } from "../../src/data/index.ts";
import { tarEntries } from "../../src/data/tar.ts";
import { makeTar, pax } from "../data/make-tar.ts";
import { changedBytes, changedJson, type Draw, joined } from "./mutate.ts";

import { type Reader, source, utf8 } from "./reader.ts";

const tables = [
  'text,label\r\n"a, ""b""\r\nc",1\r\n\r\nplain,0\r\n"",x\r\n',
  "\ufeffmonth\tvalue\n1949-01\t112\n1949-02\t1,5\n1949-03\t€ü𝄞\n",
  `a;b\n${Array.from({ length: 200 }, (_, i) => `${i};${i * i}.5`).join("\n")}\n`,
  "__proto__,constructor,__proto__\n1,2,3\n1e999,0x10,-0\n",
];

async function told(table: Awaited<ReturnType<typeof parseCsv>>): Promise<unknown> {
  return [table.names, table.columns.map(({ kind, values }) => [kind, Array.from(values)])];
}

export const csv = (): Reader => ({
  name: ".csv",
  share: 20_000,
  files: tables.map(utf8),
  read: async (file) => told(await parseCsv(file, { source })),
});

export function csvGz(): Reader {
  const files = [...tables.map((text) => gzipSync(text)), joined(gzipSync(tables[2]), gzipSync("300;9\n"))].map(
    (file) => new Uint8Array(file),
  );
  return {
    name: ".csv.gz",
    share: 10_000,
    files,
    within: (draw) => new Uint8Array(gzipSync(changedBytes(draw, tables.map(utf8)))),
    read: async (file) => told(await parseCsv(gunzip([file], source), { source })),
  };
}

export function jsonLines(): Reader {
  const rows = [
    { text: "a good film", label: "yes", stars: 4.5, seen: true },
    { text: "né\u2028", label: "no", stars: null, seen: false },
    { text: "", label: "__proto__", stars: 1e300, seen: null },
  ];
  const files = [utf8(rows.map((row) => `${JSON.stringify(row)}\n`).join(""))];
  const within = (draw: Draw) => utf8(rows.map((row) => `${JSON.stringify(changedJson(draw, row))}\n`).join(""));
  return {
    name: ".jsonl",
    share: 10_000,
    files,
    within,
    read: async (file) => told(await parseJsonLines(file, { source })),
  };
}

export function tar(): Reader {
  const within = (draw: Draw) => {
    const parts = [
      { name: "a/pos/1_9.txt", content: "good" },
      pax({ path: "a/neg/long.txt", size: "3" }),
      { name: "x", size: "00000000003\0", content: "bad" },
    ];
    const changed = changedJson(draw, JSON.parse(JSON.stringify(parts)));
    try {
      return makeTar(changed as never);
    } catch {
      return files[0];
    }
  };
  const files = [
    makeTar([
      { name: "a/pos/1_9.txt", content: "good" },
      pax({ path: "a/neg/long.txt", size: "3" }),
      { name: "x", content: "bad" },
    ]),
    makeTar([
      { name: "././@LongLink", type: "L", content: "a/pos/2_8.txt\0" },
      { name: "short", content: "fine" },
      { name: "l", type: "2" },
    ]),
  ];
  const read = async (file: Uint8Array) => {
    const found: unknown[] = [];
    async function* chunks() {
      for (let at = 0; at < file.length; at += 700) yield file.subarray(at, at + 700);
    }
    for await (const entry of tarEntries(chunks(), { source, wanted: () => true })) found.push(entry);
    return found;
  };
  return { name: ".tar", share: 10_000, files, within, read };
}
