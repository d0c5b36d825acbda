import type { ServiceName } from "@firstcome/stack";

/** The processes of a run, each by its title, and the service that it is. */
export const SERVICES = {
  "coupon-1": "coupon",
  "coupon-2": "coupon",
  "dispatcher-1": "dispatcher",
  "dispatcher-2": "dispatcher",
  "issuer-1": "issuer",
  "issuer-2": "issuer",
  "issuer-3": "issuer",
  order: "order",
  ranking: "ranking",
} as const satisfies Record<string, ServiceName>;

/** Services that run as a primary with so many processes behind it; the others are one process. What hits them hits the primary. */
export const WORKERS: Readonly<Partial<Record<ServiceTitle, number>>> = { "coupon-2": 2 };

export const STORES = ["redis", "mysql"] as const;

export type ServiceTitle = keyof typeof SERVICES;
export type StoreName = (typeof STORES)[number];
/** What can be killed, frozen and restarted. */
export type ProcessTitle = ServiceTitle | StoreName;

/** A way between two processes, through a proxy of its own: "from>to". */
export type Link = `${ServiceTitle | "callers"}>${ProcessTitle}`;

export const SERVICE_TITLES = Object.keys(SERVICES) as ServiceTitle[];
export const COUPONS = titlesOf("coupon");
export const DISPATCHERS = titlesOf("dispatcher");
export const ISSUERS = titlesOf("issuer");

/** Links that a fault treats alike. */
export const LINKS = {
  redis: links([...COUPONS, ...DISPATCHERS, "ranking"], ["redis"]),
  mysql: links([...COUPONS, ...ISSUERS, "order"], ["mysql"]),
  coupon: links(["callers"], COUPONS),
  dispatcher: links(ISSUERS, DISPATCHERS),
  order: links(["callers"], ["order"]),
  /** What only operators take: coupons go on without it. */
  operators: links(["callers"], DISPATCHERS),
  neighbours: [...links(["order"], [...COUPONS, "ranking"]), ...links(["ranking"], ["order"])],
} as const satisfies Record<string, readonly Link[]>;

/** Every link once. */
export const ALL_LINKS: readonly Link[] = Object.values(LINKS).flat();

export function endsOf(link: Link): { from: ServiceTitle | "callers"; to: ProcessTitle } {
  const [from, to] = link.split(">") as [ServiceTitle | "callers", ProcessTitle];
  return { from, to };
}

function titlesOf(service: ServiceName): ServiceTitle[] {
  return SERVICE_TITLES.filter((title) => SERVICES[title] === service);
}

function links(from: readonly (ServiceTitle | "callers")[], to: readonly ProcessTitle[]): Link[] {
  return from.flatMap((source) => to.map((target): Link => `${source}>${target}`));
}
