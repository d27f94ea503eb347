// One HDF5 file, read or written by the HDF5 library in a thread of its own: an instance that serves no other file,
// whose memory goes when it ends, and which can be ended whatever it does. Plain JavaScript, because workers are started
// from this very file.

import "./hdf5-quiet.js";
import * as hdf5 from "h5wasm";

const port = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.parentPort ?? globalThis;
/** Where the file is held: a name that nothing in a file can know, and so nothing in it can mean. */
const HELD = `/${crypto.randomUUID()}.h5`;
/** Filters that the library has built in: deflate, shuffle, fletcher32, szip, n-bit, scale-offset. */
const filters = [1, 2, 3, 4, 5, 6];

let module;
let file;
/** Bytes that may still be read. */
let left = 0;

/** What is said to the user: a code's second half, and the rest of a sentence. */
class Refusal extends Error {
  constructor(code, what) {
    super(what);
    this.code = code;
  }
}

async function handle(message) {
  module ??= await hdf5.ready;
  switch (message.do) {
    case "open":
      return open(message);
    case "attributes":
      return attributes(message.path);
    case "names":
      return kindAt(message.path) === "group" ? module.get_names(file, message.path, false) : [];
    case "tensors":
      return message.paths.map(tensor);
    case "write":
      return write(message);
    default:
      throw new Error(`unknown request ${message.do}`);
  }
}

function open({ bytes, limit }) {
  const { FS } = module;
  // Nothing else is there either.
  for (const folder of ["/dev", "/proc/self/fd"]) {
    for (const name of FS.readdir(folder).filter((name) => !name.startsWith("."))) {
      try {
        FS.unlink(`${folder}/${name}`);
      } catch {}
    }
  }
  FS.writeFile(HELD, bytes, { canOwn: true });
  left = limit;
  file = module.open(HELD, module.H5F_ACC_RDONLY, false, -1, -1);
  if (!(file > 0n)) throw new Refusal("hdf5", "it is no HDF5 file, or a damaged one");
  if (module.get_type(file, "/") !== module.H5G_GROUP) throw new Refusal("hdf5", "it has no root group");
}

/** "group", "dataset" or undefined where nothing is. Links of a path are not followed but refused. */
function kindAt(path) {
  if (path === "/") return "group";
  const parts = path.split("/").slice(1);
  for (let i = 1; i <= parts.length; i++) {
    const prefix = `/${parts.slice(0, i).join("/")}`;
    if (module.get_symbolic_link(file, prefix) !== null) {
      throw new Refusal("link", `"${prefix}" in it is a soft link, and links are not followed`);
    }
    if (module.get_external_link(file, prefix).filename !== undefined) {
      throw new Refusal("link", `"${prefix}" in it is a link to another file, and links are not followed`);
    }
    const type = module.get_type(file, prefix);
    if (type === module.H5G_DATASET) return i === parts.length ? "dataset" : undefined;
    if (type !== module.H5G_GROUP) return undefined;
  }
  return "group";
}

function attributes(path) {
  if (kindAt(path) === undefined) return [];
  return module.get_attribute_names(file, path).map((name) => [name, attribute(path, name)]);
}

/** A text, texts, numbers, or null for what is neither. */
function attribute(path, name) {
  const about = module.get_attribute_metadata(file, path, name);
  const { STRING, INTEGER, FLOAT } = classes();
  if (about.shape === null || ![STRING, INTEGER, FLOAT].includes(about.type)) return null;
  const bytes = taken(about, `the attribute "${name}"`, (address) =>
    module.get_attribute_data(file, path, name, BigInt(address)),
  );
  const scalar = about.shape.length === 0;
  if (about.type !== STRING) {
    if (![1, 2, 4, 8].includes(about.size)) return null;
    return { type: kindOf(about), shape: about.shape, bytes };
  }
  const decoder = new TextDecoder();
  const texts = about.vlen
    ? Array.from(new Uint32Array(bytes.buffer), (address) => (address === 0 ? "" : module.UTF8ToString(address)))
    : Array.from(
        { length: about.total_size },
        (_, i) => decoder.decode(bytes.subarray(i * about.size, (i + 1) * about.size)).split("\0", 1)[0],
      );
  return scalar ? texts[0] : texts;
}

