// The messages of IssueCoupon and IssueCoupons, written and read by hand: a protobuf library would cost several times the rest of
// the generator's work. `issue-messages.test.ts` holds them against the contract.

export const ISSUE_COUPON_PATH = "/firstcome.coupon.v1.CouponService/IssueCoupon";
export const ISSUE_COUPONS_PATH = "/firstcome.coupon.v1.CouponService/IssueCoupons";

// (field number << 3) | wire type; 0: varint, 2: length-delimited.
const VARINT_1 = 0x08;
const VARINT_2 = 0x10;
const BYTES_2 = 0x12;
const BYTES_3 = 0x1a;
const BYTES_7 = 0x3a;

/** Writes an IssueCouponRequest at the start of `to`. @param couponId as a varint @returns its length */
export function writeIssueCoupon(to: Buffer, couponId: Buffer, userId: string): number {
  to[0] = VARINT_1;
  let at = 1 + couponId.copy(to, 1);
  to[at++] = BYTES_2;
  to[at++] = userId.length;
  return at + to.write(userId, at, "latin1");
}

/** Writes an IssueCouponsRequest at the start of `to`. @param couponId as a varint @returns its length */
export function writeIssueCoupons(to: Buffer, batchId: number, couponId: Buffer, userIds: readonly string[]): number {
  to[0] = VARINT_1;
  let at = writeVarint(to, 1, batchId);
  to[at++] = VARINT_2;
  at += couponId.copy(to, at);
  for (const userId of userIds) {
    to[at++] = BYTES_3;
    to[at++] = userId.length;
    at += to.write(userId, at, "latin1");
  }
  return at;
}

/** The most bytes that a batch of so many users takes. */
export function largestBatch(users: number): number {
  return 32 + users * (2 + 64);
}

export function varintOf(value: string): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Reads outcome and issue number of an IssueCouponResponse; other fields are skipped. */
export function readIssueCoupon(message: Buffer, to: (outcome: number, issueNo: number) => void): void {
  const from = new Reader(message);
  let outcome = 0;
  let issueNo = 0;
  while (from.more) {
    const tag = from.varint();
    if (tag === VARINT_1) outcome = from.varint();
    else if (tag === VARINT_2) issueNo = from.varint();
    else from.skip(tag);
  }
  to(outcome, issueNo);
}

export interface BatchAnswer {
  readonly batchId: number;
  readonly outcomes: readonly number[];
  readonly issueNos: readonly number[];
  /** Whether the batch was answered with an error instead. */
  readonly failed: boolean;
}

/** Reads an IssueCouponsResponse; its times are skipped. */
export function readIssueCoupons(message: Buffer): BatchAnswer {
  const from = new Reader(message);
  let batchId = 0;
  let failed = false;
  let outcomes: readonly number[] = [];
  let issueNos: readonly number[] = [];
  while (from.more) {
    const tag = from.varint();
    if (tag === VARINT_1) batchId = from.varint();
    else if (tag === BYTES_2) outcomes = from.packed();
    else if (tag === BYTES_3) issueNos = from.packed();
    else {
      failed ||= tag === BYTES_7;
      from.skip(tag);
    }
  }
  return { batchId, outcomes, issueNos, failed };
}

function writeVarint(to: Buffer, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) to[at++] = (rest & 0x7f) | 0x80;
  to[at++] = rest;
  return at;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  /** Right up to 2³²; of larger ones, which are times here, only the length counts. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  packed(): number[] {
    const end = this.varint() + this.#at;
    const values: number[] = [];
    while (this.#at < end) values.push(this.varint());
    return values;
  }

  skip(tag: number): void {
    if ((tag & 7) === 0) this.varint();
    else if ((tag & 7) === 2) {
      const length = this.varint();
      this.#at += length;
    } else throw new Error(`field ${tag >> 3} is not of this contract`);
  }
}
