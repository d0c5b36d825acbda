import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { CouponAdminService, CouponService, CouponStatus, IssueOutcome } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { Code, implement, mintToken, notFound, RpcError, type RpcServer, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFirstcomeClient, type FirstcomeClient } from "../src/index.ts";

const SECRET = "a secret that is long enough for HS256";

const rebuildDeadlines: (number | undefined)[] = [];
const peers = new Map<string, Set<string>>();
let server: RpcServer;
let client: FirstcomeClient;

beforeAll(async () => {
  server = await startServer({
    name: "all-in-one",
    host: "127.0.0.1",
    port: 0,
    log: silentLogger,
    auth: { kind: "secret", secret: SECRET },
    services: [couponService(), couponAdminService(), dispatchAdminService()],
  });
  const token = await mintToken({ secret: SECRET, role: "admin", subject: "test" });
  client = createFirstcomeClient({ coupon: server.address, dispatch: server.address, token });
});
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

describe("the client", () => {
  it("calls unary methods", async () => {
    const { coupon } = await client.couponAdmin.getCoupon({ couponId: "7" });
    expect(coupon).toMatchObject({ id: "7", status: CouponStatus.PUBLISHABLE });
  });

  it("throws what the service says, with its reason", async () => {
    const failure = client.couponAdmin.getCoupon({ couponId: "8" });
    await expect(failure).rejects.toBeInstanceOf(RpcError);
    await expect(failure).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "COUPON_NOT_FOUND",
      metadata: { coupon_id: "8" },
    });
  });

  it("reads streams", async () => {
    const workers = [];
    for await (const { stats } of client.dispatchAdmin.watchStats({})) workers.push(stats?.workers);
    expect(workers).toEqual([1, 2]);
  });

  it("shows its token", async () => {
    // An admin is no shopper.
    const failure = client.coupons.issueCoupon({ couponId: "7", userId: "ann" });
    await expect(failure).rejects.toMatchObject({ code: Code.PERMISSION_DENIED });

    const token = await mintToken({ secret: SECRET, role: "service", subject: "shop" });
    using shop = createFirstcomeClient({ coupon: server.address, dispatch: server.address, token });
    const answer = await shop.coupons.issueCoupon({ couponId: "7", userId: "ann" });
    expect(answer).toMatchObject({ outcome: IssueOutcome.ACCEPTED, issueNo: 1 });
  });

  it("has one connection to each address", () => {
    expect(peers.get("admin")?.size).toBe(1);
  });

  it("needs the addresses of what it calls, and of nothing else", async () => {
    const token = await mintToken({ secret: SECRET, role: "service", subject: "shop" });
    using shop = createFirstcomeClient({ coupon: server.address, token });
    await expect(shop.coupons.issueCoupon({ couponId: "7", userId: "ann" })).resolves.toMatchObject({ issueNo: 1 });
    expect(() => shop.dispatchAdmin).toThrow("no address of the dispatch service");
  });

  it("waits ten minutes for a rebuild, unless told otherwise", async () => {
    const asked = Date.now();
    await client.couponAdmin.rebuildGate({ couponId: "7" });
    await client.couponAdmin.rebuildGate({ couponId: "7" }, { timeoutMs: 60_000 });
    await client.couponAdmin.rebuildGate({ couponId: "7" }, { deadline: asked + 50_000 });

    const [unnamed = 0, named = 0, fixed = 0] = rebuildDeadlines;
    expect(unnamed).toBeGreaterThanOrEqual(asked + 590_000);
    expect(named).toBeLessThan(unnamed);
    expect(fixed).toBeLessThan(named);
  });

  it("makes no more calls once closed", async () => {
    const closed = createFirstcomeClient({ coupon: server.address, dispatch: server.address });
    const { couponAdmin } = closed;
    closed.close();
    await expect(couponAdmin.getCoupon({ couponId: "7" })).rejects.toMatchObject({ reason: "CHANNEL_CLOSED" });
    expect(() => closed.dispatchAdmin).toThrow("closed");
  });
});

function unused(): never {
  throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}

/** Each client address that a role was seen from; one for each connection. */
function seen(role: string, peer: string): void {
  peers.set(role, (peers.get(role) ?? new Set()).add(peer));
}

function couponService() {
  return implement(CouponService, {
    issueCoupon: async () => ({ outcome: IssueOutcome.ACCEPTED, issueNo: 1, acceptedAt: timestampFromMs(Date.now()) }),
    issueCoupons: unused,
    getUserCoupon: unused,
    listUserCoupons: unused,
    watchUserCoupon: unused,
    useCoupon: unused,
    restoreCoupon: unused,
  });
}

function couponAdminService() {
  return implement(CouponAdminService, {
    async getCoupon({ couponId }, { peer }) {
      seen("admin", peer);
      if (couponId !== "7") throw notFound("COUPON_NOT_FOUND", "no such coupon", { coupon_id: couponId });
      return { coupon: { id: couponId, name: "a coupon", status: CouponStatus.PUBLISHABLE } };
    },
    createCoupon: unused,
    listCoupons: unused,
    addStock: unused,
    pauseCoupon: unused,
    resumeCoupon: unused,
    finishCoupon: unused,
    revokeUserCoupon: unused,
    watchCoupon: unused,
    rebuildGate(_, { deadline }) {
      rebuildDeadlines.push(deadline);
      return { winners: 0, nextIssueNo: 1 };
    },
    grantCoupons: unused,
  });
}

function dispatchAdminService() {
  return implement(DispatchAdminService, {
    async *watchStats(_, { peer }) {
      seen("admin", peer);
      yield { stats: { workers: 1 } };
      yield { stats: { workers: 2 } };
    },
    listWorkers: unused,
    getStats: unused,
    pauseDispatch: unused,
    resumeDispatch: unused,
    listDeadLetters: unused,
    redriveDeadLetters: unused,
    discardDeadLetters: unused,
  });
}
