/** Milliseconds of the machine's monotonic clock, which all its processes share and no freeze stops. */
export function moment(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
