import { describe, expect, test } from "vitest";
import { GruvyError, Tensor, tensor } from "../../base/index.ts";
import { decodeModelFile, encodeModelFile, type StoredModel } from "./model-file.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
import { fromTensor } from "./stored-tensor.ts";

const source = "model.gruvy";
const model = {
  architecture: { layers: [{ class: "GRU", units: 2 }], name: "sequential" },
  preprocessing: { scaler: { minimum: 104, maximum: 622.5 }, words: ["the", "né", "__proto__"], large: 2 ** 63 },
  training: { epochs: 3, loss: [0.5, 0.25, 0.125] },
  tensors: new Map([
    [
      "gru/gru_cell/kernel",
      tensor([
        [0.5, -1.25],
        [3, 4],
      ]),
    ],
    ["dense/bias", tensor([0])],
  ]),
  optimizer: new Map<string, Tensor>([
    ["iterations", new Tensor([], Int32Array.of(120))],
    [
      "adam/gru_gru_cell_kernel_momentum",
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
  ]),
  extra: new Map([
    ["made by", "a later version"],
    ["__proto__", "kept"],
  ]),
} satisfies StoredModel;

const read = (file: Uint8Array) => decodeModelFile(file, { source });
const errorOf = (call: () => unknown): GruvyError => {
  try {
    call();
  } catch (error) {
    if (error instanceof GruvyError) return error;
    throw error;
  }
  return expect.unreachable("it was accepted");
};

/** The file as another program would write it back, after a change of its parts. */
function edited(change: (metadata: Map<string, string>, tensors: Map<string, ReturnType<typeof fromTensor>>) => void) {
  const { tensors, metadata } = decodeSafetensors(encodeModelFile(model));
  const parts = { tensors: new Map(tensors), metadata: new Map(metadata) };
  change(parts.metadata, parts.tensors);
  return encodeSafetensors(parts);
}

describe("a model", () => {
  test("comes back as it was", () => {
    const back = read(encodeModelFile(model));
    expect(back.architecture).toEqual(model.architecture);
    expect(back.preprocessing).toEqual(model.preprocessing);
    expect(back.training).toEqual(model.training);
    expect(back.tensors).toEqual(model.tensors);
    expect(back.optimizer).toEqual(model.optimizer);
    expect(back.extra).toEqual(model.extra);
    expect(back.warnings).toEqual([]);
    expect(Object.getPrototypeOf(back.architecture)).toBe(null);
  });

  test("written again gives the same bytes, unknown keys and all", () => {
    const file = encodeModelFile(model);
    expect(encodeModelFile(read(file))).toEqual(file);
    expect(encodeModelFile(model)).toEqual(file);
  });

  test("is a safetensors file with readable metadata", () => {
    const { tensors, metadata } = decodeSafetensors(encodeModelFile(model));
    expect([...tensors.keys()]).toEqual([
      "gru/gru_cell/kernel",
      "dense/bias",
      "optimizer/iterations",
      "optimizer/adam/gru_gru_cell_kernel_momentum",
    ]);
    expect([metadata.get("format"), metadata.get("version")]).toEqual(["gruvy", "1"]);
    expect(JSON.parse(metadata.get("training") ?? "")).toEqual(model.training);
    // CRC-32 of four zero bytes.
    expect(JSON.parse(metadata.get("checksums") ?? "").tensors["dense/bias"]).toBe("F32[1] 2144df1c");
  });

  test("needs neither optimizer nor extra nor records", () => {
    const { architecture, tensors } = model;
    const back = read(encodeModelFile({ architecture, tensors, preprocessing: undefined, training: null }));
    expect([back.preprocessing, back.training, back.optimizer, back.extra.size]).toEqual([null, null, undefined, 0]);
  });

  test("keeps what another program adds", () => {
    const file = edited((metadata) => metadata.set("license", "MIT"));
    expect(read(file).extra.get("license")).toBe("MIT");
  });
});

describe("a damaged file", () => {
  test("one flipped weight byte names the tensor", () => {
    const file = encodeModelFile(model);
    const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const names = [
      "gru/gru_cell/kernel",
      "dense/bias",
      "optimizer/iterations",
      "optimizer/adam/gru_gru_cell_kernel_momentum",
    ];
    const ends = [16, 20, 24, 40];
    for (let i = header; i < file.length; i++) {
      const altered = file.slice();
      altered[i] ^= 1 << (i % 8);
      const error = errorOf(() => read(altered));
      expect(error.code).toBe("file/altered");
      expect(error.message).toContain(`"${names[ends.findIndex((end) => i - header < end)]}"`);
    }
  });

  test("any flipped bit anywhere is noticed", () => {
    const file = encodeModelFile(model);
    const good = read(file);
    for (let i = 0; i < file.length; i++) {
      const altered = file.slice();
      altered[i] ^= 1 << (i % 7);
      try {
        // A space of the padding may become another white space, which changes nothing.
        expect(read(altered)).toEqual(good);
        expect(file[i]).toBe(32);
      } catch (error) {
        if (!(error instanceof GruvyError)) throw error;
      }
    }
  });

  test.each([
    [
      "an altered scaler",
      edited((m) => m.set("preprocessing", (m.get("preprocessing") ?? "").replace("104", "105"))),
      'the entry "preprocessing" is not as it was written',
    ],
    ["an altered unknown key", edited((m) => m.set("made by", "me")), 'the entry "made by" is not as it was written'],
    ["a lost unknown key", edited((m) => m.delete("made by")), 'the entry "made by" is missing'],
    ["a lost record", edited((m) => m.delete("architecture")), 'the entry "architecture" is missing'],
    ["no checksums", edited((m) => m.delete("checksums")), 'the entry "checksums" is missing'],
    ["checksums of nothing", edited((m) => m.set("checksums", "[]")), "its checksums of tensors are missing"],
    [
      "checksums of no texts",
      edited((m) => m.set("checksums", '{"tensors":{},"texts":null}')),
      "its checksums of texts are missing",
    ],
    ["a lost tensor", edited((_, t) => t.delete("dense/bias")), 'tensor "dense/bias" is missing'],
    [
      "an added tensor",
      edited((_, t) => t.set("constructor", fromTensor(tensor([1])))),
      'tensor "constructor" has no checksum',
    ],
    [
      "a turned tensor",
      edited((_, t) => t.set("gru/gru_cell/kernel", { ...fromTensor(tensor([0.5, -1.25, 3, 4])), shape: [4] })),
      'tensor "gru/gru_cell/kernel" is not as it was written',
    ],
    ["version 0", edited((m) => m.set("version", "0")), 'its version is "0"'],
    ["version 1e3", edited((m) => m.set("version", "1e3")), 'its version is "1e3"'],
  ])("%s is named", (_, file, message) => {
    const error = errorOf(() => read(file));
    expect(error.code).toBe("file/altered");
    expect(error.message).toContain(`model.gruvy was altered or damaged: ${message}`);
  });

  test("a newer version says so before anything else", () => {
    const error = errorOf(() => read(edited((m) => m.set("version", "2").delete("checksums"))));
    expect(error.code).toBe("file/newer-version");
    expect(error.message).toBe("model.gruvy has format version 2, this Gruvy reads up to 1. Update Gruvy to read it.");
  });

  test("a safetensors file of another program is no model", () => {
    for (const metadata of [new Map(), new Map([["format", "pt"]])]) {
      expect(errorOf(() => read(encodeSafetensors({ tensors: new Map(), metadata }))).code).toBe("file/not-a-model");
    }
  });

  test("a broken record says where", () => {
    const text = '{"layers": [}';
    const error = errorOf(() => read(edited((m) => m.set("checksums", text))));
    expect(error.code).toBe("file/json");
    expect(error.message).toContain('character 13 of the entry "checksums" of model.gruvy');
  });
});

describe("NaN", () => {
  test("in weights loads, with one warning that names them", () => {
    const nan = tensor([1, Number.NaN]);
    const tensors = new Map(["a", "b", "c", "d", "e"].map((name) => [name, nan]));
    const back = read(encodeModelFile({ ...model, tensors }));
    expect(back.tensors.get("a")?.at(1)).toBeNaN();
    expect(back.warnings).toHaveLength(1);
    expect(back.warnings[0]).toContain('Weights of model.gruvy hold NaN: "a", "b", "c" and 2 more.');
  });

  test("in a record is refused when writing, for JSON has no NaN", () => {
    const error = errorOf(() => encodeModelFile({ ...model, training: { loss: [1, Number.NaN] } }));
    expect(error.code).toBe("usage/not-json");
    expect(error.message).toContain("training.loss[1]");
  });
});

describe("names that are taken", () => {
  test("a weight under optimizer/", () => {
    const tensors = new Map([["optimizer/kernel", tensor([1])]]);
    expect(errorOf(() => encodeModelFile({ ...model, tensors })).code).toBe("usage/tensor-name");
  });

  test("an extra key with a meaning", () => {
    for (const key of ["format", "version", "checksums", "architecture", "preprocessing", "training"]) {
      const extra = new Map([[key, "x"]]);
      expect(errorOf(() => encodeModelFile({ ...model, extra })).code).toBe("usage/metadata-name");
    }
  });
});
