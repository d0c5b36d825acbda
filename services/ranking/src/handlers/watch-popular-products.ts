import type { RankingService } from "@firstcome/contracts/ranking";
import { type Handler, unavailable } from "@firstcome/rpc";
import type { PopularWatch } from "../popular/popular-watch.ts";
import { popularMessage, queryOf } from "./popular-message.ts";

interface WatchDeps {
  readonly watch: Pick<PopularWatch, "watch">;
}

export function watchPopularProducts(app: WatchDeps): Handler<typeof RankingService, "watchPopularProducts"> {
  return async function* watch(request, ctx) {
    const over = AbortSignal.any([ctx.signal, ctx.draining]);
    try {
      for await (const answer of app.watch.watch(queryOf(request), over)) yield { popular: popularMessage(answer) };
    } catch (error) {
      if (!ctx.draining.aborted) throw error;
      throw unavailable("SERVER_STOPPING", "the server stops; open the stream again", 100);
    }
  };
}
