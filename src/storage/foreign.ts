// Files of other systems: kept apart, for a bundler packs the HDF5 library for whoever can reach its worker.
export { encodeHdf5, type Hdf5File, openHdf5 } from "./formats/hdf5.ts";
export { type KerasFile, type KerasFileOptions, openKeras } from "./formats/keras-file.ts";
export { decodeNpy, decodeNpz } from "./formats/npy.ts";
export { decodeZip, encodeZip, type ZipEntry } from "./formats/zip.ts";
