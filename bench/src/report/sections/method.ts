import type { BenchResult } from "../../result.ts";
import { figure } from "../figures.ts";
import { html, type Markup } from "../markup.ts";

/** The machine, what the words mean, and what the reader should hold against the figures. */
export function methodSection({ machine }: BenchResult): Markup {
  const { cpu, cores, memoryBytes, node, redis, mysql, rabbitmq } = machine;
  const gigabytes = figure(memoryBytes / 2 ** 30);
  return html`<section aria-labelledby="method">
    <h2 id="method">How it was measured</h2>
    <dl>
      <dt>Machine</dt>
      <dd>
        ${cpu}, ${cores} cores, ${gigabytes} GiB. Node ${node}, Redis ${redis}, database
        ${mysql}${rabbitmq ? `, RabbitMQ ${rabbitmq}` : ""}. Everything runs on it, the load generator as well.
      </dd>
      <dt>The work</dt>
      <dd>
        So many different users ask for one coupon that has a piece for each of them. Each gets an answer, and each who
        was accepted becomes a row in MySQL, with a unique key on coupon and user. Each contestant begins with empty
        servers. A round of Firstcome's is a coupon of its own, from the first piece to the last; the others have one
        for all of theirs.
      </dd>
      <dt>Warm-up and rounds</dt>
      <dd>
        Each is warmed up, and then timed in several rounds, of which the one with the median CPU is shown. Of the
        others, as many users as are timed ask before (half as many in a full run), and the timed ones come in three
        rounds, one after the other. Firstcome's single calls and the echo's are warmed up for seconds of their own and
        take turns, its batches are measured halfway through the others: a machine's speed drifts.
      </dd>
      <dt>Durability</dt>
      <dd>
        The same for all. Redis: <code>appendonly yes</code>, <code>appendfsync always</code>. MySQL:
        <code>innodb_flush_log_at_trx_commit=1</code>. RabbitMQ: quorum queues and publisher confirms.
      </dd>
      <dt>Accepted/s</dt>
      <dd>Accepted users ÷ the time from the first call to the last answer.</dd>
      <dt>Committed/s</dt>
      <dd>Rows ÷ the time from the first call to the last committed row.</dd>
      <dt>CPU per coupon</dt>
      <dd>
        User and system time of every process that takes part, with all its threads, as the kernel counts it, ÷ accepted
        users. Firstcome's load generator is not in it. It says more than coupons per second: with all cores busy, it is
        what bounds them.
      </dd>
      <dt>Answer times</dt>
      <dd>
        HDR histograms. In the table from the closed loop: so many callers, each asks again when it has its answer. In
        the curves from the open loop, counted from when a call was due and not from when it could be sent, so that a
        stall counts for everyone who would have come meanwhile (no coordinated omission).
      </dd>
      <dt>Accept → row</dt>
      <dd>From the time at which Redis accepted to when the row was seen committed.</dd>
      <dt>Lost, twice, over-issued</dt>
      <dd>
        Users told that they have won who have no row; rows beyond a user's first; rows, or accepts where there are no
        rows, beyond the stock. Counted over all rounds together, from what callers were told and what the stores hold
        when all is over. In the timed run nothing fails and the stock is enough. Where a short run can show a design's
        known fault, one does; where not, the table says “not tested”. Firstcome's own crashes are not tested here
        either: <code>npm run chaos</code> does that.
      </dd>
    </dl>
    <h3>What favours the others</h3>
    <ul>
      <li>
        They accept within their own process. Firstcome is called over gRPC by another process, and serving those calls
        is in its CPU.
      </li>
      <li>
        Each but <code>zset-cron</code> is written as its own users would write it well, with what its library offers
        for batches, and only for this one job: no validation, no metrics, no health, no shutdown.
      </li>
      <li>
        What some of them leave out (a user's second call, a crash between two steps, the order of the numbers) is left
        out of their cost as well.
      </li>
    </ul>
    <h3>What favours Firstcome</h3>
    <ul>
      <li>
        The work is the rush that it was made for. Where coupons trickle, batches are small and cost more each: see the
        curves.
      </li>
      <li>
        The echo is a bare grpc-js server, run as anybody would run it. Firstcome's services run with
        <code>--no-allocation-site-pretenuring</code> and put collections of their own in the place of Node's HTTP/2
        session's, so that calls that are over are collected young, and send the headers of an answer as a list made
        once (ADR 0022). The first was worth 1.37 → 1.12 in <code>unaryCpuVsEcho</code> and 1.21 → 0.88 in
        <code>soldOutCpuVsEcho</code>, the second some 3 % of the coupon service. The echo was not measured with them.
      </li>
      <li>
        <code>zset-cron</code> writes its hundred row by row, as the design that it stands for did (saveAll). One INSERT
        for all of them would cost less.
      </li>
      <li>
        The others' gates send each command in a write of its own, as ioredis does unless told otherwise
        (<code>enableAutoPipelining</code>). What that option saves is in <code>double-counter-piped</code>, which
        stands beside the one that <code>gateVsDoubleCounter</code> is held against.
      </li>
      <li>
        Its coupons begin with empty buckets of winners, and Redis takes longer over fuller ones: of the gate alone,
        which has one coupon for all rounds as the others have, some 10 % more.
      </li>
      <li>The stream contestant needs callers that share a client; single callers get the unary one.</li>
      <li>
        The others' callers are in the process that accepts and are counted with it: 2.4 µs a coupon where they ask one
        by one, 0.5 where they come in batches.
      </li>
    </ul>
  </section>`;
}
