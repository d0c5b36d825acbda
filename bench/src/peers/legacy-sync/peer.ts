import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

/** The flow before Redis: everything in the request, behind the lock of the coupon's row. */
export const legacySync: Peer = {
  name: "legacy-sync",
  title: "one transaction per request: lock the coupon's row, check, insert, commit",
  needs: ["mysql"],
  users: { quick: 5_000, full: 15_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  ...issuedRows(),
};
