import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTar } from "../../test/data/make-tar.ts";
import { imdb, loadImdb } from "./imdb.ts";
import { type Places, readReviews } from "./imdb-source.ts";
import { wordIndex } from "./word-index.ts";

/** Forty reviews, ten of each class and part, each with a word that tells where it belongs. */
const files = ["train", "test"].flatMap((split) =>
  ["neg", "pos"].flatMap((label) =>
    Array.from({ length: 10 }, (_, i) => ({
      name: `aclImdb/${split}/${label}/${i + 3}_${label === "neg" ? 2 : 9}.txt`,
      content: `A ${label} film<br />in ${split}, café ${i + 3}.`,
    })),
  ),
);
const extra = [
  { name: "aclImdb/", type: "5" },
  { name: "aclImdb/README", content: "read me" },
  { name: "aclImdb/train/unsup/1_0.txt", content: "no label" },
  { name: "aclImdb/train/urls_pos.txt", content: "http://" },
];
const archive = gzipSync(makeTar([...extra, ...files.toReversed()]));

describe("imdb", () => {
  let folder: string;
  let server: Server;
  let places: Places;
  let requests = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "gruvy-imdb-"));
    server = createServer((_, response) => {
      requests++;
      response.end(archive);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    places = {
      cache: join(folder, "cache"),
      remote: {
        title: "small reviews",
        address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/reviews.tar.gz`,
        bytes: archive.length,
        sha256: createHash("sha256").update(archive).digest("hex"),
        otherwise: "set GRUVY_DATA.",
      },
    };
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  const refused = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  it("fetches the archive once, and reads every labelled review", async () => {
    const said: string[] = [];
    const reviews = await readReviews({ say: (sentence) => said.push(sentence) }, places);
    expect(said).toHaveLength(1);
    for (const split of ["train", "test"] as const) {
      const { texts, labels } = reviews[split];
      expect(texts).toHaveLength(20);
      texts.forEach((text, i) => {
        expect(text).toContain(labels[i] === "negative" ? "A neg film" : "A pos film");
        expect(text).toContain(`in ${split}, café`);
      });
      // Shuffled: a validation part at the end would otherwise be of one class.
      expect(new Set(labels.slice(-8)).size).toBe(2);
    }
    expect(await readReviews({}, places)).toEqual(reviews);
    expect(requests).toBe(1);
  });

  it("gives the same reviews from the archive, its folder, and the extracted folder", async () => {
    const { train, test } = await readReviews({}, places);
    write(join(folder, "whole", "aclImdb_v1.tar.gz"), archive);
    for (const { name, content } of [...files, extra[2]]) write(join(folder, "extracted", name), content!);
    for (const path of ["whole/aclImdb_v1.tar.gz", "whole", "extracted", "extracted/aclImdb"]) {
      expect(await readReviews({ path: join(folder, path) }, places)).toMatchObject({ train, test });
      expect(await readReviews({}, { ...places, data: join(folder, path) })).toMatchObject({ train, test });
    }
    expect(requests).toBe(1);
  });

  it("reads the two tables in their order", async () => {
    write(join(folder, "tables", "imdb-train.csv.gz"), gzipSync('review,label\n"Good, ""very""",1\nBad,0\n'));
    write(join(folder, "tables", "imdb-test.csv.gz"), gzipSync("label,review\n0,Worse\n1,Better\n"));
    const reviews = await readReviews({ path: join(folder, "tables") }, places);
    expect(reviews.train).toEqual({ texts: ['Good, "very"', "Bad"], labels: ["positive", "negative"] });
    expect(reviews.test).toEqual({ texts: ["Worse", "Better"], labels: ["negative", "positive"] });
    write(join(folder, "tables", "imdb-test.csv.gz"), gzipSync("label,review\n0,Worse\n5,Better\n"));
    await expect(readReviews({ path: join(folder, "tables") }, places)).rejects.toThrow(
      refused("data/label", /^Row 3 .* has the label "5"/),
    );
  });

  it("indexes the words of the training part, padded as asked", async () => {
    const { train, test, wordIndex: words } = await loadImdb({ numWords: 9, maxLength: 5, padding: "post" }, places);
    expect(train.x.shape).toEqual([20, 5]);
    expect(test.y!.shape).toEqual([20]);
    // "a neg film in train caf n": é separates, and the last five of eight indices are kept.
    expect([...words.index.keys()].slice(0, 5).sort()).toEqual(["a", "caf", "film", "in", "train"]);
    const reviews = await readReviews({}, places);
    reviews.train.texts.forEach((text, i) => {
      expect(train.x.data.subarray(5 * i, 5 * i + 5)).toEqual(words.encode(text).slice(-5));
      expect(train.y!.at(i)).toBe(text.includes(" pos ") ? 1 : 0);
    });
    expect(Math.max(...train.x.data)).toBeLessThan(9);
    const padded = await loadImdb({ maxLength: 10, padding: "post" }, places);
    expect((padded.train.x.toArray() as number[][]).every((row) => row[0] === 1 && row[9] === 0)).toBe(true);
  });

  it("goes on to the archive when GRUVY_DATA holds other things, not when path does", async () => {
    mkdirSync(join(folder, "empty"));
    expect((await readReviews({}, { ...places, data: join(folder, "empty") })).train.texts).toHaveLength(20);
    await expect(readReviews({ path: join(folder, "empty") }, places)).rejects.toThrow(
      refused("file/not-found", /Expected aclImdb_v1.tar.gz, .* found none of them/),
    );
    for (const source of [{ path: join(folder, "absent") }, {}]) {
      await expect(readReviews(source, { ...places, data: join(folder, "absent") })).rejects.toThrow(
        refused("file/not-found", /There is no file or folder/),
      );
    }
  });

  it.each<[string, Uint8Array, string, RegExp]>([
    ["cut", archive.subarray(0, archive.length - 20), "file/gzip", /ends before it is complete/],
    ["no gzip", Buffer.from("review,label\n"), "file/gzip", /not a sound gzip file/],
    ["no tar", gzipSync("review,label\n".repeat(100)), "data/archive", /no tar archive/],
    ["without reviews", gzipSync(makeTar(extra)), "data/archive", /holds no negative reviews to train/],
    [
      "of one class",
      gzipSync(makeTar(files.filter(({ name }) => !name.includes("test/pos")))),
      "data/archive",
      /holds no positive reviews to test/,
    ],
    [
      "with a long review",
      gzipSync(makeTar([...files, { name: "train/pos/x.txt", content: "x".repeat(2 ** 21) }])),
      "data/archive",
      /2097152 bytes/,
    ],
    [
      "in Latin-1",
      gzipSync(makeTar([...files, { name: "train/pos/x.txt", content: Uint8Array.of(0x63, 0xe9) }])),
      "data/encoding",
      /x.txt/,
    ],
  ])("refuses an archive that is %s", async (_, content, code, message) => {
    const path = join(folder, "given.tar.gz");
    write(path, content);
    await expect(readReviews({ path }, places)).rejects.toThrow(refused(code, message));
  });

  it("says without a network, in one sentence, what to do", async () => {
    const remote = { ...places.remote, address: "http://127.0.0.1:1/reviews.tar.gz" };
    await expect(readReviews({}, { remote, cache: join(folder, "none") })).rejects.toThrow(
      refused("network/failed", /could not be fetched from .*Check the connection.*GRUVY_DATA/),
    );
  });

  it("checks its options before it fetches anything", async () => {
    await expect(imdb({ numWords: 0 })).rejects.toThrow(/numWords/);
    await expect(imdb({ maxLength: -1 })).rejects.toThrow(/maxLength/);
    await expect(imdb({ padding: "front" as "pre" })).rejects.toThrow(/padding/);
  });

  const real = process.env.GRUVY_DATA;
  const isThere = real !== undefined && existsSync(join(real, "imdb-train.csv.gz"));
  if (!isThere) console.warn("SKIPPED: GRUVY_DATA names no folder with imdb-train.csv.gz and imdb-test.csv.gz");
  it.skipIf(!isThere)("indexes the real reviews as the reference tokenisation does, to the bit", async () => {
    // From Python: lower case, "<br />" out, everything but a-z, 0-9, ' and space to space, Counter.most_common(9997).
    const expected = {
      train: "42615bf4701963187b8383e9c944d93660f84ee17bea58ad3161b4cbceb91fab",
      test: "d87a66921957e8e0854c13be450b20a3aefdd4f91b14bd8a23621c9a169f1ac4",
    };
    const reviews = await readReviews({ path: real });
    const words = wordIndex(reviews.train.texts, { numWords: 10_000 });
    expect([...words.index].slice(0, 3)).toEqual([
      ["the", 3],
      ["and", 4],
      ["a", 5],
    ]);
    expect(words.index.size).toBe(9997);
    for (const name of ["train", "test"] as const) {
      const { texts, labels } = reviews[name];
      const hash = createHash("sha256");
      for (const text of texts) {
        const { buffer, byteOffset, byteLength } = words.encode(text);
        hash.update(new Uint8Array(buffer, byteOffset, byteLength));
      }
      expect(hash.digest("hex")).toBe(expected[name]);
      expect(texts).toHaveLength(24_980);
      expect(labels.filter((label) => label === "positive")).toHaveLength(12_490);
    }
  });
});
