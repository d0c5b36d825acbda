// An acceptor's process: loads the peer's module, lets users ask in a closed loop, and tells what they were told.
import { obeyParent } from "../children/obey-parent.ts";
import { runClosedLoop } from "./closed-loop.ts";
import type { RunOrder, StartOrder } from "./orders.ts";
import type { Acceptor, StartAcceptor } from "./peer.ts";

let acceptor: Acceptor | undefined;

await obeyParent(
  {
    async start({ module, env }: StartOrder) {
      const { default: startAcceptor } = (await import(module)) as { default: StartAcceptor };
      acceptor = await startAcceptor(env);
    },
    async run(order: RunOrder) {
      if (acceptor === undefined) throw new Error("not started");
      return await runClosedLoop(acceptor, order);
    },
  },
  async () => await acceptor?.[Symbol.asyncDispose](),
);
