// Which named test holds which case that a reader or a command must take: a list that cannot outlive the tests it names.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Case = readonly [what: string, ...titles: string[]];

const held: Record<string, readonly Case[]> = {
  "src/storage/formats/safetensors.test.ts": [
    ["0 and 7 bytes", "0 bytes", "7 bytes"],
    [
      "header length",
      "header length 2^64-1",
      "header length 2^53",
      "header length 100,000,001",
      "header length past the end",
    ],
    ["header not UTF-8, a list, null, cut", "header not UTF-8", "header []", "header null", "header cut"],
    ["a name twice", "duplicate name"],
    ["names of every object load", "names __proto__ and constructor"],
    ["metadata", "__metadata__ holding a number"],
    ["the places of tensors", '"overlap"', '"hole between"', '"trailing byte"', "a zip glued on"],
    ["offsets", "offset negative", "offset fractional", "offset 1e3", 'offset "0"'],
    ["shapes", "shape product past 2^53", "negative dimension"],
    ["an unknown type", '"unknown type"'],
    ["no numbers, no axes: load", "zero-size tensors", "a rank-0 tensor"],
    ["a million names", "a million names load in bounded time"],
  ],
  "src/storage/formats/model-file.test.ts": [
    ["one flipped byte of a weight", "one flipped weight byte names the tensor"],
    ["weights that are NaN", "in weights loads, with one warning that names them"],
    ["a newer version", "a newer version says so before anything else"],
  ],
  "src/tasks/pipeline-fit.test.ts": [
    ["parts that contradict each other under right checksums", "under right checksums"],
  ],
  "test/interchange/keras-hostile.test.ts": [
    ["a Lambda layer", "CVE-2024-3660", "CVE-2025-9905", "CVE-2026-12481"],
    ["a module of Python", "CVE-2025-1550"],
    ["functions of Keras that fetch, lift the guard, load", "CVE-2025-8747", "CVE-2025-9906", "CVE-2026-1462"],
    ["a vocabulary that is a file or an address", "CVE-2025-12058: a vocabulary that is a file", "an address"],
    ["names that lead out", "CVE-2025-12060"],
    ["files that declare much", "CVE-2026-0897: 4 KB that declare 360 GB", "CVE-2026-0897: 33 KB of zeros"],
    [
      "external storage and links",
      "CVE-2026-1669: an array kept in another file",
      "CVE-2026-1669: a link to another file",
      "a soft link to a link to another file",
      "a circle of links",
    ],
    ["class names", "with a layer of class toString", "with an op nobody knows"],
    ["big-endian numbers load", "numbers are no attack"],
    ["nesting", "nested 100,000 deep"],
    ["sizes", "with 10^9 units", "with negative units", "with dropout NaN"],
    ["graphs", "that goes round in a circle", "with an input that is missing", "with a name twice"],
    ["archives within archives", "archives within archives"],
  ],
  "src/storage/formats/zip.test.ts": [
    ["encrypted", '"encrypted"'],
    ["sums that do not match", "with a wrong checksum"],
    ["sizes that lie", "that declares more", "that unpacks to much, or to more than it says"],
    ["overlapping entries", "entries that overlap"],
    ["65,535 entries", "that lists 65,535", "with 65,534 entries that are there"],
    ["length past the end", "that reaches beyond"],
    ["absolute names", "of folders above and of devices are names"],
  ],
  "src/data/gzip.test.ts": [
    ["a bomb", "refuses what grows without measure"],
    ["two members", "reads one member, and several one after the other"],
    ["trailing garbage", "after zeros"],
    ["wrong sum", "refuses a wrong checksum"],
    ["cut", "refuses a file that is cut"],
  ],
  "src/data/tar.test.ts": [
    ["paths that lead out", '"../x"', '"/etc/passwd"', '"C:\\\\x"'],
    ["links and pipes", "links with content", "unknown kinds"],
  ],
  "src/storage/directory-store.test.ts": [["a link out of a folder", "outside-folder"]],
  "src/data/table.test.ts": [["headers of every object", '"__proto__,constructor,toString']],
  "src/data/csv.test.ts": [
    ["columns without a name", "calls columns without a name by their place"],
    ["ragged", "says which row has how many fields"],
    ["header only, line feeds only", "a header and no rows"],
    ["lines that end with CR", '["\\r"]'],
  ],
  "src/data/decode.test.ts": [
    ["marks", "UTF-8 with a mark", "UTF-16 little-endian", "UTF-16 big-endian"],
    ["Latin-1", "names the byte and the line of Latin-1"],
    ["half a surrogate pair", '"a surrogate"', "half a surrogate pair in UTF-16"],
    ["NUL", "a zero byte"],
  ],
  "src/data/csv-memory.test.ts": [
    ["a quote that is never closed", "never close, in little memory"],
    ["a million columns", "refuses a million columns"],
  ],
  "src/data/csv-hostile.test.ts": [
    ["a quote opened in row 1", "says so when the quote is opened in the header"],
    ["a field of 500 MB", "refuses a field of 500 MB"],
    ["a million classes", "takes a million classes"],
    ["formulas and markup", "passes formulas and markup on as the text they are"],
    ["line ends and NUL alone", "carriage returns", "zero bytes"],
  ],
  "src/data/csv-property.test.ts": [["split at every byte", "wherever the input is split"]],
  "src/data/columns.test.ts": [["numbers", '"1e999"', '"0x10"', '"1,5"', "keeps the sign of zero"]],
  "src/data/check.test.ts": [["constant and empty columns", "finds empty, constant, gappy and mixed columns"]],
  "src/tasks/labels.test.ts": [["a class for every row", "one class, or a class for every row, is refused"]],
  "src/report/hostile.test.ts": [["markup and terminal escapes in names", "payload"]],
  "test/cli/hostile-inputs.test.ts": [
    ["a folder, a pipe, a device", "as input of each command"],
    ["a file that shrinks", "a file that shrinks while it is read"],
    ["names", "files whose names are --help, - or hold a line feed"],
    ["closed input", "no input at all"],
    ["an input without end", "without end is refused", "rows without end are answered piece by piece"],
  ],
  "test/cli/hostile-outputs.test.ts": [
    ["a read-only and a missing folder", "a read-only folder", "a missing folder"],
    ["equal to the input", "an output that is an input stays as it was", "an input that bears the name of a report"],
  ],
  "test/cli/write-faults.test.ts": [
    [
      "a full disk, and whatever else a file call says",
      "train --out",
      "train --checkpoint:",
      "tune --out:",
      "compare --out",
      "export --out",
      "import --out",
      "explain --out",
      "predict --out",
      "study show --html",
      "study repair:",
    ],
  ],
  "test/cli/usage.test.ts": [
    ["a full disk behind standard output", "a full disk behind standard output"],
    ["unknown options", "an unknown option", "an option of every object"],
    ["epochs -1 and 1e308", "a negative number", "epochs beyond counting"],
    ["threads 0, -1, 1e9", "no threads", "fewer threads than none", "a million threads"],
  ],
  "test/cli/interrupt.test.ts": [
    ["| head -1", "a reader that goes away is no failure"],
    ["interrupt while saving", "interrupted while saving"],
  ],
  "src/storage/json.test.ts": [["a key twice", "sees a key that occurs twice"]],
  "src/tasks/checkpoint-faults.test.ts": [["two trainings on one folder", "a folder admits one trainer at a time"]],
  "src/storage/lock.test.ts": [["a dead one's lock", "takes over the lock of a dead process"]],
  "src/tasks/checkpoint.test.ts": [["a checkpoint of a newer version", "when one is of a later version"]],
  "src/tuning/tuner-search.test.ts": [["the clock set back", "a clock that jumps changes nothing"]],
  "test/project/confined.test.ts": [
    ["nothing opened, no code run", "nothing but the input is opened", "no code is made of texts"],
  ],
};

describe.each(Object.entries(held))("%s", (file, cases) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  test.each(cases)("%s", (_, ...titles) => {
    for (const title of titles) expect([title, text.includes(title)]).toEqual([title, true]);
  });
});
