import { createFirstcomeClient } from "@firstcome/client";
import { CouponAdminService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { ProductService } from "@firstcome/contracts/order";
import { implement, type ServiceHandlers, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { onTestFinished } from "vitest";
import type { CallersClient } from "../src/stage/stage.ts";

export interface FrontEnd {
  readonly admin?: Partial<ServiceHandlers<typeof CouponAdminService>>;
  readonly dispatch?: Partial<ServiceHandlers<typeof DispatchAdminService>>;
}

/** A caller of a front end that opens coupon 7 and product 1, and whose every other answer is empty, but for what is given. */
export async function openFrontEnd({ admin, dispatch }: FrontEnd = {}): Promise<CallersClient> {
  const createCoupon = async (): Promise<{ coupon: { id: string } }> => ({ coupon: { id: "7" } });
  const createProduct = async (): Promise<{ product: { id: string } }> => ({ product: { id: "1" } });
  const services = [
    implement(CouponAdminService, { ...empty(CouponAdminService), createCoupon, ...admin }),
    implement(DispatchAdminService, { ...empty(DispatchAdminService), ...dispatch }),
    implement(ProductService, { ...empty(ProductService), createProduct }),
  ];
  const server = await startServer({ name: "test", host: "127.0.0.1", port: 0, services, log: silentLogger });
  onTestFinished(() => server.drain(0));
  const { address } = server;
  const client = createFirstcomeClient({ coupon: address, dispatch: address, order: address });
  onTestFinished(() => client.close());
  return { via: "coupon-1", client };
}

type Served = typeof CouponAdminService | typeof DispatchAdminService | typeof ProductService;

function empty<S extends Served>({ methods }: S): ServiceHandlers<S> {
  const handlers = methods.map(({ localName }) => [localName, async () => ({})]);
  return Object.fromEntries(handlers) as ServiceHandlers<S>;
}
