import { CouponAdminService, CouponService, UserCouponStatus } from "@firstcome/contracts/coupon";
import { Code, failedPrecondition, implement, RpcError, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile } from "@firstcome/testkit";

/**
 * The coupon service's place taken by a server whose calls can be held up: every user has every coupon, each takes 1 000 KRW
 * off.
 */
export class ScriptedCoupons {
  address = "";
  /** Coupon → the order that holds it. */
  readonly usedOn = new Map<string, string>();
  /** Every change asked for: "use 1 on 7", "restore 1 from 7". */
  readonly calls: string[] = [];
  /** Run before a change takes effect; what they throw is the answer. */
  beforeUse: () => Promise<void> = async () => {};
  beforeRestore: () => Promise<void> = async () => {};

  async start(): Promise<void> {
    const server = await startServer({
      name: "coupon",
      host: "127.0.0.1",
      port: 0,
      log: silentLogger,
      services: [this.#coupons(), adminService()],
    });
    this.address = server.address;
    cleanUpAfterFile(() => server.drain(0));
  }

  #coupons() {
    const userCoupon = ({ couponId, userId }: { couponId: string; userId: string }) => ({
      couponId,
      userId,
      status: this.usedOn.has(couponId) ? UserCouponStatus.USED : UserCouponStatus.ISSUED,
      orderId: this.usedOn.get(couponId) ?? "0",
    });
    return implement(CouponService, {
      getUserCoupon: async (request) => ({ userCoupon: userCoupon(request) }),
      useCoupon: async (request) => {
        const { couponId, orderId } = request;
        this.calls.push(`use ${couponId} on ${orderId}`);
        await this.beforeUse();
        const holder = this.usedOn.get(couponId) ?? orderId;
        if (holder !== orderId) throw failedPrecondition("USER_COUPON_USED", "used on another order");
        this.usedOn.set(couponId, orderId);
        return { userCoupon: userCoupon(request), discountKrw: 1_000n };
      },
      restoreCoupon: async (request) => {
        const { couponId, orderId } = request;
        this.calls.push(`restore ${couponId} from ${orderId}`);
        await this.beforeRestore();
        if (this.usedOn.get(couponId) === orderId) this.usedOn.delete(couponId);
        return { userCoupon: userCoupon(request) };
      },
      issueCoupon: unused,
      issueCoupons: unused,
      listUserCoupons: unused,
      watchUserCoupon: unused,
    });
  }
}

export async function startScriptedCoupons(): Promise<ScriptedCoupons> {
  const coupons = new ScriptedCoupons();
  await coupons.start();
  return coupons;
}

function adminService() {
  return implement(CouponAdminService, {
    getCoupon: async ({ couponId }) => ({
      coupon: { id: couponId, discount: { kind: { case: "amountOffKrw", value: 1_000n } } },
    }),
    createCoupon: unused,
    listCoupons: unused,
    addStock: unused,
    pauseCoupon: unused,
    resumeCoupon: unused,
    finishCoupon: unused,
    revokeUserCoupon: unused,
    watchCoupon: unused,
    rebuildGate: unused,
    grantCoupons: unused,
  });
}

function unused(): never {
  throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}
