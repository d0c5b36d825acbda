/** Whether the server could not be reached or asked: nothing is wrong with the statement, and it may be sent again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errno } = error as Error & { code?: unknown; errno?: unknown };
  return (
    (typeof code === "string" && LOST_CONNECTION.has(code)) ||
    (typeof errno === "number" && SERVER_AWAY.has(errno)) ||
    NAMELESS.some((text) => error.message.includes(text))
  );
}

/** Whether a transaction lost against another one: it was rolled back and may run again at once. */
export function isLockConflict(error: unknown): boolean {
  return error instanceof Error && "errno" in error && (error.errno === DEADLOCK || error.errno === LOCK_WAIT_TIMEOUT);
}

const DEADLOCK = 1213;
const LOCK_WAIT_TIMEOUT = 1205;

const LOST_CONNECTION = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
]);

const SERVER_AWAY = new Set([
  1040, // too many connections
  1053, // shutting down
  1152, // connection aborted
  1158, // network errors, 1158–1161
  1159,
  1160,
  1161,
  1203, // too many connections of this user
  1226, // the same, by the account's own limit
  1290, // read only: a replica, while another takes over
  1317, // statement interrupted, as by a shutdown
  1836, // read only
  1927, // connection killed (MariaDB)
  3169, // session killed
  4031, // closed for being idle (MySQL)
]);

/** mysql2 gives these no code. */
const NAMELESS = [
  "Queue limit reached",
  "connection is in closed state",
  "Can't write in closed state",
  "Pool is closed",
];
