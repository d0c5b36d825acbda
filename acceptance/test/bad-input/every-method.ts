import type { DescMethod, DescService } from "@bufbuild/protobuf";
import * as coupon from "@firstcome/contracts/coupon";
import * as dispatch from "@firstcome/contracts/dispatch";
import { Health } from "@firstcome/contracts/health";
import * as order from "@firstcome/contracts/order";
import * as ranking from "@firstcome/contracts/ranking";
import { ServerReflection, ServerReflectionV1Alpha } from "@firstcome/contracts/reflection";

/** The processes that serve gRPC. */
export type ServingProcess = "coupon" | "dispatcher" | "order" | "ranking";

/** What a process serves beside what every one does. Found in the contract, so that a new service cannot be forgotten. */
export const SERVED: Readonly<Record<ServingProcess, readonly DescService[]>> = {
  coupon: servicesOf(coupon),
  dispatcher: servicesOf(dispatch),
  order: servicesOf(order),
  ranking: servicesOf(ranking),
};

/** What every process serves, to anybody. */
export const PUBLIC: readonly DescService[] = [Health, ServerReflection, ServerReflectionV1Alpha];

export function methodsOf(services: readonly DescService[]): DescMethod[] {
  return services.flatMap(({ methods }) => methods);
}

/** "CouponService/IssueCoupon" */
export function nameOf({ parent, name }: DescMethod): string {
  return `${parent.name}/${name}`;
}

export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** Whether the server may send more than one message. */
export function answersMany({ methodKind }: DescMethod): boolean {
  return methodKind === "server_streaming" || methodKind === "bidi_streaming";
}

function servicesOf(contract: object): DescService[] {
  return Object.values(contract).filter(isService);
}

function isService(value: unknown): value is DescService {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "service";
}
