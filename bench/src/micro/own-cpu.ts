/** User and system time of this process until now, in µs: all threads, so the garbage collector's as well. */
export function ownCpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
