import { writeFileSync } from "node:fs";
import type { Report } from "./report.ts";
import type { Shop } from "./shop.ts";

export function printReport(
  report: Report,
  broken: readonly string[],
  productNames: ReadonlyMap<string, string>,
): void {
  const { acceptMs, issuedLagMs, orders, ranking } = report;
  console.log("\nThe calls");
  line("users, stock", `${report.users}, ${report.stock}`);
  line("accepted", report.accepted);
  line("already issued", report.alreadyIssued);
  line("sold out", report.soldOut);
  line("failed", report.failed);
  line("rows in MySQL", report.rows);
  line("accepted per second", report.acceptRatePerS);
  line("committed per second", report.commitRatePerS);
  line("answered within (ms)", `p50 ${acceptMs.p50}, p99 ${acceptMs.p99}`);
  line("row after acceptance (ms)", `p50 ${issuedLagMs.p50}, p99 ${issuedLagMs.p99}`);

  console.log("\nThe orders");
  line("placed, paid, failed", `${orders.placed}, ${orders.paid}, ${orders.failed}`);

  console.log("\nPopular products, last 3 days");
  ranking.top.forEach(({ productId, sold }, i) => {
    line(`${i + 1}. ${productNames.get(productId) ?? `product ${productId}`}`, `${sold} sold`);
  });

  console.log("\nThe promises, held against MySQL and Redis");
  promise("never more than the stock", report.overIssued === 0);
  promise("every accepted user has a row", report.lost === 0);
  promise("one coupon for each user", report.duplicates === 0);
  promise("numbers 1, 2, 3 … without gaps", report.numberGaps === 0 && report.outOfOrder === 0);
  promise("the number told is the number held", report.numberMismatches === 0);
  promise("each sale is counted once", ranking.matchesMysql);
  if (broken.length > 0) console.log(`\nBROKEN\n  ${broken.join("\n  ")}`);
}

function line(what: string, value: string | number): void {
  console.log(`  ${what.padEnd(34)} ${value}`);
}

function promise(what: string, kept: boolean): void {
  line(what, kept ? "kept" : "BROKEN");
}

export function writeReport(report: Report, file: string): void {
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

export function printTour(shop: Shop): void {
  const { couponAddress, dispatcherAddress } = shop;
  console.log("\nRunning:");
  for (const [name, service] of shop.services) console.log(`  ${name.padEnd(12)} pid ${service.pid}`);
  console.log(`  coupon      grpc://${couponAddress}
  order       grpc://${shop.orderAddress}
  ranking     grpc://${shop.rankingAddress}
  dispatcher  grpc://${dispatcherAddress}
  Redis       ${shop.redisUrl}
  MySQL       ${shop.mysqlUrl}
  logs        ${shop.logDirectory}

Try, in another terminal:
  grpcurl -plaintext ${couponAddress} list
  grpcurl -plaintext -d '{"coupon_id": 1, "user_id": "me"}' ${couponAddress} firstcome.coupon.v1.CouponService/IssueCoupon
  grpcurl -plaintext ${shop.rankingAddress} firstcome.ranking.v1.RankingService/GetPopularProducts

Ctrl-C stops everything.`);
}
