/** Nanoseconds of the clock that all processes of a machine share and nobody sets. */
export function now() {
  return Number(process.hrtime.bigint())
}
