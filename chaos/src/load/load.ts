import type { CallEntry } from "../history/entry.ts";
import type { Heard } from "../history/heard.ts";
import type { Options } from "../options.ts";
import { seededRandom } from "../random.ts";
import type { CallersClient } from "../stage/stage.ts";
import { Operator } from "./operator.ts";
import { orderCalls } from "./order-calls.ts";
import { Rush } from "./rush.ts";
import { Sale } from "./sale.ts";
import { Shopping } from "./shoppers.ts";
import { stockShop } from "./stock-shop.ts";
import { waysOf } from "./ways.ts";

const COUPONS_AT_A_TIME = 4;
const OPERATORS = 3;
/** From when on operators finish coupons, as a share of the time in which faults are played. */
const FINISH_FROM = 0.6;

export interface LoadSpec extends Pick<Options, "seed" | "seconds"> {
  /** It closes them when it is disposed of. */
  readonly clients: readonly CallersClient[];
  readonly winners: Heard["winners"];
  readonly hear: (entry: CallEntry) => void;
}

/**
 * Everybody who asks for something while a run lasts: visitors, shoppers and operators. Each is ended by itself when the run
 * goes well; disposing ends whoever is still there when it is given up.
 */
export class Load implements AsyncDisposable {
  readonly sale: Sale;
  readonly rush: Rush;
  readonly shopping: Shopping;
  readonly operators: readonly Operator[];
  readonly #clients: readonly CallersClient[];

  /** @throws when there is nothing to sell */
  static async begin(spec: LoadSpec): Promise<Load> {
    const { clients, seed } = spec;
    const random = seededRandom(seed);
    const [{ client }] = clients as [CallersClient];
    const sale = new Sale({ clients: clients.map((each) => each.client), atATime: COUPONS_AT_A_TIME, random });
    const [productIds] = await Promise.all([stockShop(client), sale.begin()]);
    const rush = new Rush({ ways: waysOf(clients), sale, random, hear: spec.hear });
    return new Load(spec, {
      sale,
      rush,
      shopping: new Shopping({ calls: orderCalls(clients, spec.hear), productIds, winners: spec.winners, random }),
      operators: operatorsOf(spec, sale),
    });
  }

  private constructor({ clients }: LoadSpec, { sale, rush, shopping, operators }: Parts) {
    this.#clients = clients;
    this.sale = sale;
    this.rush = rush;
    this.shopping = shopping;
    this.operators = operators;
  }

  /**
   * Nobody asks any more once it resolves. What kept anyone from going on is told by their own end; here it would only hide
   * why the run was given up.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const gone = [this.sale, this.rush, this.shopping, ...this.operators].map((each) => each.stop());
    // Nobody who has been told waits for an answer that may be a minute away.
    for (const { client } of this.#clients) client.close();
    await Promise.all(gone);
  }
}

type Parts = Pick<Load, "sale" | "rush" | "shopping" | "operators">;

function operatorsOf({ clients, seed, seconds, winners, hear }: LoadSpec, sale: Sale): Operator[] {
  const finishFrom = Date.now() + FINISH_FROM * seconds * 1_000;
  return Array.from({ length: OPERATORS }, (_, i) => {
    const name = `operator-${i + 1}`;
    return new Operator({ name, clients, sale, winners, random: seededRandom(seed + 1 + i), hear, finishFrom });
  });
}
