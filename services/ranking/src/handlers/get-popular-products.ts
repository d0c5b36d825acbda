import type { RankingService } from "@firstcome/contracts/ranking";
import type { Handler } from "@firstcome/rpc";
import type { PopularAnswers } from "../popular/popular-answers.ts";
import { popularMessage, queryOf } from "./popular-message.ts";

interface GetDeps {
  readonly answers: Pick<PopularAnswers, "get">;
}

export function getPopularProducts(app: GetDeps): Handler<typeof RankingService, "getPopularProducts"> {
  return async (request) => ({ popular: popularMessage(await app.answers.get(queryOf(request))) });
}
