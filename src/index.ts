// The library: re-exports only.
export {};
