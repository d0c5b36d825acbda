/** What each ratio says, in the order of the table. */
export const MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ["unaryCpuVsEcho", "CPU of the coupon service for one IssueCoupon ÷ that of a bare echo, 256 callers at once"],
  ["soldOutCpuVsEcho", "the same when everything is sold"],
  ["streamVsEcho", "accepts ÷ echoes, each by CPU second of the process that answers: batched stream against unary"],
  ["commitVsLegacy", "rows committed per second: stream ÷ transaction per request"],
  ["cpuVsLegacy", "CPU of a coupon over all processes: transaction per request ÷ stream"],
  ["cpuVsBullmq", "likewise: BullMQ ÷ stream"],
  ["cpuVsList", "likewise: a list per worker ÷ stream"],
  ["cpuVsZset", "likewise: ZSET and batch job ÷ stream"],
  ["cpuVsRabbit1", "likewise: RabbitMQ, one message a coupon ÷ stream"],
  ["cpuVsRabbitBatch", "likewise: RabbitMQ, batched throughout ÷ stream"],
  ["gateVsDoubleCounter", "accepts per Redis CPU second: gate ÷ two counters made to do the same job"],
  ["bytesPerWinner", "bytes that Redis keeps of a winner, a million numeric ids"],
  ["issuedLagP99Ms", "ms from the accept to the committed row, 99 %, at half of the peak rate"],
];