function tensor(path) {
  const kind = kindAt(path);
  if (kind === undefined) return null;
  const about = kind === "dataset" ? module.get_dataset_metadata(file, path) : undefined;
  if (!about?.shape) throw new Refusal("hdf5", `"${path}" in it is no array`);
  if (about.virtual_sources !== undefined) {
    throw new Refusal("link", `"${path}" in it is put together from other files, and links are not followed`);
  }
  const foreign = module.get_dataset_filters(file, path).find(({ id }) => !filters.includes(id));
  if (foreign) throw new Refusal("hdf5", `"${path}" in it is packed by the filter ${foreign.id}, which is not known`);
  // A chunk is unpacked whole, however little of it is used.
  if (about.chunks)
    room(
      about.chunks.reduce((product, size) => product * size, about.size),
      path,
    );
  const bytes = taken(about, `"${path}"`, (address) =>
    module.get_dataset_data(file, path, null, null, null, BigInt(address)),
  );
  return { type: kindOf(about, path), shape: about.shape, bytes };
}

function room(bytes, what) {
  if (bytes <= left) return;
  throw new Refusal("too-large", `${what} in it declares ${bytes} bytes, and ${left} may still be read`);
}

/** The bytes of an array or attribute, which `fill` puts at an address. */
function taken({ size, total_size }, what, fill) {
  const length = size * total_size;
  room(length, what);
  left -= length;
  if (length === 0) return new Uint8Array(0);
  const address = module._malloc(length);
  if (address === 0) throw new Refusal("too-large", `${what} in it needs ${length} bytes, which there are not`);
  module.HEAPU8.fill(0, address, address + length);
  if (!(fill(address) >= 0)) throw new Refusal("hdf5", `${what} in it is damaged, or lies in another file`);
  const bytes = module.HEAPU8.slice(address, address + length);
  module._free(address);
  return bytes;
}

const classes = () =>
  Object.fromEntries(
    Object.entries(module.H5T_class_t)
      .filter(([name]) => name.startsWith("H5T_"))
      .map(([name, { value }]) => [name.slice(4), value]),
  );

/** Numbers come as the library hands them out: little-endian, whatever the file has. */
function kindOf({ type, size, signed }, path) {
  const { INTEGER, FLOAT, OPAQUE } = classes();
  if (type === INTEGER) return `${signed ? "I" : "U"}${8 * size}`;
  if (type === FLOAT) return `F${8 * size}`;
  // NumPy has no bfloat16; Keras says so beside two bytes without meaning.
  if (type === OPAQUE && size === 2 && path !== undefined) {
    const names = module.get_attribute_names(file, path);
    if (names.includes("dtype") && attribute(path, "dtype") === "bfloat16") return "BF16";
  }
  throw new Refusal("element-type", `"${path}" in it holds no numbers`);
}

function write({ groups, tensors }) {
  // Arrays are kept with the time of their making; without it the same content gives the same bytes.
  Date.now = () => 0;
  // The oldest form that holds it, as h5py writes.
  const out = new hdf5.File(HELD, "w", { libver: ["earliest", "latest"] });
  if (!(out.file_id > 0n)) throw new Error("the library made no file");
  for (const { path, texts } of groups) {
    if (path !== "/") out.create_group(path);
    for (const [name, text] of Object.entries(texts)) out.get(path).create_attribute(name, text);
  }
  for (const { path, shape, data } of tensors) out.create_dataset({ name: path, data, shape });
  out.close();
  const bytes = module.FS.readFile(HELD);
  module.FS.unlink(HELD); // another file may come
  return bytes;
}

function buffersOf(result) {
  if (result instanceof Uint8Array) return [result.buffer];
  if (!Array.isArray(result)) return [];
  return result.flatMap((one) => (one?.bytes instanceof Uint8Array ? [one.bytes.buffer] : []));
}

async function receive(message) {
  try {
    const result = await handle(message);
    port.postMessage({ job: message.job, result }, buffersOf(result));
  } catch (error) {
    const code = error instanceof Refusal ? error.code : "hdf5";
    const what = error instanceof Refusal ? error.message : `it is damaged (${String(error?.message ?? error)})`;
    port.postMessage({ job: message.job, error: { code, what } });
  }
}

if (port === globalThis) port.onmessage = (event) => receive(event.data);
else port.on("message", receive);
