/**
 * Which of a coupon's buckets a user belongs to is `userHash(user) mod buckets`. Computed here and handed to the scripts,
 * since Redis is the stage that cannot be multiplied: FNV-1a, cut to 24 bits so that it is short on the wire (a coupon has
 * at most a million buckets).
 */
export function userHash(userId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < userId.length; i++) hash = Math.imul(hash ^ userId.charCodeAt(i), 0x01000193);
  return ((hash >>> 24) ^ hash) & 0xffffff;
}

/**
 * How many buckets for this many winners. About 24 in each keeps every bucket a listpack, also when the stock grows fourfold
 * later (Redis' default bound is 128 entries in older and 512 in newer versions): 26 bytes a winner with numeric ids instead
 * of 64 in one large hash. With 50 it is 22 bytes, and a tenth more of what the gate takes of Redis, which reads through a bucket.
 */
export function bucketsFor(quantity: number): number {
  return Math.min(Math.max(Math.ceil(quantity / 24), 1), 1_000_000);
}
