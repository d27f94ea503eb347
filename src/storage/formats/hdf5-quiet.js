// Imported before the HDF5 library, which would tell the console of every damaged byte; errors are answered instead.
for (const method of ["log", "warn", "error"]) globalThis.console[method] = () => {};
